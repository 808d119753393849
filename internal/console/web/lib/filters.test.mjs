import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiFilters, bulkFilter, isFiltered, readFilters, writeFilters } from './filters.mjs';

const read = (text) => readFilters(new URLSearchParams(text));

test('filters come back from the address as they went there', () => {
  for (const text of [
    '', 'status=queued&status=failed', 'tool=json-minify', 'error=TIMEOUT', 'span=3600', 'span=86400&clock=finished',
    'span=between&from=100&to=200', 'name=a%26b&value=%C3%A9%3D1', 'status=success&tool=x&name=n&value=v',
  ]) {
    const f = read(text);
    const [, query = ''] = writeFilters(f).split('?');
    assert.deepEqual(read(query), f, text);
    assert.equal(isFiltered(f), text !== '');
  }
});

test('what is no filter is left out', () => {
  assert.ok(!isFiltered(read('status=done&span=7&from=soon&clock=x&key=secret&cursor=c')));
});

test('the list and the bulk mean the same jobs', () => {
  const f = read('status=queued&status=failed&tool=x&error=time%6Fut&span=3600&clock=finished&name=customer&value=42');
  assert.deepEqual(apiFilters(f, 10_000_000), [['status', 'queued'], ['status', 'failed'], ['tool', 'x'], ['error', 'TIMEOUT'], ['finished_after', '6400'], ['metadata.customer', '42']]);
  assert.deepEqual(bulkFilter(f, 10_000_000), { status: ['queued', 'failed'], tool: ['x'], error: ['TIMEOUT'], finished_after: 6400, metadata: { customer: '42' } });
  assert.deepEqual(bulkFilter(read('')), {});
});
