// Who is signed in. The key is in this module's memory and, only where the
// person ticked that, in sessionStorage, which this tab alone reads and which
// ends with it. It is in no address, no cookie and no message.
import { useEffect, useState } from 'preact/hooks';

const stored = 'claimcheck.key';

/**
 * key: the key, or ''. kind: 'owner' or 'admin', '' before it is known.
 * expired: a sentence when the server no longer takes the key; the page stays as it is.
 */
let state = { key: '', kind: '', owner: '', plan: '', expired: '' };
const listeners = new Set();

function become(next) {
  state = next;
  for (const f of [...listeners]) f(state);
}

export const session = () => state;

/** The session, for a component that is drawn again when it changes. */
export function useSession() {
  const [s, set] = useState(state);
  useEffect(() => {
    listeners.add(set);
    set(state);
    return () => listeners.delete(set);
  }, []);
  return s;
}

/** The key that can be used now, for what is to be asked again with another; '' while there is none. */
export function useKey() {
  const { key, expired } = useSession();
  return expired ? '' : key;
}

/** Calls back whenever somebody else is signed in, or nobody; returns how to stop. */
export function onSession(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}

/** The key that was kept in this tab, or ''. */
export const keptKey = () => read() ?? '';

/** Somebody is signed in, by a key that the server took. */
export function begin(key, { kind, owner = '', plan = '' }, keep) {
  write(keep ? key : null);
  become({ key, kind, owner, plan, expired: '' });
}

/** The server does not take the key any more. What is on the page stays. */
export function expire(key, why) {
  if (key !== state.key || state.expired) return;
  write(null);
  become({ ...state, expired: why });
}

export function end() {
  write(null);
  become({ key: '', kind: '', owner: '', plan: '', expired: '' });
}

// A browser may forbid its storage altogether.
function read() {
  try {
    return sessionStorage.getItem(stored);
  } catch {
    return null;
  }
}

function write(key) {
  try {
    if (key === null) sessionStorage.removeItem(stored);
    else sessionStorage.setItem(stored, key);
  } catch {
    // then the key lives in memory only
  }
}
