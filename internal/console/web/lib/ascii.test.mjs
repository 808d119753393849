import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json, printable, shellWord } from './ascii.mjs';

test('JSON is ASCII and means the same', () => {
  const value = { 'ü"\\': ['\u2028', '😀', '\x7f', '\n'] };
  assert.match(json(value), /^[\x20-\x7e]*$/);
  assert.deepEqual(JSON.parse(json(value)), value);
});

test('a word that needs no quotes has none', () => {
  assert.equal(shellWord('http://x:1/a-b_c.json'), 'http://x:1/a-b_c.json');
  for (const s of ['', 'a b', '$HOME', '`id`', "it's", '!x', '~', '*', 'a;b', 'a&b', '#x', '(x)']) assert.match(shellWord(s), /^'/, s);
});

test('what a terminal would take for something else is not printable', () => {
  assert.ok(printable('lines\n\tand 日本 é 😀'));
  for (const s of ['\r', '\x1b', '\0', '\u202e', '\u2028', '\ufeff', '\ufffd', '\x7f']) assert.ok(!printable('a' + s + 'b'), JSON.stringify(s));
});
