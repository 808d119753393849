// The overview: how the house is, over the last hour, day or week.
import { useMemo } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call, now } from '../../lib/api.mjs';
import { count, fullTime, shortTime } from '../../lib/format.mjs';
import { go, Link } from '../../shell/router.mjs';
import { Choice, Failure, Foreign, Title } from '../../ui/parts.mjs';
import { Figure } from './figure.mjs';
import { Health } from './health.mjs';
import { useAnswer } from './load.mjs';
import { byTool, columns, query, span, spans, totals } from './series.mjs';
import { Table } from './table.mjs';
import { millis, rate, share } from './words.mjs';

const flow = [
  { label: 'Accepted', color: 'run', line: 'solid' },
  { label: 'Succeeded', color: 'good', line: 'dashed' },
  { label: 'Failed', color: 'bad', line: 'solid' },
];
const quantiles = [
  { label: 'p50', color: 'accent', line: 'solid' },
  { label: 'p90', color: 'run', line: 'dashed' },
  { label: 'p99', color: 'wait', line: 'dotted' },
];

export function Overview({ query: asked }) {
  const s = span(asked.get('span'));
  const { answer, error } = useAnswer(async (signal) => {
    const { body } = await call(query(s, now()), { signal });
    return { stats: body, span: s, at: now() };
  }, [s], s.every);
  return html`
    <div class="head"><${Title} tab="Overview">Overview</${Title}>
      <${Choice} label="Span of time" value=${s.name} choices=${spans.map((x) => [x.name, x.title])} onChange=${(name) => go(name === 'hour' ? 'admin' : `admin?span=${name}`)} /></div>
    <${Failure} error=${error} title=${answer ? `The numbers are those of ${shortTime(answer.at)}.` : undefined} />
    ${answer ? html`<${Numbers} ...${answer} />` : error ? null : html`<p class="faint">Loading…</p>`}`;
}

function Numbers({ stats, span: s, at }) {
  const c = useMemo(() => columns(stats, at), [stats]);
  const sums = totals(stats);
  const tools = byTool(stats).filter((t) => t.accepted || t.succeeded || t.failed || t.queued || t.processing);
  const none = `No job in ${s.words}.`;
  return html`
    <dl class="tiles">
      <${Tile} name="Accepted" is=${count(sums.accepted)} note=${`in ${s.words}`} />
      <${Tile} name="Succeeded" is=${count(sums.succeeded)} kind="good" note=${share(sums.succeeded, sums.succeeded + sums.failed) + ' of what ended'} />
      <${Tile} name="Failed" is=${count(sums.failed)} kind="bad" note=${share(sums.failed, sums.succeeded + sums.failed) + ' of what ended'} />
      <${Tile} name="Queued" is=${count(stats.now.queued)} note="now" />
      <${Tile} name="Processing" is=${count(stats.now.processing)} note="now" />
    </dl>
    <div class="plots">
      <${Figure} wide title="Jobs a minute" at=${c.at} columns=${c.flow} series=${flow} value=${rate} none=${none} />
      <${Figure} title="Wait before the run" at=${c.at} columns=${c.wait} series=${quantiles} value=${millis} scale="log" none=${none} />
      <${Figure} title="Run" at=${c.at} columns=${c.run} series=${quantiles} value=${millis} scale="log" none=${none} />
    </div>
    <div class="plots">
      <section class="card wide"><h2>Jobs by tool</h2><${Table} caption=${`Jobs by tool in ${s.words}, and now`} rows=${tools} id=${(t) => t.name} none=${none} columns=${[
        ['Tool', (t) => html`<${Link} to=${`admin/jobs?tool=${encodeURIComponent(t.name)}`}><${Foreign} text=${t.name} /></${Link}>`, 'name'],
        ['Accepted', (t) => count(t.accepted), 'number'],
        ['Succeeded', (t) => count(t.succeeded), 'number'],
        ['Failed', (t) => count(t.failed), 'number'],
        ['Queued', (t) => count(t.queued), 'number'],
        ['Processing', (t) => count(t.processing), 'number'],
      ]} /></section>
      <section class="card"><h2>Errors by code</h2><${Table} caption=${`Errors by code in ${s.words}`} rows=${stats.errors} id=${(e) => e.code} none=${`No job failed in ${s.words}.`} columns=${[
        ['Code', (e) => html`<${Link} to=${`admin/jobs?error=${encodeURIComponent(e.code)}`}><code><${Foreign} text=${e.code} /></code></${Link}>`],
        ['Jobs', (e) => count(e.count), 'number'],
        ['Share', (e) => share(e.count, sums.failed), 'number'],
      ]} /></section>
      <section class="card"><h2>Busiest owners</h2><${Table} caption=${`Busiest owners in ${s.words}, and now`} rows=${stats.owners} id=${(o) => o.owner} none=${none} columns=${[
        ['Owner', (o) => html`<${Link} to=${`admin/jobs?owner=${encodeURIComponent(o.owner)}`}><${Foreign} text=${o.owner} /></${Link}>`],
        ['Plan', (o) => html`<${Foreign} text=${o.plan} />`],
        ['Accepted', (o) => count(o.accepted), 'number'],
        ['Queued', (o) => count(o.queued), 'number'],
        ['Processing', (o) => count(o.processing), 'number'],
      ]} /></section>
      <${Figure} wide title="Commit of the database" at=${c.at} columns=${c.commit} series=${quantiles} value=${millis} scale="log" none=${`Nothing was written in ${s.words}.`} />
      <${Health} is=${stats.health} words=${s.words} />
    </div>
    <p class="small faint">As of <time datetime=${new Date(at * 1000).toISOString()} title=${fullTime(at)}>${shortTime(at)}</time>; asked for again every ${s.every} seconds while this page is looked at.</p>`;
}

function Tile({ name, is, note, kind = '' }) {
  return html`<div class=${`tile ${kind}`}><dt>${name}</dt><dd><b>${is}</b><span>${note}</span></dd></div>`;
}
