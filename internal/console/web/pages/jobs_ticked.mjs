// What is done to the jobs that are ticked, or to all that fit the filters: asked
// first, with how many they are, then done by the server while its progress is shown.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { bulk, matching } from '../lib/bulk.mjs';
import { bulkFilter } from '../lib/filters.mjs';
import { plural } from '../lib/format.mjs';
import { announce } from '../ui/announce.mjs';
import { confirm } from '../ui/dialog.mjs';
import { Button, Failure, Foreign, Progress } from '../ui/parts.mjs';

const deeds = [
  { action: 'cancel', label: 'Cancel', yes: 'Cancel them', done: 'cancelled', kind: 'danger', text: (n) => `${n} will be stopped, where they are not finished yet. Those that are finished are left as they are.` },
  { action: 'retry', label: 'Run again', yes: 'Run them again', done: 'begun again', kind: 'main', text: (n) => `A new job is begun for each of ${n} that are finished; each counts as a job of the month.` },
  { action: 'delete', label: 'Delete', yes: 'Delete them', done: 'deleted', kind: 'danger', text: (n) => `${n}, their inputs and results are removed for good. There is no way back.` },
];

export function Ticked({ ticked, clear, filters, done }) {
  const [state, set] = useState(null); // {deed, progress} or {deed, sum} or {error}
  const leave = useRef(new AbortController());
  useEffect(() => () => leave.current.abort(), []);

  const doIt = async (deed, filter, count) => {
    const yes = await confirm({ title: `${deed.label}: ${plural(count, 'job')}?`, text: deed.text(plural(count, 'job')), yes: deed.yes, no: 'Leave them', kind: deed.kind });
    if (!yes) return;
    set({ deed, progress: { matched: count, done: 0 } });
    try {
      const sum = await bulk(deed.action, filter, { signal: leave.current.signal, tell: (progress) => set({ deed, progress }) });
      set({ deed, sum });
      announce(`${plural(sum.done, 'job')} ${deed.done}${sum.skipped_count ? `, ${sum.skipped_count} left out` : ''}.`);
      clear();
      done();
    } catch (error) {
      if (!leave.current.signal.aborted) set({ error });
    }
  };
  const doTicked = (deed) => doIt(deed, { ids: [...ticked] }, ticked.size);
  const doAll = async (deed) => {
    try {
      const filter = bulkFilter(filters);
      const count = await matching(filter, deed.action, { signal: leave.current.signal });
      await doIt(deed, filter, count);
    } catch (error) {
      set({ error });
    }
  };
  const busy = state?.progress !== undefined;
  return html`<div class="deeds">
    <div class="actions" role="group" aria-label="With the jobs that are ticked">
      <span class="count">${ticked.size === 0 ? 'None ticked' : `${ticked.size} ticked`}</span>
      ${deeds.map((d) => html`<${Button} key=${d.action} kind=${`small ${d.kind === 'danger' ? 'danger' : ''}`} disabled=${busy || ticked.size === 0} does=${() => doTicked(d)}>${d.label}</${Button}>`)}
      ${ticked.size > 0 ? html`<${Button} kind="quiet small" onClick=${clear}>Untick all</${Button}>` : null}
      <details class="all"><summary>All that fit the filters</summary><div class="actions">${deeds.map((d) => html`<${Button} key=${d.action} kind=${`small ${d.kind === 'danger' ? 'danger' : ''}`} disabled=${busy} does=${() => doAll(d)}>${d.label} all…</${Button}>`)}</div></details>
    </div>
    ${busy ? html`<div class="sending"><p class="hint">${state.deed.label}: ${state.progress.done} of ${plural(state.progress.matched, 'job')}</p><${Progress} value=${state.progress.matched ? (100 * state.progress.done) / state.progress.matched : null} label=${`${state.deed.label}, how far`} /></div>` : null}
    ${state?.sum ? html`<${Sum} deed=${state.deed} sum=${state.sum} close=${() => set(null)} />` : null}
    <${Failure} error=${state?.error} title="Not all of it was done." />
  </div>`;
}

function Sum({ deed, sum, close }) {
  return html`<div class=${`notice ${sum.skipped_count ? 'wait' : 'good'}`}>
    <p><strong>${plural(sum.done, 'job')} ${deed.done}${sum.skipped_count ? `, ${sum.skipped_count} left out` : ''}.</strong> <${Button} kind="quiet small" onClick=${close}>Good</${Button}></p>
    ${sum.skipped?.length ? html`<details><summary>Why some were left out</summary><ul class="skipped">${sum.skipped.map((s) => html`<li key=${s.job_id}><code>${s.job_id}</code> <code><${Foreign} text=${s.code} /></code></li>`)}</ul></details>` : null}
  </div>`;
}
