import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';

export function Job() {
  return html`<${Title}>Job</${Title}>`;
}
