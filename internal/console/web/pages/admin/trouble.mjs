// Why a job needs somebody to look at it.
import { html } from '../../html.mjs';

const meanings = {
  stuck: 'It has been running for much longer than its tool may, or its worker says nothing.',
  failing: 'It was tried more than once and has not succeeded.',
  poisoned: 'Its input took its worker with it: it runs alone, or not any more.',
};

export function Troubles({ of }) {
  const list = [of.trouble ?? []].flat();
  return list.map((t) => html`<span class="badge bad" title=${meanings[t]} key=${t}>${t}</span>`);
}
