// A job's attempts: how many in a list, one by one when they are asked for.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { duration } from '../../lib/format.mjs';
import { Failure, Foreign, Time } from '../../ui/parts.mjs';
import { Table } from './table.mjs';

/** The attempts of a job in its full view. */
export function AttemptTable({ of: j }) {
  return html`<${Table} caption="Attempts" rows=${j.attempts ?? []} id=${(a) => a.attempt} none="None has begun." columns=${[
    ['Attempt', (a) => a.attempt],
    ['Began', (a) => html`<${Time} at=${a.started_at} />`],
    ['Took', (a) => (a.ended_at ? duration(a.ended_at - a.started_at) : html`<span class="faint">runs</span>`)],
    ['Worker', (a) => html`<${Foreign} text=${a.worker} />`],
    ['Error', (a) => (a.error ? html`<code><${Foreign} text=${a.error} /></code>` : html`<span class="faint">–</span>`)],
  ]} />`;
}

/** How many attempts a job of a list has had; they are read when somebody opens them. */
export function Attempts({ of: j }) {
  const [full, setFull] = useState(null);
  const [error, setError] = useState(null);
  const words = `${j.attempt} of ${j.max_attempts}`;
  if (!j.attempt) return words;
  const opened = (e) => {
    if (e.target.open) call(`admin/jobs/${encodeURIComponent(j.job_id)}`).then(({ body }) => setFull(body), setError);
  };
  return html`<details onToggle=${opened}><summary>${words}<span class="unseen"> attempts of job ${j.job_id}</span></summary>
    <${Failure} error=${error} />
    ${full ? html`<ol class="attempts">${(full.attempts ?? []).map((a) => html`<li key=${a.attempt}><${Time} at=${a.started_at} />${a.ended_at ? `, ${duration(a.ended_at - a.started_at)}` : ', runs'}
      ${a.error ? html` <code><${Foreign} text=${a.error} /></code>` : null}<div class="small faint"><${Foreign} text=${a.worker} /></div></li>`)}</ol>` : null}
  </details>`;
}
