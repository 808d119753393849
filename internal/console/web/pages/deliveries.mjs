// What was, or is being, delivered to a webhook: each call, and sending again.
import { useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { shortID } from '../lib/format.mjs';
import { Link } from '../shell/router.mjs';
import { announce } from '../ui/announce.mjs';
import { Button, Failure, Foreign, Time } from '../ui/parts.mjs';
import { usePolling } from '../ui/visible.mjs';

const whileMoving = 3_000; // ms between two looks while something is on its way
const whileStill = 20_000; // ms between two looks otherwise
const signs = { pending: ['queued', '◷'], delivered: ['success', '✓'], failed: ['failed', '✕'] };

/** path: of the webhook. turn: another number looks at once. */
export function Deliveries({ path, turn }) {
  const [list, setList] = useState(null);
  const [older, setOlder] = useState([]); // pages that were asked for, once
  const [next, setNext] = useState('');
  const [error, setError] = useState(null);
  const [again, look] = useState(0);
  usePolling(async (signal) => {
    try {
      const { body } = await call(`${path}/deliveries?limit=20`, { signal });
      setList(body.deliveries);
      if (older.length === 0) setNext(body.next_cursor ?? '');
      setError(null);
      return body.deliveries.some((d) => d.status === 'pending') ? whileMoving : whileStill;
    } catch (e) {
      signal.throwIfAborted();
      setError(e);
      return whileStill;
    }
  }, (pause) => pause, [turn, again]);
  const more = async () => {
    try {
      const { body } = await call(`${path}/deliveries?limit=50&cursor=${encodeURIComponent(next)}`);
      setOlder((was) => [...was, ...body.deliveries]);
      setNext(body.next_cursor ?? '');
    } catch (e) {
      setError(e);
    }
  };
  const resend = async (d) => {
    try {
      await call(`${path}/deliveries/${encodeURIComponent(d.id)}/resend`, { method: 'POST' });
      announce('It is sent again.');
      look((n) => n + 1);
    } catch (e) {
      setError(e);
    }
  };
  if (list === null) return error ? html`<${Failure} error=${error} />` : html`<p class="faint">Asking…</p>`;
  const known = new Set(list.map((d) => d.id));
  const all = [...list, ...older.filter((d) => !known.has(d.id))];
  return html`<div class="deliveries"><${Failure} error=${error} />
    ${all.length === 0 ? html`<p class="faint">Nothing was delivered yet.</p>` : html`<table class="table"><caption class="unseen">Deliveries, newest first</caption>
      <thead><tr><th scope="col">Status</th><th scope="col">Event</th><th scope="col">Job</th><th scope="col">Made</th><th scope="col">Calls</th><th scope="col">Again</th></tr></thead>
      <tbody>${all.map((d) => html`<tr key=${d.id}>
        <td data-label="Status"><span class=${`status ${signs[d.status]?.[0] ?? ''}`}><span aria-hidden="true">${signs[d.status]?.[1] ?? '?'}</span> ${d.status}</span></td>
        <td data-label="Event"><${Foreign} text=${d.type} /> <span class="faint">no. ${d.sequence}</span></td>
        <td data-label="Job">${d.job_id ? html`<${Link} to=${`jobs/${d.job_id}`}><code>${shortID(d.job_id)}</code></${Link}>` : html`<span class="faint">–</span>`}</td>
        <td data-label="Made"><${Time} at=${d.created_at} /></td>
        <td data-label="Calls"><${Calls} delivery=${d} /></td>
        <td data-label="Again">${d.status === 'pending' ? html`<span class="faint">–</span>` : html`<${Button} kind="small" does=${() => resend(d)} aria-label=${`Send again: ${d.type} no. ${d.sequence}`}>Send again</${Button}>`}</td>
      </tr>`)}</tbody></table>`}
    ${next ? html`<${Button} kind="quiet" does=${more}>Older ones</${Button}>` : null}
  </div>`;
}

function Calls({ delivery: d }) {
  const last = d.attempts.at(-1);
  return html`${last ? html`${outcome(last)} ` : html`<span class="faint">none yet</span> `}${
    d.next_attempt_at ? html`<span class="faint">next </span><${Time} at=${d.next_attempt_at} />` : null}${
    d.reason ? html` <${Foreign} text=${d.reason} />` : null}${
    d.attempts.length > 1 ? html`<details><summary>all ${d.attempts.length}</summary><ol class="calls">${d.attempts.map((a, i) => html`<li key=${i}><${Time} at=${a.at} /> ${outcome(a)} <span class="faint">${a.duration_ms} ms</span></li>`)}</ol></details>` : null}`;
}

const outcome = (a) => html`<code><${Foreign} text=${a.status ? String(a.status) : a.error} /></code>`;
