import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { begin, session } from '../shell/session.mjs';
import { send } from './send.mjs';

begin('ck_key', { kind: 'owner', owner: 'ann' });
mock.timers.enable({ apis: ['setTimeout'] });
const hurry = setInterval(() => mock.timers.tick(60_000), 1); // no test waits for a pause

/** Answers to requests in their order; 'lost' is none. Returns the requests. */
function server(answers) {
  const seen = [];
  globalThis.XMLHttpRequest = class {
    headers = {};
    upload = {};
    open(method, url) { Object.assign(this, { method, url }); }
    setRequestHeader(name, value) { this.headers[name] = value; }
    getResponseHeader(name) { return this.answer.headers?.[name] ?? null; }
    async send(body) {
      seen.push({ url: this.url, headers: this.headers, body: body instanceof FormData ? body : await body.text() });
      this.answer = answers[seen.length - 1];
      if (this.answer === 'lost') return this.onerror();
      this.status = this.answer.status;
      this.responseText = JSON.stringify(this.answer.body);
      return this.onload();
    }
  };
  return seen;
}

const accepted = { status: 202, body: { status: 'accepted', job_id: 'j' } };
const refused = (status, code, headers = {}) => ({ status, headers, body: { status: 'error', error: code, details: { message: code } } });
const request = (text) => ({ path: 't-api', headers: [['Prefer', 'respond-async']], body: { kind: 'text', text } });
const keys = (seen) => seen.map((r) => r.headers['Idempotency-Key']);

test('a request whose answer was lost is sent again with its key, until it is known', async () => {
  const seen = server(['lost', refused(503, 'UNAVAILABLE', { 'Retry-After': '1' }), refused(429, 'RATE_LIMITED', { 'Retry-After': '2' }), accepted]);
  const told = [];
  const { body } = await send(request('a'), { tell: (t) => told.push(t.phase) });
  assert.equal(body.job_id, 'j');
  assert.equal(new Set(keys(seen)).size, 1);
  assert.match(keys(seen)[0], /^[0-9a-f-]{36}$/);
  assert.equal(told.filter((p) => p === 'again').length, 3);
});

test('pressed again after all tries were lost, it is the same request still', async () => {
  const first = server(Array(6).fill('lost'));
  await assert.rejects(send(request('b')), { code: 'NETWORK' });
  const second = server([accepted]);
  await send(request('b'));
  assert.equal(first.length, 6);
  assert.equal(keys(second)[0], keys(first)[0]);
  const third = server([accepted]);
  await send(request('b'));
  assert.notEqual(keys(third)[0], keys(first)[0], 'what is done is done: the next is another job');
});

test('another input has another key', async () => {
  const first = server(Array(6).fill('lost'));
  await assert.rejects(send(request('c')));
  const second = server([accepted]);
  await send(request('d'));
  assert.notEqual(keys(second)[0], keys(first)[0]);
});

test('a refusal is told at once', async () => {
  for (const [status, code] of [[400, 'INVALID_JSON'], [429, 'QUOTA_EXCEEDED'], [429, 'TOO_MANY_JOBS'], [413, 'PAYLOAD_TOO_LARGE'], [502, 'UPSTREAM_ERROR']]) {
    const seen = server([refused(status, code, { 'X-Request-Id': 'r' })]);
    await assert.rejects(send(request(code)), { code, requestId: 'r' });
    assert.equal(seen.length, 1);
  }
});

test('a key that has ended ends the session and keeps the request for the next one', async () => {
  const first = server([refused(401, 'UNAUTHORIZED')]);
  await assert.rejects(send(request('e')), { code: 'UNAUTHORIZED' });
  assert.notEqual(session().expired, '');
  begin('ck_new', { kind: 'owner', owner: 'ann' });
  const second = server([accepted]);
  await send(request('e'));
  assert.equal(second[0].headers['x-api-key'], 'ck_new');
  assert.ok(keys(first)[0] && keys(second)[0]);
});

test('a file goes first, the key of the upload with the request', async () => {
  mock.method(globalThis, 'fetch', async (url, init) => {
    assert.deepEqual(JSON.parse(init.body), { filename: 'a.csv' });
    return new Response(JSON.stringify({ upload_id: 'u', upload: { url: 'http://elsewhere.example/uploads', fields: { key: 'ann/u/a.csv', policy: 'p' } } }));
  });
  const seen = server([{ status: 204 }, accepted]);
  await send({ path: 't-api', headers: [['x-source-type', 'file']], body: { kind: 'upload', name: 'a.csv', file: new File(['x'], 'a.csv') } });
  assert.equal(seen[0].url, '/uploads', 'a form of the server goes to where the page is from');
  assert.deepEqual([...seen[0].body.keys()], ['key', 'policy', 'file']);
  assert.deepEqual(seen[0].headers, {}, 'and takes no key along');
  assert.equal(seen[1].body, '{"file":"ann/u/a.csv"}');
  clearInterval(hurry);
});
