// What screen readers are told without the focus moving: one polite live region
// for the whole console.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { harmless } from '../lib/foreign.mjs';

let tell = () => {};
let turn = 0;

/** Says a sentence. The same sentence twice is heard twice. */
export function announce(text) {
  tell({ text, turn: ++turn });
}

/** Stands once, in the shell. */
export function Announcer() {
  const [said, set] = useState({ text: '', turn: 0 });
  useEffect(() => {
    tell = set;
    return () => (tell = () => {});
  }, []);
  // A no-break space more or less makes a change of what would be none.
  return html`<div id="announcer" class="unseen" role="status" aria-live="polite">${harmless(said.text)}${said.turn % 2 ? '\u00a0' : ''}</div>`;
}
