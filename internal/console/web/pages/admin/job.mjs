// One job of any owner, with its attempts.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { duration } from '../../lib/format.mjs';
import { Link } from '../../shell/router.mjs';
import { Facts, Failure, Foreign, Progress, Status, Time, Title } from '../../ui/parts.mjs';
import { AttemptTable } from './attempts.mjs';
import { Bulk } from './bulk.mjs';
import { Actions } from './jobs.mjs';
import { useAnswer } from './load.mjs';
import { Table } from './table.mjs';
import { Trouble } from './trouble.mjs';

const every = 5; // seconds, until it is finished

export function Job({ id }) {
  const [open, setOpen] = useState(null);
  const [over, setOver] = useState(false);
  const { answer: j, error, reload } = useAnswer(async (signal) => {
    const { body } = await call(`admin/jobs/${encodeURIComponent(id)}`, { signal });
    setOver(body.status === 'success' || body.status === 'failed');
    return body;
  }, [id], over ? 0 : every);
  return html`<p><${Link} to="admin/jobs">All jobs</${Link}></p>
    <${Title} tab="Job">Job <code><${Foreign} text=${id} /></code></${Title}>
    <${Failure} error=${error} />
    ${j ? html`<${Shown} of=${j} ask=${(action, filter, words) => setOpen({ action, filter, words })} />` : error ? null : html`<p class="faint">Loading…</p>`}
    ${open ? html`<${Bulk} ...${open} onClose=${(begun) => { setOpen(null); if (begun) reload(); }} />` : null}`;
}

function Shown({ of: j, ask }) {
  const metadata = Object.entries(j.metadata ?? {});
  return html`
    <div class="head"><p><${Status} is=${j.status} /><${Trouble} of=${j} /></p><div class="actions"><${Actions} of=${j} ask=${ask} /></div></div>
    ${j.status === 'processing' ? html`<${Progress} value=${j.progress} label="Progress of the job" />` : null}
    ${j.error ? html`<div class="notice bad"><p><strong><${Foreign} text=${j.error.message} lines /></strong></p><p class="small"><code><${Foreign} text=${j.error.code} /></code></p>
      ${Object.keys(j.error.details ?? {}).length ? html`<pre class="box"><${Foreign} text=${JSON.stringify(j.error.details, null, 2)} lines /></pre>` : null}</div>` : null}
    <section class="card"><h2>The job</h2><${Facts} pairs=${[
      ['Owner', html`<${Link} to=${`admin/jobs?owner=${encodeURIComponent(j.owner)}`}><${Foreign} text=${j.owner} /></${Link}>`],
      ['Tool', html`<${Link} to=${`admin/jobs?tool=${encodeURIComponent(j.tool)}`}><${Foreign} text=${j.tool} /></${Link}>`],
      ['Waits because of', j.waiting_reason && html`<${Foreign} text=${j.waiting_reason} />`],
      ['Position', j.queue_position],
      ['Over in about', j.estimated_seconds === undefined ? undefined : duration(j.estimated_seconds)],
      ['Attempts', `${j.attempt} of ${j.max_attempts}`],
      ['Handed in', html`<${Time} at=${j.created_at} />`],
      ['Not before', j.run_at && html`<${Time} at=${j.run_at} />`],
      ['Started', j.started_at && html`<${Time} at=${j.started_at} />`],
      ['Finished', j.finished_at && html`<${Time} at=${j.finished_at} />`],
      ['Submitted by request', j.request_id && html`<code><${Foreign} text=${j.request_id} /></code>`],
      ['Kept until', j.expires_at && html`<${Time} at=${j.expires_at} />`],
    ]} /></section>
    <section class="card"><h2>Attempts</h2><${AttemptTable} of=${j} /></section>
    ${metadata.length ? html`<section class="card"><h2>Metadata</h2><${Table} caption="Metadata" rows=${metadata} id=${([k]) => k} columns=${[
      ['Name', ([k]) => html`<${Foreign} text=${k} />`],
      ['Value', ([, v]) => html`<${Foreign} text=${v} />`],
    ]} /></section>` : null}`;
}
