// The list of jobs: newest first, page by page, so that a long list costs no more
// than a short one. What is not finished on the page that is looked at is asked for
// again, in one request.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { apiFilters, isFiltered, readFilters, writeFilters } from '../lib/filters.mjs';
import { plural, shortID } from '../lib/format.mjs';
import { go, Link } from '../shell/router.mjs';
import { announce } from '../ui/announce.mjs';
import { Button, Failure, Foreign, Status, Time, Title } from '../ui/parts.mjs';
import { usePolling } from '../ui/visible.mjs';
import { Filters } from './jobs_filters.mjs';
import { Ticked } from './jobs_ticked.mjs';

const pageSize = 100;
const mostLooks = 5; // requests for one page
const whileMoving = 3_000; // ms between two looks at a page on which something is not finished
const whileStill = 15_000; // ms between two looks at one on which all is finished
const unfinished = (job) => job.status === 'queued' || job.status === 'processing';

export function Jobs({ query }) {
  const filters = readFilters(query);
  const address = writeFilters(filters);
  return html`<${Title}>Jobs</${Title}>
    <${Filters} filters=${filters} set=${(f) => go(writeFilters(f), { replace: true })} />
    <${List} key=${address} filters=${filters} />`;
}

/** The pages of one list; another one begins anew. */
function List({ filters }) {
  const [cursors, setCursors] = useState(['']); // of the pages up to the one that is shown
  const [page, setPage] = useState(null); // {cursor, jobs, next}
  const [error, setError] = useState(null);
  const [ticked, setTicked] = useState(() => new Set());
  const before = useRef(new Map()); // what was unfinished at the last look
  const cursor = cursors.at(-1);
  const [turn, look] = useState(0);

  usePolling(async (signal) => {
    try {
      const next = await read(filters, cursor, signal);
      tellEnds(before.current, next.jobs);
      before.current = new Map(next.jobs.filter(unfinished).map((j) => [j.job_id, j]));
      setPage({ ...next, cursor });
      setError(null);
      return next.jobs.some(unfinished) ? whileMoving : whileStill;
    } catch (e) {
      signal.throwIfAborted();
      setError(e);
      return Math.max(whileStill, (e.retryAfter ?? 0) * 1000);
    }
  }, (pause) => pause, [cursor, turn]);

  const turnTo = (list) => {
    before.current = new Map();
    setCursors(list);
    scrollTo(0, 0);
  };
  const shown = page?.cursor === cursor ? page : null;
  const jobs = shown?.jobs ?? [];
  const tick = (id, on) => setTicked((was) => {
    const next = new Set(was);
    if (on) next.add(id);
    else next.delete(id);
    return next;
  });
  return html`
    <${Failure} error=${error} title="The list could not be read." />
    <${Ticked} ticked=${ticked} clear=${() => setTicked(new Set())} filters=${filters} done=${() => look((n) => n + 1)} />
    <div class="card flush" aria-busy=${shown ? undefined : 'true'}>
      ${shown && jobs.length === 0 ? html`<${Empty} filters=${filters} more=${shown.next} first=${cursors.length === 1} />` : null}
      ${jobs.length > 0 ? html`<${Table} jobs=${jobs} ticked=${ticked} tick=${tick} tickAll=${(on) => setTicked((was) => {
        const next = new Set(was);
        for (const j of jobs) if (on) next.add(j.job_id); else next.delete(j.job_id);
        return next;
      })} />` : null}
      ${shown ? null : html`<p class="faint pad">Asking…</p>`}
    </div>
    <nav class="actions" aria-label="Pages of the list">
      <${Button} disabled=${cursors.length === 1} onClick=${() => turnTo(cursors.slice(0, -1))}>Newer</${Button}>
      <span class="faint">page ${cursors.length}${jobs.length > 0 ? `, ${plural(jobs.length, 'job')}` : ''}</span>
      <${Button} disabled=${!shown?.next} onClick=${() => turnTo([...cursors, shown.next])}>Older</${Button}>
    </nav>`;
}

