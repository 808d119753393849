import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyState, soon, sorted, works } from './keystate.mjs';

const now = 1_000_000_000;
const key = (more) => ({ id: 'key_1', created_at: now - 5, expires_at: null, revoked_at: null, ...more });

test('what has become of a key', () => {
  for (const [more, want, does] of [
    [{}, 'active', true],
    [{ expires_at: now + soon + 1 }, 'active', true],
    [{ expires_at: now + soon }, 'soon', true],
    [{ expires_at: now }, 'expired', false],
    [{ revoked_at: now }, 'revoked', false],
    [{ revoked_at: now + 1 }, 'replaced', true],
    [{ revoked_at: now + 1, expires_at: now + 5 }, 'replaced', true],
    [{ revoked_at: now + 1, expires_at: now - 5 }, 'expired', false],
    [{ revoked_at: now - 1, expires_at: now - 5 }, 'revoked', false],
  ]) {
    assert.equal(keyState(key(more), now), want, JSON.stringify(more));
    assert.equal(works(want), does, want);
  }
});

test('what expires soon comes first, the soonest at the top, then the newest', () => {
  const keys = [key({ id: 'old', created_at: now - 9 }), key({ id: 'gone', revoked_at: now }), key({ id: 'new' }), key({ id: 'later', expires_at: now + 90 }), key({ id: 'sooner', expires_at: now + 9 })];
  assert.deepEqual(sorted(keys, now).map((k) => k.id), ['sooner', 'later', 'new', 'old', 'gone']);
  assert.equal(keys[0].id, 'old', 'the list itself stays as it is');
});
