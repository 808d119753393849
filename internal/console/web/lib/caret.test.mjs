import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt } from './caret.mjs';

const place = (text, line, column) => {
  const e = excerpt(text, line, column);
  return e && [e.before, e.at, e.after];
};

test('a column counts characters, also those of two halves', () => {
  assert.deepEqual(place('{\n  "a": 1x\n}', 2, 9), ['  "a": 1', 'x', '']);
  assert.deepEqual(place('😀日x', 1, 3), ['😀日', 'x', '']);
  assert.deepEqual(place('\tab', 1, 1), ['', '\t', 'ab']);
});

test('the end of a line and of the text are places too', () => {
  assert.deepEqual(place('ab', 1, 3), ['ab', '', '']);
  assert.deepEqual(place('ab\n', 2, 1), ['', '', '']);
  assert.deepEqual(place('', 1, 1), ['', '', '']);
});

test('lines end at a line feed; a carriage return before it is no part of them', () => {
  assert.deepEqual(place('a\r\nbc\r\n', 2, 2), ['b', 'c', '']);
  assert.deepEqual(place('a\rb', 1, 3), ['a\r', 'b', '']);
});

test('a text without the place is another text', () => {
  assert.equal(excerpt('one line', 2, 1), null);
  assert.equal(excerpt('short', 1, 9), null);
  assert.equal(excerpt('x', undefined, 1), null);
});

test('of a long line what is around the place is shown', () => {
  const text = 'a'.repeat(5000) + 'X' + 'b'.repeat(5000);
  const e = excerpt(text, 1, 5001);
  assert.equal(e.at, 'X');
  assert.ok(e.before.startsWith('…a') && e.before.length < 100 && e.after.endsWith('b…') && e.after.length < 100);
});

test('the lines around it have their numbers', () => {
  const e = excerpt('1\n2\n3\n4\n5\n6', 4, 1);
  assert.deepEqual(e.above, [{ number: 2, text: '2' }, { number: 3, text: '3' }]);
  assert.deepEqual(e.below, [{ number: 5, text: '5' }, { number: 6, text: '6' }]);
});
