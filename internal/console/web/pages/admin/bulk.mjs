// One action on all jobs that a filter matches: how many is shown first, then it
// is done, watched, and told what was left out and why.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call, sleep } from '../../lib/api.mjs';
import { count, plural } from '../../lib/format.mjs';
import { Link } from '../../shell/router.mjs';
import { announce } from '../../ui/announce.mjs';
import { Dialog } from '../../ui/dialog.mjs';
import { Button, Facts, Failure, Foreign, Progress } from '../../ui/parts.mjs';
import { Table } from './table.mjs';

const verbs = {
  cancel: { verb: 'Cancel', done: 'cancelled', kind: 'danger', note: 'What waits or runs ends as CANCELED. That cannot be undone.' },
  retry: { verb: 'Retry', done: 'handed in again', kind: 'main', note: 'Each is handed in again as a new job of its owner, with the same input, and counts on the owner’s quota.' },
};

/** which: {filter, all}, as the server takes it. words: the same for people. onClose is told whether anything was begun. */
export function Bulk({ action, which, words, onClose }) {
  const [is, set] = useState({}); // matched, then bulk; or error
  const { verb, kind, note } = verbs[action];
  useEffect(() => {
    const stop = new AbortController();
    call('admin/bulk', { method: 'POST', json: { action, ...which, dry_run: true }, signal: stop.signal, repeat: true })
      .then(({ body }) => set({ matched: body.matched }), (error) => stop.signal.aborted || set({ error }));
    return () => stop.abort();
  }, []);
  const begin = () => call('admin/bulk', { method: 'POST', json: { action, ...which } })
    .then(({ body }) => set({ matched: body.matched, bulk: body }), (error) => set({ ...is, error }));
  const title = is.bulk ? `${verb} jobs` : is.matched === undefined ? `${verb}: counting` : `${verb} ${plural(is.matched, 'job')}?`;
  const close = () => onClose(Boolean(is.bulk));
  return html`<${Dialog} title=${title} onClose=${close}>
    <p><${Foreign} text=${words} /></p>
    <${Failure} error=${is.error} />
    ${is.bulk ? html`<${Running} action=${action} first=${is.bulk} onClose=${close} />` : html`
      ${is.matched === 0 ? html`<p>No job matches.</p>` : is.matched ? html`<p>${note}</p>` : is.error ? null : html`<p class="faint" role="status">Counting…</p>`}
      <div class="actions">
        ${is.matched ? html`<${Button} kind=${kind} does=${begin}>${verb} ${plural(is.matched, 'job')}</${Button}>` : null}
        <button type="button" class="quiet" autofocus onClick=${close}>${is.matched ? 'Leave them' : 'Close'}</button>
      </div>`}
  </${Dialog}>`;
}

function Running({ action, first, onClose }) {
  const [bulk, set] = useState(first);
  const [error, setError] = useState(null);
  const over = bulk.status !== 'processing';
  const done = bulk.done ?? 0;
  const skipped = bulk.skipped_count ?? 0;
  useEffect(() => {
    const stop = new AbortController();
    (async () => {
      for (let next = first; next.status === 'processing';) {
        await sleep((next.retry_after ?? 1) * 1000, stop.signal);
        try {
          next = (await call(`admin/bulk/${first.bulk_id}`, { signal: stop.signal })).body;
          set(next);
          setError(null);
        } catch (e) {
          if (stop.signal.aborted || !e.passing) throw e;
          setError(e);
        }
      }
    })().catch((e) => stop.signal.aborted || setError(e));
    return () => stop.abort();
  }, []);
  const summary = `${plural(done, 'job')} ${verbs[action].done}${skipped ? `, ${count(skipped)} left out` : ''}.`;
  useEffect(() => { if (over) announce(summary); }, [over]);
  const end = () => call(`admin/bulk/${bulk.bulk_id}`, { method: 'DELETE' }).then(({ body }) => body && set({ ...bulk, ...body }), setError);
  return html`
    ${over ? html`<p><strong>${bulk.status === 'ended' ? 'Ended before it was through. ' : ''}${summary}</strong></p>`
      : html`<${Progress} value=${bulk.matched ? (100 * (done + skipped)) / bulk.matched : null} label="How much is done" /><p>${count(done + skipped)} of ${count(bulk.matched)}</p>`}
    <${Failure} error=${error} />
    ${over ? null : html`<p class="small faint">It goes on without this page.</p>`}
    <${Reasons} bulk=${bulk} />
    <div class="actions">
      <button type="button" class=${over ? 'main' : ''} onClick=${onClose}>Close</button>
      ${over ? null : html`<${Button} kind="quiet" does=${end}>End it</${Button}>`}
    </div>`;
}

// Why some were left out. The server names at most a hundred.
function Reasons({ bulk }) {
  const skipped = bulk.skipped ?? [];
  if (!skipped.length) return null;
  const codes = new Map();
  for (const s of skipped) codes.set(s.code, (codes.get(s.code) ?? 0) + 1);
  return html`<details><summary>Why ${plural(bulk.skipped_count, 'job')} ${bulk.skipped_count === 1 ? 'was' : 'were'} left out</summary>
    <${Facts} pairs=${[...codes].map(([code, n]) => [code, count(n)])} />
    <${Table} caption="Jobs left out" rows=${skipped} id=${(s) => s.job_id} columns=${[
      ['Job', (s) => html`<${Link} to=${`admin/jobs/${encodeURIComponent(s.job_id)}`}><code><${Foreign} text=${s.job_id} /></code></${Link}>`],
      ['Code', (s) => html`<code><${Foreign} text=${s.code} /></code>`],
    ]} />
    ${bulk.skipped_count > skipped.length ? html`<p class="small faint">The first ${skipped.length} of ${count(bulk.skipped_count)}.</p>` : null}
  </details>`;
}
