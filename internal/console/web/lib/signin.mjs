// Whose key it is: an owner's, or an operator's.
import { ApiError, call } from './api.mjs';

/** Answers {kind: 'owner', owner, plan} or {kind: 'admin'}; throws what the server says against the key. */
export async function whose(key, options = {}) {
  try {
    const { body } = await call('usage', { ...options, key });
    return { kind: 'owner', owner: body.owner, plan: body.plan };
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 403) throw e;
    const lacks = e;
    try {
      await call('admin/stats', { ...options, key });
      return { kind: 'admin' };
    } catch (again) {
      throw again.status === 403 || again.status === 404 ? lacks : again;
    }
  }
}

/** What is wrong with a text as a key, or ''. A header field takes nothing else. */
export function wrongKey(text) {
  if (text === '') return 'Please enter a key.';
  return /^[\x21-\x7e]+$/.test(text) ? '' : 'A key has letters, digits and signs only, no spaces. Was something else copied along?';
}
