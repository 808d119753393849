import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, rate, share } from './words.mjs';

test('numbers as people read them', () => {
  for (const [got, want] of [
    [rate(0), '0'], [rate(0.3333), '0.333'], [rate(12.34), '12.3'], [rate(123.4), '123'], [rate(12_340.6), '12,341'],
    [millis(0.42), '0.42 ms'], [millis(999), '999 ms'], [millis(1500), '1.5 s'], [millis(119_000), '119 s'], [millis(600_000), '10 min'], [millis(7_200_000), '2 h'],
    [share(0, 0), '0 %'], [share(0, 5), '0 %'], [share(1, 3), '33 %'], [share(1, 33), '3 %'], [share(1, 5000), '< 0.1 %'], [share(5, 5), '100 %'],
  ]) assert.equal(got, want);
});
