// The lines that do the same from a program, to copy. Only the language that is
// looked at is made.
import { useId, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { languages } from '../lib/snippets.mjs';
import { apiAddress } from '../shell/place.mjs';
import { Copy, Foreign } from '../ui/parts.mjs';

let last = languages[0].name;

export function Snippets({ request, sent, tool }) {
  const [chosen, choose] = useState(last);
  const id = useId();
  const language = languages.find((l) => l.name === chosen);
  const pick = (name) => {
    last = name;
    choose(name);
  };
  const lines = request ? language.lines(request, apiAddress(), tool) : '';
  // Arrow keys move between tabs, as people who use the keyboard expect.
  const arrow = (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const next = languages[(languages.indexOf(language) + step + languages.length) % languages.length].name;
    pick(next);
    document.getElementById(`${id}-${next}`).focus();
  };
  return html`<section class="card" aria-labelledby=${`${id}-title`}>
    <h2 id=${`${id}-title`}>The same from a program</h2>
    <div class="tabs" role="tablist" aria-label="Language" onKeyDown=${arrow}>${languages.map((l) => html`
      <button key=${l.name} type="button" role="tab" id=${`${id}-${l.name}`} aria-selected=${l.name === chosen ? 'true' : 'false'} aria-controls=${`${id}-panel`} tabindex=${l.name === chosen ? 0 : -1} onClick=${() => pick(l.name)}>${l.label}</button>`)}</div>
    <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${chosen}`} class="snippet">
      ${request ? html`<div class="box" tabindex="0" role="region" aria-label=${`${language.label} lines`}><pre><${Foreign} lines text=${lines} /></pre></div>
        <div class="actions"><${Copy} text=${lines} what=${`${language.label} lines`} /><span class="hint">${sent ? 'Exactly what was sent.' : 'What the form says now.'} The key comes from <code>CLAIMCHECK_API_KEY</code>.</span></div>`
      : html`<p class="hint">Fill in the form, and the lines stand here.</p>`}
    </div>
  </section>`;
}
