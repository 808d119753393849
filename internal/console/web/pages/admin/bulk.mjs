// One action on all jobs that a filter matches: how many is shown first, then it
// is done, watched, and told what was left out and why.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { bulk, matching } from '../../lib/bulk.mjs';
import { count, plural } from '../../lib/format.mjs';
import { Link } from '../../shell/router.mjs';
import { announce } from '../../ui/announce.mjs';
import { Dialog } from '../../ui/dialog.mjs';
import { Button, Failure, Foreign, Progress } from '../../ui/parts.mjs';
import { Table } from './table.mjs';

const path = 'admin/bulk';

const actions = {
  cancel: { verb: 'Cancel', done: 'cancelled', kind: 'danger', note: 'What waits or runs ends as CANCELED; what is finished stays as it is. That cannot be undone.' },
  retry: { verb: 'Retry', done: 'handed in again', kind: 'main', note: 'Each that is finished is handed in again as a new job of its owner, with the same input, and counts on the owner’s quota.' },
};

/** filter: as the server takes it; words: the same for people. onClose is told whether anything was begun. */
export function Bulk({ action, filter, words, onClose }) {
  const [matched, setMatched] = useState();
  const [begun, setBegun] = useState(false);
  const [error, setError] = useState(null);
  const { verb, kind, note } = actions[action];
  useEffect(() => {
    const stop = new AbortController();
    matching(filter, action, { path, signal: stop.signal }).then(setMatched, (e) => stop.signal.aborted || setError(e));
    return () => stop.abort();
  }, []);
  const jobs = matched === undefined ? 'jobs' : plural(matched, 'job');
  return html`<${Dialog} title=${begun || matched === undefined ? `${verb} jobs` : `${verb} ${jobs}?`} onClose=${() => onClose(begun)}>
    <p><${Foreign} text=${words} /></p>
    ${begun ? html`<${Running} action=${action} filter=${filter} onClose=${() => onClose(true)} />` : html`
      <${Failure} error=${error} />
      ${matched === 0 ? html`<p>No job matches.</p>` : matched ? html`<p>${note}</p>` : error ? null : html`<p class="faint" role="status">Counting…</p>`}
      <div class="actions">
        ${matched ? html`<button type="button" class=${kind} onClick=${() => setBegun(true)}>${verb} ${jobs}</button>` : null}
        <button type="button" class="quiet" autofocus onClick=${() => onClose(false)}>${matched ? 'Leave them' : 'Close'}</button>
      </div>`}
  </${Dialog}>`;
}

function Running({ action, filter, onClose }) {
  const [is, set] = useState({ status: 'processing', matched: 0, done: 0, skipped: [], skipped_count: 0 });
  const [error, setError] = useState(null);
  const over = is.status !== 'processing';
  const summary = (s) => `${plural(s.done, 'job')} ${actions[action].done}${s.skipped_count ? `, ${count(s.skipped_count)} left out` : ''}.`;
  useEffect(() => {
    const stop = new AbortController();
    bulk(action, filter, { path, tell: set, signal: stop.signal }).then((s) => {
      set(s);
      announce(summary(s));
    }, (e) => stop.signal.aborted || setError(e));
    return () => stop.abort();
  }, []);
  const end = () => call(`${path}/${is.bulk_id}`, { method: 'DELETE' }).catch(setError);
  const dealt = is.done + is.skipped_count;
  return html`
    <${Failure} error=${error} />
    ${over ? html`<p><strong>${is.status === 'ended' ? 'Ended before it was through: ' : ''}${summary(is)}</strong></p>`
      : error ? null : html`<${Progress} value=${is.matched ? (100 * dealt) / is.matched : null} label="How much is done" />
        <p>${count(dealt)} of ${plural(is.matched, 'job')}. <span class="faint">It goes on without this page.</span></p>`}
    <${LeftOut} of=${is} />
    <div class="actions">
      <button type="button" class=${over ? 'main' : ''} autofocus onClick=${onClose}>Close</button>
      ${over || error || !is.bulk_id ? null : html`<${Button} kind="quiet" does=${end}>End it</${Button}>`}
    </div>`;
}

// The server names at most a hundred of those that were left out.
function LeftOut({ of: { skipped, skipped_count: all } }) {
  if (!skipped.length) return null;
  return html`<details><summary>Why ${plural(all, 'job')} ${all === 1 ? 'was' : 'were'} left out</summary>
    ${all > skipped.length ? html`<p class="small faint">The first ${skipped.length} of ${count(all)}.</p>` : null}
    <${Table} caption="Jobs left out" rows=${skipped} id=${(s) => s.job_id} columns=${[
      ['Job', (s) => html`<${Link} to=${`admin/jobs/${encodeURIComponent(s.job_id)}`}><code><${Foreign} text=${s.job_id} /></code></${Link}>`],
      ['Code', (s) => html`<code><${Foreign} text=${s.code} /></code>`],
    ]} />
  </details>`;
}
