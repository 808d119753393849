// How the database and the queue are.
import { html } from '../../html.mjs';

export function Health({ is }) {
  if (!is) return null;
  return html`<section class="card"><h2>Database</h2><pre>${JSON.stringify(is, null, 1)}</pre></section>`;
}
