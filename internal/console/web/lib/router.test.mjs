import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match } from '../shell/router.mjs';

test('addresses lead to their pages', () => {
  for (const [pattern, path, want] of [
    ['', '', {}], ['', 'jobs', null], ['jobs', 'jobs', {}], ['jobs', 'jobs/7', null], ['jobs/:id', 'jobs/a%20b', { id: 'a b' }], ['jobs/:id', 'jobs/%', { id: '%' }],
    ['jobs/:id', 'jobs', null], ['jobs/:id', 'jobs/7/8', null], ['admin/*', 'admin/keys/new', {}], ['admin/*', 'admin', {}], ['admin/*', 'administer', null],
  ]) assert.deepEqual(match(pattern, path), want, `${pattern} ${path}`);
});
