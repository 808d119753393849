// The failing line of an input with a caret below the column. What stands before
// the caret is drawn twice, the second time unseen: so tabs, wide letters and
// escapes push the caret exactly as far as the text above it.
import { html } from '../html.mjs';
import { excerpt } from '../lib/caret.mjs';
import { pieces } from '../lib/foreign.mjs';

const drawn = (text) => pieces(text, { lines: true }).map((p) => p.text ?? html`<span class="escape">${p.escape}</span>`);

export function Caret({ text, line, column }) {
  const found = excerpt(text, line, column);
  if (!found) return null;
  const width = String(line + 2).length;
  const row = (number, content, kind = '') => html`<span class=${`line ${kind}`}><span class="number" aria-hidden="true">${String(number).padStart(width)} </span>${content}${'\n'}</span>`;
  return html`<div class="box caret" tabindex="0" role="region" aria-label=${`The input at line ${line}${column ? `, column ${column}` : ''}`}><pre>${
    found.above.map((l) => row(l.number, drawn(l.text)))}${
    row(found.number, html`${drawn(found.before)}<mark>${found.at ? drawn(found.at) : ' '}</mark>${drawn(found.after)}`, 'failing')}<span class="line pointer" aria-hidden="true"><span class="number">${' '.repeat(width)} </span><span class="shadow">${drawn(found.before)}</span><span class="point">^</span>${'\n'}</span>${
    found.below.map((l) => row(l.number, drawn(l.text)))}</pre></div>`;
}