/** A page. The server looks at some thousands of jobs for each: where none of them fits, it is asked to look further. */
async function read(filters, cursor, signal) {
  const q = new URLSearchParams([...apiFilters(filters), ['view', 'full'], ['limit', String(pageSize)]]);
  let next = cursor;
  for (let looks = 1; ; looks++) {
    if (next) q.set('cursor', next);
    const { body } = await call(`jobs?${q}`, { signal });
    next = body.next_cursor ?? '';
    if (body.jobs.length > 0 || !next || looks === mostLooks) return { jobs: body.jobs, next };
  }
}

/** Says which jobs have ended since the last look. */
function tellEnds(before, jobs) {
  const ended = jobs.filter((j) => before.has(j.job_id) && !unfinished(j));
  if (ended.length === 0) return;
  const bad = ended.filter((j) => j.status === 'failed').length;
  announce(`${plural(ended.length, 'job')} finished${bad > 0 ? `, ${bad} failed` : ''}.`);
}

function Empty({ filters, more, first }) {
  if (more) return html`<p class="pad">None among those that were looked at; older ones may still fit.</p>`;
  if (isFiltered(filters)) return html`<p class="pad">No job fits these filters.</p>`;
  return html`<p class="pad">${first ? html`No jobs yet. <${Link} to="">Hand in the first one</${Link}>` : 'No older jobs.'}</p>`;
}

function Table({ jobs, ticked, tick, tickAll }) {
  const all = jobs.every((j) => ticked.has(j.job_id));
  const box = useRef(null);
  useEffect(() => {
    box.current.indeterminate = !all && jobs.some((j) => ticked.has(j.job_id));
  });
  return html`<table class="table list">
    <caption class="unseen">Jobs, newest first</caption>
    <thead><tr>
      <th scope="col"><input type="checkbox" ref=${box} aria-label="Tick all of this page" checked=${all} onChange=${(e) => tickAll(e.target.checked)} /></th>
      <th scope="col">Status</th><th scope="col">Tool</th><th scope="col">Job</th><th scope="col">Accepted</th><th scope="col">Last change</th><th scope="col">What of it</th>
    </tr></thead>
    <tbody>${jobs.map((j) => html`<${Row} key=${j.job_id} job=${j} on=${ticked.has(j.job_id)} tick=${tick} />`)}</tbody>
  </table>`;
}

function Row({ job, on, tick }) {
  return html`<tr class=${on ? 'ticked' : ''}>
    <td class="tickbox"><input type="checkbox" aria-label=${`Tick job ${job.job_id}`} checked=${on} onChange=${(e) => tick(job.job_id, e.target.checked)} /></td>
    <td class="is"><${Status} is=${job.status} /></td>
    <td class="tool"><${Foreign} text=${job.tool} /></td>
    <td class="job"><${Link} to=${`jobs/${job.job_id}`} title=${job.job_id}><code>${shortID(job.job_id)}</code></${Link}></td>
    <td class="accepted"><${Time} at=${job.created_at} /></td>
    <td class="changed"><${Time} at=${job.updated_at} /></td>
    <td class="what"><${About} job=${job} /></td>
  </tr>`;
}

/** In a line: why it failed, or its metadata. */
function About({ job }) {
  const metadata = Object.entries(job.metadata ?? {});
  const parts = [];
  if (job.status === 'failed') parts.push(html`<span key="why"><code><${Foreign} text=${job.error.code} /></code> <${Foreign} text=${job.error.message} /></span>`);
  if (job.attempt > 1) parts.push(html`<span key="attempt">attempt ${job.attempt}</span>`);
  for (const [name, value] of metadata) parts.push(html`<span class="label" key=${`m ${name}`}><${Foreign} text=${name} />=<${Foreign} text=${value} /></span>`);
  return html`<div class="about">${parts}</div>`;
}
