// Starts operations and has google-gax follow them to their ends over REST, as a client that was generated for one of Google's APIs does.
import { readFileSync } from 'node:fs';
import gax from 'google-gax';

const { url, key, runs } = JSON.parse(process.argv[2]);
const { protobuf } = gax;

// What a generated client brings: the types of operations and of what they hold, and where each method is.
const protos = name => JSON.parse(readFileSync(new URL(`../protos/${name}.json`, import.meta.resolve('google-gax'))));
const types = protos('operations');
const { google } = types.nested;
Object.assign(google.nested.protobuf.nested, protobuf.common.get('google/protobuf/struct.proto').nested.google.nested.protobuf.nested);
Object.assign(google.nested.rpc.nested, protos('status').nested.google.nested.rpc.nested);
const root = protobuf.Root.fromJSON(types);
const service = 'google.longrunning.Operations';
const httpRules = [
  { selector: `${service}.GetOperation`, get: '/v1/{name=operations/*}' },
  { selector: `${service}.ListOperations`, get: '/v1/{name=operations}' },
  { selector: `${service}.CancelOperation`, post: '/v1/{name=operations/*}:cancel', body: '*' },
  { selector: `${service}.DeleteOperation`, delete: '/v1/{name=operations/*}' },
];
const auth = {
  getClient: async () => auth,
  getRequestHeaders: async () => ({}),
  fetch: (to, init) => fetch(to, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), 'x-api-key': key } }),
};
const at = new URL(url);
const client = gax.fallback
  .lro({ auth, protoJson: root, fallback: true, numericEnums: true, httpRules })
  .operationsClient({ servicePath: at.hostname, port: Number(at.port), protocol: 'http', fallback: true });

const Struct = root.lookupType('google.protobuf.Struct');
const decode = bytes => Struct.toObject(Struct.decode(bytes), { oneofs: true });
const valueOf = v =>
  v.kind === 'structValue' ? objectOf(v.structValue)
  : v.kind === 'listValue' ? (v.listValue.values ?? []).map(valueOf)
  : v.kind === 'nullValue' ? null
  : v[v.kind];
const objectOf = s => Object.fromEntries(Object.entries(s.fields ?? {}).map(([name, v]) => [name, valueOf(v)]));

const descriptor = new gax.LongrunningDescriptor(client, decode, decode);
const backoff = gax.createBackoffSettings(100, 1.3, 1000, null, null, null, 30_000);

async function follow({ tool, content, url: from, then }) {
  const body = from ? JSON.stringify({ url: from }) : `{"content":${content}}`;
  const res = await fetch(`${url}/v1/tools/${tool}:run`, { method: 'POST', headers: { 'x-api-key': key }, body });
  const op = gax.operation({ name: (await res.json()).name, done: false }, descriptor, backoff, {});
  try {
    if (then === 'cancel') await op.cancel();
    if (then === 'delete') await client.deleteOperation({ name: op.name });
    const [response, metadata] = await op.promise();
    return { name: op.name, response: objectOf(response), metadata: objectOf(metadata) };
  } catch (e) {
    return { name: op.name, kind: e.constructor.name, code: e.code, message: e.message, reason: e.reason };
  }
}

const ends = Object.fromEntries(await Promise.all(Object.entries(runs).map(async ([name, run]) => [name, await follow(run)])));
const list = async filter => (await client.listOperations({ name: 'operations', filter }))[0].map(op => op.name);
const refused = await list('name=x').catch(e => ({ kind: e.constructor.name, code: e.code, message: e.message, reason: e.reason }));
console.log(JSON.stringify({ ends, all: await list(''), open: await list('done=false'), refused }));
