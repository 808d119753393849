// The console's addresses: which page is shown, and how another one is gone to.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { unescaped } from '../lib/foreign.mjs';
import { consolePath } from './place.mjs';

const listeners = new Set();

/** What stands after the console's path and after the ?. */
export function place() {
  return {
    path: location.pathname.startsWith(consolePath) ? location.pathname.slice(consolePath.length).replace(/\/$/, '') : '',
    query: new URLSearchParams(location.search),
  };
}

/** Goes to a page; with replace it takes the place of this one in the history. */
export function go(path, { replace = false } = {}) {
  const url = consolePath + path;
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  if (!replace) scrollTo(0, 0);
  for (const f of listeners) f();
}

/** The place, for a component that is drawn again when it changes. */
export function usePlace() {
  const [at, set] = useState(place);
  useEffect(() => {
    const moved = () => set(place());
    listeners.add(moved);
    addEventListener('popstate', moved);
    return () => {
      listeners.delete(moved);
      removeEventListener('popstate', moved);
    };
  }, []);
  return at;
}

/** A link to a page of the console. */
export function Link({ to, children, ...rest }) {
  const follow = (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    go(to);
  };
  return html`<a href=${consolePath + to} onClick=${follow} ...${rest}>${children}</a>`;
}

/** match('jobs/:id', 'jobs/7') is {id: '7'}; null where the pattern does not fit. A last * takes all that is left, also nothing. */
export function match(pattern, path) {
  const want = pattern.split('/');
  const have = path.split('/');
  const found = {};
  for (const [i, part] of want.entries()) {
    if (part === '*') return found;
    if (have[i] === undefined) return null;
    if (part.startsWith(':')) found[part.slice(1)] = unescaped(have[i]);
    else if (part !== have[i]) return null;
  }
  return have.length === want.length ? found : null;
}

/** A part of a path; what is no encoding of anything stays as it is. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
