import { render } from 'preact';
import { html } from './html.mjs';
import { App } from './shell/app.mjs';

render(html`<${App} />`, document.getElementById('console'));
