import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';

export function Submit() {
  return html`<${Title}>Submit</${Title}>`;
}
