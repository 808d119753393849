import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';

export function Webhooks() {
  return html`<${Title}>Webhooks</${Title}>`;
}
