// The operator's pages, at admin and below it.
import { html } from '../../html.mjs';
import { Title } from '../../ui/parts.mjs';

export function Admin() {
  return html`<${Title}>Operator</${Title}>`;
}
