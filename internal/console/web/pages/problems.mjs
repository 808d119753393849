// What of an input does not fit its tool's schema: a list of places and sentences.
import { html } from '../html.mjs';
import { problemsOf } from '../lib/problems.mjs';
import { Foreign } from '../ui/parts.mjs';

export function Problems({ details }) {
  const list = problemsOf(details);
  if (list.length === 0) return null;
  return html`<ul class="problems">${list.map((p) => html`<li><code><${Foreign} text=${p.pointer || 'the whole input'} /></code> <${Foreign} text=${p.message} /></li>`)}</ul>`;
}
