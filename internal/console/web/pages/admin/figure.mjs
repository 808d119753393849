// A plot with what it says in words: a legend with the numbers of the instant
// pointed at, a sentence for screen readers, and a table for whoever wants one.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { fullTime, shortTime } from '../../lib/format.mjs';
import { Plot } from './plot.mjs';
import { highest, latest, thin } from './series.mjs';
import { Table } from './table.mjs';

const mostRows = 60; // of the table

/**
 * Draws columns over the instants at. series: {label, color, line} of each
 * column, line being solid, dashed or dotted, so that colour is not needed.
 */
export function Figure({ title, at, columns, series, value, scale, none, wide = false }) {
  const box = useRef(null);
  const plot = useRef(null);
  const [point, setPoint] = useState(undefined);
  const [asTable, setAsTable] = useState(false);
  useEffect(() => {
    plot.current = new Plot(box.current, { series, value, scale, onPoint: setPoint });
    return () => plot.current.end();
  }, []);
  useEffect(() => plot.current.show([at, ...columns]), [at]);
  const empty = columns.every((c) => c.every((v) => !v));
  const of = (i) => (point === undefined || point >= at.length ? latest(columns[i])?.[0] : columns[i][point]);
  return html`<figure class=${`card plot ${wide ? 'wide' : ''}`}>
    <figcaption><h2>${title}</h2><button type="button" class="quiet small" aria-label=${`Table: ${title}`} aria-pressed=${asTable ? 'true' : 'false'} onClick=${() => setAsTable(!asTable)}>Table</button></figcaption>
    <ul class="legend">${series.map((s, i) => html`<li key=${s.label}><i class=${`key ${s.color} ${s.line}`}></i>${s.label} <b>${of(i) == null ? '–' : value(of(i))}</b></li>`)}
      <li class="faint when">${point === undefined || point >= at.length ? 'latest' : shortTime(at[point])}</li></ul>
    <div class="canvas" role="img" aria-label=${empty ? none : sentence({ title, at, columns, series, value })} hidden=${asTable} ref=${box}></div>
    ${asTable ? html`<${Rows} ...${{ title, at, columns, series, value }} />` : null}
  </figure>`;
}

function sentence({ title, at, columns, series, value }) {
  const lines = series.map((s, i) => {
    const top = highest(columns[i]);
    return top ? `${s.label}: ${value(latest(columns[i])[0])} now, at most ${value(top[0])} at ${shortTime(at[top[1]])}.` : `${s.label}: none.`;
  });
  return `${title}. ${lines.join(' ')}`;
}

function Rows({ title, at, columns, series, value }) {
  const rows = thin(at, columns, mostRows).reverse().filter((k) => columns.some((c) => c[k] !== null));
  return html`${at.length > mostRows ? html`<p class="small faint">Of each ${Math.ceil(at.length / mostRows)} neighbours the busiest.</p>` : null}
    <div class="rows" tabindex="0" role="region" aria-label=${`${title}, as a table`}>
      <${Table} caption=${`${title}, newest first`} none="Nothing so far." rows=${rows} id=${(k) => at[k]} columns=${[
        ['Time', (k) => fullTime(at[k])],
        ...series.map((s, i) => [s.label, (k) => (columns[i][k] === null ? '–' : value(columns[i][k])), 'number']),
      ]} /></div>`;
}
