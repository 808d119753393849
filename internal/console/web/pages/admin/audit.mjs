// What was changed, by whom.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { fullTime, plural } from '../../lib/format.mjs';
import { announce } from '../../ui/announce.mjs';
import { Button, Failure, Foreign, Title } from '../../ui/parts.mjs';
import { useAnswer } from './load.mjs';
import { Table } from './table.mjs';

const pageSize = 50;
const question = (cursor) => `admin/audit?limit=${pageSize}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;

export function Audit() {
  const [older, setOlder] = useState({ rows: [], cursor: undefined });
  const [error, setError] = useState(null);
  const first = useAnswer(async (signal) => (await call(question(), { signal })).body, []);
  const rows = [...(first.answer?.audit ?? []), ...older.rows];
  const next = older.rows.length ? older.cursor : first.answer?.next_cursor;
  const more = () => call(question(next)).then(({ body }) => {
    setError(null);
    setOlder({ rows: [...older.rows, ...body.audit], cursor: body.next_cursor });
    announce(`${plural(body.audit.length, 'row')} more.`);
  }, setError);
  const again = () => {
    setOlder({ rows: [], cursor: undefined });
    first.reload();
  };
  return html`<div class="head"><${Title} tab="Audit">Audit</${Title}><${Button} does=${again}>Ask again</${Button}></div>
    <p class="faint">Each change that operators made, written down before it was made; newest first.</p>
    <${Failure} error=${first.error ?? error} />
    ${first.answer ? html`<section class="card"><${Table} caption="Changes" rows=${rows} id=${(r, i) => r.request_id + r.action + r.target} none="Nothing has been changed yet." columns=${[
      ['Time', (r) => html`<time datetime=${new Date(r.at * 1000).toISOString()}>${fullTime(r.at)}</time>`],
      ['Action', (r) => html`<${Foreign} text=${r.action} />`, 'word'],
      ['Target', (r) => html`<code><${Foreign} text=${r.target} /></code>`],
      ['By', (r) => html`<${By} row=${r} />`, 'word'],
      ['Request', (r) => (r.request_id ? html`<code><${Foreign} text=${r.request_id} /></code>` : html`<span class="faint">–</span>`)],
    ]} />
    ${next ? html`<div class="actions"><${Button} does=${more}>Show more</${Button}></div>` : null}</section>` : first.error ? null : html`<p class="faint">Loading…</p>`}`;
}

// Operators' commands leave rows too; they have no key and no request.
function By({ row: r }) {
  if (r.key_id === 'command') return html`<span class="faint">a command</span>`;
  return html`<${Foreign} text=${r.owner} /><div class="small"><code><${Foreign} text=${r.key_id} /></code></div>`;
}
