// html`<p>…</p>` makes elements: htm reads the template, Preact draws it. Text
// in a template is always text, never markup.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
