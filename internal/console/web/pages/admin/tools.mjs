// The tools, and the owners whose jobs wait: pausing, resuming, purging.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { harmless } from '../../lib/foreign.mjs';
import { count, plural } from '../../lib/format.mjs';
import { Link } from '../../shell/router.mjs';
import { announce } from '../../ui/announce.mjs';
import { confirm } from '../../ui/dialog.mjs';
import { Button, Failure, Field, Foreign, Time, Title } from '../../ui/parts.mjs';
import { useAnswer } from './load.mjs';
import { Table } from './table.mjs';

const every = 5; // seconds
const many = 12; // tools, of which one is not found at a glance

export function Tools() {
  const { answer, error, reload } = useAnswer(async (signal) => {
    const { body: stats } = await call('admin/stats', { signal });
    const { body: pauses } = await call('admin/pauses', { signal });
    return { tools: merged(stats.now.tools, 'name', pauses.tools), owners: merged(stats.owners, 'owner', pauses.owners) };
  }, [], every);
  const [refused, setRefused] = useState(null);
  const [text, setText] = useState('');
  const change = async (path, said, json = {}) => {
    try {
      const { body } = await call(path, { method: 'POST', json });
      setRefused(null);
      announce(typeof said === 'function' ? said(body) : said);
    } catch (e) {
      setRefused(e);
    }
    reload();
  };
  return html`<${Title} tab="Tools">Tools and owners</${Title}>
    <${Failure} error=${refused ?? error} />
    ${answer ? html`<section class="card"><h2>Tools</h2>
        ${answer.tools.length > many ? html`<${Field} label="Find a tool" control=${(a) => html`<input type="search" ...${a} autocomplete="off" spellcheck=${false} value=${text} onInput=${(e) => setText(e.target.value)} />`} />` : null}
        <${Table} caption="Tools" rows=${answer.tools.filter((t) => t.name.includes(text.trim()))} id=${(t) => t.name} none=${text.trim() ? 'No tool has that in its name.' : 'This server has no tool.'} columns=${columns(change)} /></section>
      <${Owners} owners=${answer.owners} change=${change} />` : error ? null : html`<p class="faint">Loading…</p>`}`;
}

/** What is known of each, with its pause; one that is paused and has no job is listed too. */
function merged(rows, name, pauses) {
  const of = new Map(pauses.map((p) => [p.name, p]));
  const all = rows.map((r) => ({ ...r, pause: of.get(r[name]) }));
  for (const p of pauses) if (!rows.some((r) => r[name] === p.name)) all.push({ [name]: p.name, pause: p, queued: 0, processing: 0 });
  return all;
}

function State({ of: { pause } }) {
  if (!pause) return html`<span class="badge good">active</span>`;
  return html`<span class="badge wait">paused</span><div class="small">by <${Foreign} text=${pause.by} /> since <${Time} at=${pause.paused_at} /></div>`;
}

const columns = (change) => [
  ['Tool', (t) => html`<${Link} to=${`admin/jobs?tool=${encodeURIComponent(t.name)}`}><${Foreign} text=${t.name} /></${Link}>`],
  ['State', (t) => html`<${State} of=${t} />`],
  ['Breaker', (t) => html`<${Breaker} of=${t} />`],
  ['Running', (t) => html`<${Running} of=${t} />`],
  ['Queued', (t) => count(t.queued), 'number'],
  ['Action', (t) => html`<div class="actions"><${Pausing} path=${`admin/tools/${encodeURIComponent(t.name)}`} name=${t.name} paused=${Boolean(t.pause)} change=${change} />
    <${Button} kind="small danger" does=${() => purge(t.name, change)}>Purge…<span class="unseen"> ${t.name}</span></${Button}></div>`, 'last'],
];

const breakers = {
  closed: ['', 'closed', 'Calls go through.'],
  half_open: ['wait', 'half open', 'A few calls are let through, to see whether its endpoint is well again.'],
  open: ['bad', 'open', 'Its endpoint failed too often: calls are held back for a while.'],
};

