// One job, by its address: also the first page that is opened.
import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';
import { JobView } from './jobview.mjs';

export function Job({ id }) {
  return html`<${Title} tab=${`Job ${id.slice(0, 8)}`}>Job</${Title}><div class="card"><${JobView} key=${id} id=${id} /></div>`;
}
