import { html } from '../html.mjs';
import { Title } from '../ui/parts.mjs';

export function Usage() {
  return html`<${Title}>Usage</${Title}>`;
}
