// What is not looked at asks the server for little or nothing.
import { useEffect, useState } from 'preact/hooks';
import { sleep } from '../lib/api.mjs';
import { useKey } from '../shell/session.mjs';

/** Whether the tab is looked at, for a component that is drawn again when that changes. */
export function useVisible() {
  const [v, set] = useState(!document.hidden);
  useEffect(() => {
    const changed = () => set(!document.hidden);
    document.addEventListener('visibilitychange', changed);
    return () => document.removeEventListener('visibilitychange', changed);
  }, []);
  return v;
}

/**
 * Calls f at once, and again when so many milliseconds have passed since it was done, while
 * the tab is looked at and somebody is signed in; f is given a signal that ends with the component or the
 * dependencies. every may be a function of f's answer.
 */
export function usePolling(f, every, dependencies) {
  const visible = useVisible();
  const key = useKey();
  useEffect(() => {
    if (!visible || !key) return undefined;
    const stop = new AbortController();
    (async () => {
      while (!stop.signal.aborted) {
        const answer = await f(stop.signal);
        await sleep(typeof every === 'function' ? every(answer) : every, stop.signal);
      }
    })().catch((e) => {
      if (!stop.signal.aborted) throw e;
    });
    return () => stop.abort();
  }, [visible, key, ...dependencies]);
}
