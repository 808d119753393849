import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDraft, firstTool, requestOf, takesText, uploadName, wrongMetadata, wrongOption, wrongPriority, wrongRunAt, wrongURL, wrongs } from './request.mjs';

const jsonTool = { name: 'j', path: '/j-api', extensions: ['json'], input: { json: true, content_types: ['application/json'] }, options: [{ header: 'x-tab-space', kind: 'integer', min: 0, max: 16, default: '1' }], limits: { max_bytes: 100 } };
const textTool = { name: 't', path: '/t-api', extensions: [], input: { json: false, content_types: ['text/csv'] }, options: [], limits: { max_bytes: 0 } };
const draft = (more) => ({ ...emptyDraft(), text: '{}', ...more });

test('a range is checked as it is typed', () => {
  const [o] = jsonTool.options;
  for (const good of ['', ' ', '0', '16', ' 3 ', '007']) assert.equal(wrongOption(o, good), '', good);
  for (const bad of ['17', '-1', '1.5', 'x', '１', '1e1']) assert.equal(wrongOption(o, bad), 'A whole number from 0 to 16.', bad);
  assert.equal(wrongOption({ kind: 'text', max: 3 }, 'abcd'), 'At most 3 characters.');
  assert.match(wrongOption({ kind: 'text', max: 64 }, 'é'), /header/);
});

test('priority, start and addresses are checked', () => {
  for (const good of ['', '-10', '10', '0']) assert.equal(wrongPriority(good), '');
  for (const bad of ['11', '-11', '1.5', 'high', '--1']) assert.notEqual(wrongPriority(bad), '');
  const now = Date.parse('2030-01-01T00:00:00Z');
  assert.equal(wrongRunAt('2030-01-02T00:00', now), '');
  assert.match(wrongRunAt('2030-03-01T00:00', now), /30 days/);
  assert.equal(wrongURL('https://example.org/a.json'), '');
  for (const bad of ['', 'example.org', 'ftp://example.org/a', 'javascript:alert(1)', 'https://me:secret@example.org/']) assert.notEqual(wrongURL(bad), '', bad);
});

test('each pair of metadata is judged by itself', () => {
  assert.deepEqual(wrongMetadata([['a', '1'], ['a', '2'], ['', 'x'], ['', ''], ['n'.repeat(65), ''], ['b', 'v'.repeat(257)]]).map(Boolean), [false, true, true, false, true, true]);
});

test('a form says all that is wrong with it, and nothing when all is right', () => {
  assert.deepEqual(wrongs(draft(), jsonTool), {});
  assert.deepEqual(Object.keys(wrongs(draft({ text: '', options: { 'x-tab-space': '99' }, priority: 'x', webhook: 'no', metadata: [['', 'v']] }), jsonTool)), ['x-tab-space', 'text', 'priority', 'webhook', 'metadata']);
  assert.match(wrongs(draft({ text: 'é'.repeat(51) }), jsonTool).text, /At most 100 B; this has 102 B/);
  assert.match(wrongs(draft({ source: 'url', url: 'https://example.org/a.csv' }), jsonTool).url, /\.json/);
  assert.deepEqual(Object.keys(wrongs(draft(), undefined)), ['tool']);
  assert.match(wrongs(draft({ source: 'file', send: 'upload', file: { name: 'x', size: 1 } }), textTool).file, /extension/);
});

test('a tool that takes no text wants a file, and an option that is needed is asked for', () => {
  const bookTool = { name: 'b', path: '/b-api', input: { content_types: ['application/vnd.ms-excel'] }, extensions: ['xls'], options: [{ header: 'x-to', kind: 'choice', choices: ['a'], required: true }] };
  assert.deepEqual(Object.keys(wrongs(draft(), bookTool)), ['x-to', 'text']);
  assert.match(wrongs(draft(), bookTool).text, /no text/);
  assert.deepEqual(wrongs(draft({ source: 'file', file: { name: 'x.xls', size: 1 }, options: { 'x-to': 'a' } }), bookTool), {});
  assert.ok(takesText({ input: { content_types: ['image/png', 'text/plain'] } }) && takesText({}) && takesText({ input: { content_types: ['application/vnd.x+json'] } }));
});

test('a form begins with a tool that runs', () => {
  const [a, b, j] = [{ name: 'a', paused: true }, { name: 'b' }, { name: 'json-formatter' }];
  assert.equal(firstTool([a, b, j]), j);
  assert.equal(firstTool([a, b, { ...j, paused: true }]), b);
  assert.equal(firstTool([a]), a);
});

test('a request has what was said and nothing more', () => {
  assert.deepEqual(requestOf(draft(), jsonTool), { path: 'j-api', headers: [['Content-Type', 'application/json']], body: { kind: 'text', text: '{}' } });
  const r = requestOf(draft({ wait: 'async', options: { 'x-tab-space': ' 2 ' }, priority: '-3', runAt: '2030-01-01T00:00', webhook: 'https://münchen.example/ü', metadata: [['ü', '"1"'], ['', '']] }), jsonTool);
  assert.deepEqual(r.headers, [
    ['x-tab-space', '2'], ['Content-Type', 'application/json'], ['Prefer', 'respond-async'], ['x-priority', '-3'], ['x-run-at', String(Date.parse('2030-01-01T00:00') / 1000)],
    ['x-webhook-url', 'https://xn--mnchen-3ya.example/%C3%BC'], ['x-metadata', '{"\\u00fc":"\\"1\\""}'],
  ]);
  assert.deepEqual(requestOf(draft({ source: 'url', url: ' https://example.org/a.json ' }), jsonTool).headers, [['x-source-type', 'url'], ['Content-Type', 'application/json'], ['Prefer', 'respond-async, wait=25']]);
  assert.equal(requestOf(draft(), textTool).headers[0][1], 'text/csv');
  assert.equal(requestOf(draft({ text: 'half \ud800' }), textTool).body.text, 'half \ufffd');
});

test('an upload has a name that the server takes', () => {
  for (const [name, want] of [['data.json', 'data.json'], ['My Résumé (1).v2.JSON', 'My_Resume_1_v2.json'], ['日本.csv', 'input.csv'], ['../../etc/passwd.txt', 'etc_passwd.txt'], ['a\u202ejson.csv', 'a_json.csv']]) {
    assert.equal(uploadName(name), want);
    assert.match(uploadName(name), /^[A-Za-z0-9_-]+\.[a-z0-9]+$/);
  }
});
