// Asking the server for what a page shows.
import { useEffect, useState } from 'preact/hooks';
import { sleep } from '../../lib/api.mjs';
import { useSession } from '../../shell/session.mjs';
import { useVisible } from '../../ui/visible.mjs';

/**
 * What ask(signal) answers: {answer, error, busy, reload}. It is asked when the page comes up and
 * when the dependencies change, and, with every, again so many seconds after each answer as long
 * as the page is looked at, unless the server refused in a way that does not pass. What is shown
 * stays until the next answer is there, so that nothing flickers; a failure stands beside it.
 */
export function useAnswer(ask, dependencies, every = 0) {
  const [is, set] = useState({ busy: true });
  const [turn, again] = useState(0);
  const { key, expired } = useSession();
  const looked = useVisible() || !every;
  useEffect(() => {
    if (expired || !looked) return undefined;
    const stop = new AbortController();
    (async () => {
      for (let more = true; more;) {
        set((s) => ({ ...s, busy: true }));
        const next = await ask(stop.signal).then((answer) => ({ answer, error: undefined }), (error) => ({ error }));
        if (stop.signal.aborted) return;
        set((s) => ({ ...s, ...next, busy: false }));
        more = every && (!next.error || next.error.passing);
        if (more) await sleep(every * 1000, stop.signal);
      }
    })().catch(() => {}); // sleep says that it was ended
    return () => stop.abort();
  }, [...dependencies, every, turn, looked, key, expired]);
  return { ...is, reload: () => again((n) => n + 1) };
}
