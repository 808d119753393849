// What has become of a key, by its times. A revocation that is to come is a
// rotation's: until then the old text works beside the new one.

/** A key that expires within so many seconds is marked. */
export const soon = 14 * 86400;

/** now in Unix seconds. One of active, soon, replaced, expired, revoked. */
export function keyState(key, now) {
  if (key.revoked_at && key.revoked_at <= now) return 'revoked';
  if (key.expires_at && key.expires_at <= now) return 'expired';
  if (key.revoked_at) return 'replaced';
  if (key.expires_at && key.expires_at - now <= soon) return 'soon';
  return 'active';
}

/** Whether requests are still taken with it. */
export const works = (state) => state === 'active' || state === 'soon' || state === 'replaced';

const order = ['soon', 'replaced', 'active', 'expired', 'revoked'];

/** What needs to be seen first: what expires soon, the soonest first; then the newest. */
export function sorted(keys, now) {
  const rank = (k) => order.indexOf(keyState(k, now));
  return [...keys].sort((a, b) => rank(a) - rank(b)
    || (keyState(a, now) === 'soon' ? a.expires_at - b.expires_at : b.created_at - a.created_at));
}
