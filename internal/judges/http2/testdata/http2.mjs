// One session by HTTP/2: event streams and a held poll, uploads and a refusal beside them.
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';

const { url, key, cert, ids } = JSON.parse(process.argv[2]);
const session = http2.connect(url, { ca: readFileSync(cert) });
session.on('error', (err) => { throw err; });

// open makes a request of a method; its answer's head and whole body are promised.
function open(method, path, headers, body, more = () => {}) {
  const stream = session.request({ ':method': method, ':path': path, 'x-api-key': key, ...headers }, { endStream: body === undefined });
  const head = new Promise((resolve, reject) => stream.on('response', resolve).on('error', reject));
  let text = '';
  const all = new Promise((resolve, reject) => {
    stream.setEncoding('utf8').on('data', (part) => { text += part; more(text); }).on('end', () => resolve(text)).on('error', reject);
  });
  if (typeof body === 'string') stream.end(body);
  return { stream, head, all };
}

const begun = [];
const watched = ids.map((id) => {
  let begin;
  begun.push(new Promise((resolve) => { begin = resolve; }));
  return open('GET', `/jobs/${id}/events`, { accept: 'text/event-stream' }, undefined, (text) => { if (text.includes('data: ')) begin(); });
});
await Promise.all(begun);
const poll = open('GET', `/jobs/${ids[0]}`, { prefer: 'wait=50' });

const place = open('POST', '/upload-api', { 'content-type': 'application/json' }, '{"filename":"in.json"}');
const { url: target, fields } = JSON.parse(await place.all).upload;
const field = (name, value) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const form = open('POST', new URL(target).pathname, { 'content-type': 'multipart/form-data; boundary=b' },
  Object.entries(fields).map(([name, value]) => field(name, value)).join('') +
  '--b\r\ncontent-disposition: form-data; name="file"; filename="in.json"\r\n\r\n[1, 2]\r\n--b--\r\n');
const formHead = await form.head;
await form.all;

const tus = { 'tus-resumable': '1.0.0' };
const made = open('POST', '/files/', { ...tus, 'upload-length': '6', 'upload-metadata': 'filename YS5qc29u' });
const location = new URL((await made.head).location);
await made.all;
const part = async (offset, text) => {
  const call = open('PATCH', location.pathname, { ...tus, 'upload-offset': offset, 'content-type': 'application/offset+octet-stream' }, text);
  const head = await call.head;
  await call.all;
  return head;
};
await part('0', '[1,');
const last = await part('3', ' 2]');

// A body without an end is sent until the answer is there.
const endless = open('POST', '/json-minify-api', { 'content-type': 'application/json' }, null);
const piece = Buffer.alloc(1 << 14, ' ');
let more = true;
const send = () => { while (more && endless.stream.write(piece)); };
endless.stream.on('drain', send);
send();
const refused = await endless.head;
more = false;
const why = await endless.all;

console.log(JSON.stringify({
  form: formHead[':status'], tus: last[':status'], offset: last['upload-offset'], key: last['upload-key'] ?? '',
  refused: refused[':status'], code: JSON.parse(why).error,
}));
process.stdin.resume();
await new Promise((resolve) => process.stdin.on('end', resolve)); // the jobs may end now
const events = await Promise.all(watched.map((w) => w.all));
console.log(JSON.stringify({ streams: events.map((text) => text.trim().split('\n').filter((line) => line.startsWith('data: ')).pop()), poll: await poll.all }));
session.close();
