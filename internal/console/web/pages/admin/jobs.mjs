// The jobs of all owners: found, looked into, cancelled and retried.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { plural } from '../../lib/format.mjs';
import { go, Link } from '../../shell/router.mjs';
import { announce } from '../../ui/announce.mjs';
import { Button, Failure, Foreign, Status, Time, Title } from '../../ui/parts.mjs';
import { Attempts } from './attempts.mjs';
import { Bulk } from './bulk.mjs';
import { bulkFilter, fromQuery, isEmpty, question, toQuery, words } from './filter.mjs';
import { FilterForm } from './filterform.mjs';
import { useAnswer } from './load.mjs';
import { Table } from './table.mjs';
import { InTrouble, Trouble } from './trouble.mjs';

const pageSize = 50;
const every = 15; // seconds, as long as only the newest page is shown

export function Jobs({ query }) {
  const filter = fromQuery(query);
  const which = toQuery(filter);
  const [older, setOlder] = useState({ of: which, jobs: [], cursor: undefined });
  const [open, setOpen] = useState(null); // the bulk action that is asked about
  const [error, setError] = useState(null);
  const [turn, setTurn] = useState(0); // of what was changed here
  const more = older.of === which && older.jobs.length ? older : { jobs: [] };
  const first = useAnswer(async (signal) => ({ of: which, ...(await call(question(filter, { limit: pageSize }), { signal })).body }), [which], more.jobs.length ? 0 : every);
  const tools = useAnswer(async (signal) => (await call('admin/stats', { signal })).body.now.tools.map((t) => t.name), []);
  const shown = first.answer?.of === which ? first.answer : undefined;
  const jobs = shown ? [...shown.jobs, ...more.jobs] : [];
  const next = more.jobs.length ? more.cursor : shown?.next_cursor;
  useEffect(() => {
    if (shown) announce(jobs.length ? `${plural(jobs.length, 'job')} shown.` : 'No job is shown.');
  }, [shown?.of]);
  const find = (f) => {
    const q = toQuery(f);
    if (q === which) first.reload();
    go(q ? `admin/jobs?${q}` : 'admin/jobs');
  };
  const showMore = () => call(question(filter, { limit: pageSize, cursor: next })).then(({ body }) => {
    setError(null);
    setOlder({ of: which, jobs: [...more.jobs, ...body.jobs], cursor: body.next_cursor });
    announce(`${plural(body.jobs.length, 'job')} more.`);
  }, setError);
  const changed = () => {
    setTurn(turn + 1);
    first.reload();
  };
  const ask = (action, f, text) => setOpen({ action, filter: f, words: text });
  const all = isEmpty(filter) ? 'All jobs of all owners.' : `All jobs of: ${words(filter)}.`;
  return html`<${Title} tab="Jobs">Jobs of all owners</${Title}>
    <${FilterForm} filter=${filter} tools=${tools.answer ?? []} onFind=${find} />
    ${isEmpty(filter) ? html`<${InTrouble} columns=${columns(ask)} turn=${turn} />` : null}
    <div class="head"><h2>${isEmpty(filter) ? 'All, the newest first' : html`Found by <${Foreign} text=${words(filter)} />`}</h2>
      <div class="actions">
        <button type="button" onClick=${() => ask('retry', bulkFilter(filter), all)}>Retry all…</button>
        <button type="button" class="danger" onClick=${() => ask('cancel', bulkFilter(filter), all)}>Cancel all…</button>
      </div></div>
    <${Failure} error=${first.error ?? error} />
    ${shown ? html`<section class="card"><${Table} caption="Jobs" rows=${jobs} id=${(j) => j.job_id} none=${next ? 'None among those that were looked at so far.' : 'No job matches.'} columns=${columns(ask)} />
      ${next ? html`<div class="actions"><${Button} does=${showMore}>Show more</${Button}></div>` : null}</section>` : first.error ? null : html`<p class="faint">Loading…</p>`}
    ${open ? html`<${Bulk} ...${open} onClose=${(begun) => { setOpen(null); if (begun) changed(); }} />` : null}`;
}

const columns = (ask) => [
  ['Job', (j) => html`<${Link} to=${`admin/jobs/${encodeURIComponent(j.job_id)}`}><code><${Foreign} text=${j.job_id} /></code></${Link}>`],
  ['Owner', (j) => html`<${Foreign} text=${j.owner} />`, 'name'],
  ['Tool', (j) => html`<${Foreign} text=${j.tool} />`, 'name'],
  ['Status', (j) => html`<${Status} is=${j.status} /><${Trouble} of=${j} />`],
  ['Attempts', (j) => html`<${Attempts} of=${j} />`],
  ['Error', (j) => html`<${LastError} of=${j} />`],
  ['Handed in', (j) => html`<${Time} at=${j.created_at} />`],
  ['Action', (j) => html`<${Actions} of=${j} ask=${ask} />`, 'last'],
];

/** The error of a failed job; of another, the code of the last attempt that failed. */
function LastError({ of }) {
  const code = of.error?.code ?? of.last_error;
  if (!code) return html`<span class="faint">–</span>`;
  return html`<code><${Foreign} text=${code} /></code>${of.error ? html`<div class="small clip"><${Foreign} text=${of.error.message} /></div>` : null}`;
}

/** What can be done with one job. */
export function Actions({ of, ask }) {
  const one = (action) => () => ask(action, { ids: [of.job_id] }, `${of.tool} of ${of.owner}, job ${of.job_id}.`);
  if (of.status === 'failed') return html`<button type="button" class="small" onClick=${one('retry')}>Retry<span class="unseen"> job ${of.job_id}</span></button>`;
  if (of.status === 'success') return null;
  return html`<button type="button" class="small danger" onClick=${one('cancel')}>Cancel<span class="unseen"> job ${of.job_id}</span></button>`;
}
