// What of an input does not fit its tool's schema: a list of places and sentences.
// An endpoint may have details of the same name that are something else.
import { html } from '../html.mjs';
import { Foreign } from '../ui/parts.mjs';

/** The problems among the details of a failure, none if they are no such list. */
export function problemsOf(details) {
  const list = details?.errors;
  const fits = Array.isArray(list) && list.every((p) => typeof p?.pointer === 'string' && typeof p?.message === 'string');
  return fits ? list.slice(0, 20) : [];
}

export function Problems({ details }) {
  const list = problemsOf(details);
  if (list.length === 0) return null;
  return html`<ul class="problems">${list.map((p) => html`<li><code><${Foreign} text=${p.pointer || 'the whole input'} /></code> <${Foreign} text=${p.message} /></li>`)}</ul>`;
}
