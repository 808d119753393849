#!/bin/sh
# google-gax (Node) over REST does not end at "done": true if the type of what the operation holds is not among the types that the client was given: it asks again and again until its own
# deadline and then reports that, and not that it could not read the answer. A server that answers with a type of its own has clients that never finish.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent google-gax@6.17.0
cat > run.mjs <<'JS'
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import gax from 'google-gax';

let asked = 0;
const done = {
  name: 'operations/1', done: true,
  response: { '@type': 'type.googleapis.com/google.protobuf.Struct', value: { rows: 2 } },
};
const server = createServer((request, response) => {
  asked++;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(done));
}).listen(0, '127.0.0.1');
await new Promise(ready => server.on('listening', ready));

const protos = name => JSON.parse(readFileSync(new URL(`../protos/${name}.json`, import.meta.resolve('google-gax'))));
const auth = { getClient: async () => auth, getRequestHeaders: async () => ({}), fetch };

async function follow(knowsStruct) {
  asked = 0;
  const types = protos('operations');
  if (knowsStruct) {
    const struct = gax.protobuf.common.get('google/protobuf/struct.proto').nested.google.nested.protobuf.nested;
    Object.assign(types.nested.google.nested.protobuf.nested, struct);
  }
  const client = gax.fallback.lro({
    auth, protoJson: gax.protobuf.Root.fromJSON(types), fallback: true, numericEnums: true,
    httpRules: [{ selector: 'google.longrunning.Operations.GetOperation', get: '/v1/{name=operations/*}' }],
  }).operationsClient({ servicePath: '127.0.0.1', port: server.address().port, protocol: 'http', fallback: true });
  const descriptor = new gax.LongrunningDescriptor(client, bytes => bytes, bytes => bytes);
  const backoff = gax.createBackoffSettings(50, 1.2, 200, null, null, null, 3000);
  try {
    await gax.operation({ name: 'operations/1', done: false }, descriptor, backoff, {}).promise();
    return { end: 'the response', asked };
  } catch (e) {
    return { end: `code ${e.code}`, asked };
  }
}

const [with_, without] = [await follow(true), await follow(false)];
console.log(`google-gax 6.17.0: a done operation that holds a Struct ends with ${with_.end} after ${with_.asked} question where the client has that type, with ${without.end} after ${without.asked > 5 ? 'more than 5' : without.asked} where it has not`);
process.exit(with_.end === 'the response' && with_.asked === 1 && without.end === 'code 4' && without.asked > 5 ? 0 : 1);
JS
node run.mjs
