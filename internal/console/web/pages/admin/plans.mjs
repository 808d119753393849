// The plans with their limits, as the configuration has them.
import { html } from '../../html.mjs';
import { bytes, count, duration } from '../../lib/format.mjs';
import { Foreign } from '../../ui/parts.mjs';
import { Table } from './table.mjs';

const limit = (name, word) => (p) => (p[name] ? word(p[name]) : html`<span class="faint">none</span>`);

export function Plans({ plans }) {
  return html`<section class="card"><h2>Plans</h2><p class="small faint">What each plan gives every owner that has it. Plans are set in the configuration; none is no limit.</p>
    <div class="rows" tabindex="0" role="region" aria-label="Plans, as a table"><${Table} caption="Plans" rows=${plans} id=${(p) => p.name} none="No plan." columns=${[
      ['Plan', (p) => html`<${Foreign} text=${p.name} />`, 'name'],
      ['Owners', (p) => count(p.owners), 'number'],
      ['Keys', (p) => count(p.keys), 'number'],
      ['Status/min', limit('status_per_minute', count), 'number'],
      ['Submit/min', limit('submit_per_minute', count), 'number'],
      ['Jobs/month', limit('jobs_per_month', count), 'number'],
      ['Running', limit('max_running_jobs', count), 'number'],
      ['Queued', limit('max_queued_jobs', count), 'number'],
      ['Input', limit('max_input_bytes', bytes), 'number'],
      ['Output', limit('max_output_bytes', bytes), 'number'],
      ['Stored', limit('max_stored_bytes', bytes), 'number'],
      ['Kept', (p) => (p.retention_seconds ? duration(p.retention_seconds) : html`<span class="faint">the server’s</span>`), 'number'],
    ]} /></div></section>`;
}
