import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmless, pieces } from './foreign.mjs';

test('what does not stand for itself is an escape', () => {
  for (const [text, want] of [
    ['plain <b>&amp;</b> "text" é 日本', 'plain <b>&amp;</b> "text" é 日本'],
    ['a\u202eb', 'a\\u202eb'],
    ['\x1b[31mred\x07', '\\x1b[31mred\\x07'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['line\u2028break', 'line\\u2028break'],
    ['\u{e0041}tag', '\\U000e0041tag'],
    ['half \ud800', 'half \\ud800'],
    ['\x85', '\\x85'],
  ]) assert.equal(harmless(text), want);
});

test('in lines, line breaks and tabs stand for themselves, and nothing else does', () => {
  assert.deepEqual(pieces('a\r\nb\tc\rd\u2066', { lines: true }), [{ text: 'a\nb\tc' }, { escape: '\\r' }, { text: 'd' }, { escape: '\\u2066' }]);
});
