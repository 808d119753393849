// Tables of the operator's pages. On a phone each row is a card (parts.css),
// for which every cell carries its column's name.
import { html } from '../../html.mjs';

/**
 * columns: [name, cell(row), class]. id(row) names a row from one answer to the
 * next. none: what is said instead of a table without rows. What is wider than
 * its card is scrolled within it.
 */
export function Table({ caption, columns, rows, id, none }) {
  if (!rows.length) return html`<p class="faint">${none}</p>`;
  return html`<div class="scroll"><table class="table"><caption class="unseen">${caption}</caption>
    <thead><tr>${columns.map(([name, , kind]) => html`<th scope="col" class=${kind} key=${name}>${name}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${id(row)}>${columns.map(([name, cell, kind]) => html`<td data-label=${name} class=${kind} key=${name}><div>${cell(row)}</div></td>`)}</tr>`)}</tbody>
  </table></div>`;
}
