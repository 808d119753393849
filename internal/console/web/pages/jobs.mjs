import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';

export function Jobs() {
  return html`<${Title}>Jobs</${Title}>`;
}
