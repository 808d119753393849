import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkFilter, every, fromQuery, isEmpty, list, question, toLocal, toQuery, toUnix, words } from './filter.mjs';

const of = (text) => fromQuery(new URLSearchParams(text));

test('a filter is the same after a way through the address', () => {
  for (const text of ['', 'status=failed&status=queued&tool=a%26b&error=TIMEOUT&trouble=stuck&id=x&owner=ann&created_after=5&created_before=9', 'owner=%3Cb%3E']) {
    assert.equal(toQuery(fromQuery(new URLSearchParams(toQuery(of(text))))), toQuery(of(text)));
  }
  assert.ok(isEmpty(of('nonsense=1&status=')));
  assert.ok(isEmpty(every()));
  assert.ok(!isEmpty(of('owner=ann')));
  for (const time of ['9e99', 'x', '-1', 'NaN', '1.5', '999999999999']) assert.ok(isEmpty(of(`created_after=${time}&created_before=${time}`)), time);
});

test('the server is asked for one page', () => {
  assert.equal(question(of('tool=a&tool=b&owner=ann'), { limit: 50 }), 'admin/jobs?tool=a&tool=b&owner=ann&limit=50');
  assert.equal(question(of(''), { limit: 5, cursor: 'c&d' }), 'admin/jobs?limit=5&cursor=c%26d');
});

test('a bulk action is done to what the list shows', () => {
  assert.deepEqual(bulkFilter(of('status=failed&error=TIMEOUT&tool=x&owner=ann&created_after=5&created_before=9')), {
    status: ['failed'], error: ['TIMEOUT'], tool: ['x'], owner: 'ann', created_after: 5, created_before: 9,
  });
  assert.deepEqual(bulkFilter(of('id=abc')), { ids: ['abc'] });
  assert.deepEqual(bulkFilter(every()), {});
});

test('a filter in words', () => {
  assert.equal(words(of('owner=ann&tool=a&tool=b&error=TIMEOUT&trouble=failing')), 'owner ann, tool a or b, code TIMEOUT, failing');
  assert.equal(words(every()), '');
});

test('lists as people type them', () => {
  assert.deepEqual(list(' a, b;c\n'), ['a', 'b;c']);
  assert.deepEqual(list(' , '), []);
});

test('times of a form are whole minutes here and Unix seconds there', () => {
  const unix = toUnix('2026-11-27T21:15');
  assert.equal(toLocal(unix), '2026-11-27T21:15');
  assert.equal(toUnix(''), '');
  assert.equal(toUnix('nonsense'), '');
  assert.equal(toLocal('nonsense'), '');
  assert.equal(toLocal(''), '');
});
