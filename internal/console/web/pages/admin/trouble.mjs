// Jobs that need somebody to look at them, before all others.
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { plural } from '../../lib/format.mjs';
import { Link } from '../../shell/router.mjs';
import { Failure } from '../../ui/parts.mjs';
import { every, question, troubles } from './filter.mjs';
import { useAnswer } from './load.mjs';
import { Table } from './table.mjs';

const most = 5; // of each kind
const seconds = 30; // between two looks

/** What is wrong with a job, or nothing. */
export function Trouble({ of: { trouble } }) {
  return trouble ? html` <span class="badge bad" title=${troubles[trouble]}>${trouble}</span>` : null;
}

/** The jobs in each trouble, the oldest first. columns are those of the list. */
export function InTrouble({ columns, turn }) {
  const { answer, error } = useAnswer(async (signal) => {
    const found = [];
    for (const trouble of Object.keys(troubles)) {
      const { body } = await call(question({ ...every(), trouble }, { limit: most }), { signal });
      if (body.jobs.length) found.push({ trouble, jobs: body.jobs, more: Boolean(body.next_cursor) });
    }
    return found;
  }, [turn], seconds);
  if (!answer) return html`<${Failure} error=${error} />`;
  return html`<${Failure} error=${error} />${answer.map(({ trouble, jobs, more }) => html`<section class="card" key=${trouble}>
    <div class="head"><h2>${trouble[0].toUpperCase() + trouble.slice(1)}: ${more ? `more than ${most} jobs` : plural(jobs.length, 'job')}</h2>
      <${Link} to=${`admin/jobs?trouble=${trouble}`}>Only these</${Link}></div>
    <p class="small faint">${troubles[trouble]} The oldest first.</p>
    <${Table} caption=${`Jobs that are ${trouble}`} rows=${jobs} id=${(j) => j.job_id} columns=${columns} /></section>`)}`;
}