function Breaker({ of: t }) {
  if (!t.breaker) return html`<span class="faint">none</span>`;
  const [kind, word, meaning] = breakers[t.breaker] ?? ['', t.breaker, ''];
  return html`<span class=${`badge ${kind}`} title=${meaning}>${word}</span>${t.breaker_owners ? html`<div class="small">apart for ${plural(t.breaker_owners, 'owner')}</div>` : null}`;
}

function Running({ of: t }) {
  if (!t.max_running) return html`${count(t.processing)} <span class="faint">no limit</span>`;
  return html`<span class="against"><meter min="0" max=${t.max_running} value=${t.processing} aria-label=${harmless(`Running of ${t.name}`)}></meter> ${count(t.processing)} of ${count(t.max_running)}</span>`;
}

function Pausing({ path, name, paused, change }) {
  return paused
    ? html`<${Button} kind="small" does=${() => change(`${path}/resume`, `${name} goes on.`)}>Resume<span class="unseen"> ${name}</span></${Button}>`
    : html`<${Button} kind="small" does=${() => change(`${path}/pause`, `${name} is paused.`)}>Pause<span class="unseen"> ${name}</span></${Button}>`;
}

// How many wait is told before they are ended.
async function purge(name, change) {
  const path = `admin/tools/${encodeURIComponent(name)}/purge`;
  let waiting = 0;
  await change(path, (body) => `${plural(waiting = body.matched, 'job')} of ${name} ${waiting === 1 ? 'waits' : 'wait'}.`, { dry_run: true });
  if (!waiting) return;
  const yes = await confirm({
    title: `End ${plural(waiting, 'waiting job')} of ${name}?`,
    text: 'They end as CANCELED and are given back to their owners’ quota. What runs goes on. This cannot be undone.',
    yes: `End ${plural(waiting, 'job')}`,
    no: 'Leave them',
  });
  if (yes) await change(path, (body) => `${plural(body.ended, 'job')} of ${name} ended.${body.left ? ` ${plural(body.left, 'job')} more came meanwhile.` : ''}`);
}

function Owners({ owners, change }) {
  const [name, setName] = useState('');
  const path = `admin/owners/${encodeURIComponent(name.trim())}`;
  return html`<section class="card"><h2>Owners</h2>
    <p class="small faint">Jobs of a paused owner wait; what runs goes on. Here are the busiest and the paused ones; any other by its name.</p>
    <form class="row" onSubmit=${(e) => e.preventDefault()}>
      <${Field} label="Owner" control=${(a) => html`<input type="text" ...${a} autocomplete="off" autocapitalize="none" spellcheck=${false} value=${name} onInput=${(e) => setName(e.target.value)} />`} />
      <div class="actions"><${Button} disabled=${!name.trim()} does=${() => change(`${path}/pause`, `${name} is paused.`)}>Pause</${Button}>
        <${Button} disabled=${!name.trim()} does=${() => change(`${path}/resume`, `${name} goes on.`)}>Resume</${Button}></div>
    </form>
    <${Table} caption="Owners" rows=${owners} id=${(o) => o.owner} none="No owner has been busy." columns=${[
      ['Owner', (o) => html`<${Link} to=${`admin/jobs?owner=${encodeURIComponent(o.owner)}`}><${Foreign} text=${o.owner} /></${Link}>`],
      ['Plan', (o) => (o.plan ? html`<${Foreign} text=${o.plan} />` : html`<span class="faint">–</span>`)],
      ['State', (o) => html`<${State} of=${o} />`],
      ['Processing', (o) => count(o.processing), 'number'],
      ['Queued', (o) => count(o.queued), 'number'],
      ['Action', (o) => html`<${Pausing} path=${`admin/owners/${encodeURIComponent(o.owner)}`} name=${o.owner} paused=${Boolean(o.pause)} change=${change} />`, 'last'],
    ]} /></section>`;
}
