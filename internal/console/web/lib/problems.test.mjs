import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from './problems.mjs';

test('problems are a list of places and sentences', () => {
  const list = [{ pointer: '/a', message: 'This must be a string.' }, { pointer: '', message: 'The member "b" is missing.' }];
  assert.deepEqual(problemsOf({ errors: list }), list);
  assert.equal(problemsOf({ errors: Array(30).fill(list[0]) }).length, 20);
});

test('what an endpoint calls errors may be anything', () => {
  for (const details of [undefined, null, {}, { errors: null }, { errors: 'x' }, { errors: {} }, { errors: ['x'] }, { errors: [null] }, { errors: [{ pointer: 1, message: 'x' }] }, { errors: [{ message: 'x' }] }]) {
    assert.deepEqual(problemsOf(details), []);
  }
});
