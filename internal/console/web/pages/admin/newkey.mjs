// A new key, or a new text for an old one. The text is in this page alone and
// gone when the dialog closes.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call } from '../../lib/api.mjs';
import { announce } from '../../ui/announce.mjs';
import { Dialog } from '../../ui/dialog.mjs';
import { Button, Choice, Copy, Failure, Field, Foreign } from '../../ui/parts.mjs';
import { list } from './filter.mjs';

const day = 86400;
const ownerForm = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const scopeSets = [['read,submit', 'Read and submit'], ['read', 'Read only'], ['work', 'Work']];
const lives = [['', 'Never'], [30 * day, 'In 30 days'], [90 * day, 'In 90 days'], [365 * day, 'In a year']];
const overlaps = [[0, 'At once'], [3600, 'After an hour'], [day, 'After a day'], [7 * day, 'After a week']];

export function NewKey({ plans, onClose }) {
  const [f, set] = useState({ owner: '', plan: '', name: '', scopes: 'read,submit', tools: '', life: '' });
  const [wrong, setWrong] = useState({});
  const [error, setError] = useState(null);
  const [made, setMade] = useState(null);
  const [busy, setBusy] = useState(false);
  if (made) return html`<${Shown} made=${made} onClose=${onClose} />`;
  const change = (name) => (e) => set({ ...f, [name]: e.target.value });
  const submit = async (e) => {
    e.preventDefault();
    const bad = check(f);
    setWrong(bad);
    if (busy || Object.keys(bad).length) return;
    setBusy(true);
    try {
      setMade((await call('admin/keys', { method: 'POST', json: request(f) })).body);
    } catch (err) {
      setError(err);
    }
    setBusy(false);
  };
  const text = (name) => (a) => html`<input type="text" ...${a} autocomplete="off" autocapitalize="none" spellcheck=${false} value=${f[name]} onInput=${change(name)} />`;
  const choose = (name, choices) => (a) => html`<select ...${a} value=${f[name]} onChange=${change(name)}>${choices.map(([v, t]) => html`<option value=${v} key=${v}>${t}</option>`)}</select>`;
  return html`<${Dialog} title="New key" onClose=${onClose}>
  <form onSubmit=${submit}>
    <${Field} label="Owner" wrong=${wrong.owner} hint="Whose jobs, uploads and quota it uses." control=${text('owner')} />
    <${Field} label="Plan" hint="A plan is its owner’s: it changes for all keys of the owner." control=${choose('plan', [['', 'As it is (default for a new owner)'], ...plans.map((p) => [p.name, p.name])])} />
    <${Field} label="Name" optional hint="A note for operators." control=${text('name')} />
    <${Choice} label="May" value=${f.scopes} choices=${scopeSets} onChange=${(scopes) => set({ ...f, scopes })} />
    ${f.scopes === 'work' ? html`<${Field} label="Tools" wrong=${wrong.tools} hint="Those whose jobs it may claim, of any owner." control=${text('tools')} />` : null}
    <${Field} label="Expires" control=${choose('life', lives)} />
    <${Failure} error=${error} />
    <div class="actions"><${Button} kind="main" type="submit" busy=${busy}>Make the key</${Button}><button type="button" class="quiet" onClick=${onClose}>Leave it</button></div>
  </form>
  <p class="small faint">Keys for operators are made by the command <code>claimcheck keys create --scopes admin</code> alone.</p></${Dialog}>`;
}

function check(f) {
  const wrong = {};
  if (!ownerForm.test(f.owner.trim())) wrong.owner = 'An owner has 1 to 63 of a-z, 0-9, _ and -, and begins with a letter or digit.';
  if (f.scopes === 'work' && !list(f.tools).length) wrong.tools = 'A key for work names the tools that it may claim.';
  return wrong;
}

// Only what was chosen is sent: what is left out is the server's to decide.
function request(f) {
  const json = { owner: f.owner.trim(), scopes: f.scopes.split(',') };
  if (f.plan) json.plan = f.plan;
  if (f.name.trim()) json.name = f.name.trim();
  if (f.scopes === 'work') json.tools = list(f.tools);
  if (f.life) json.expires_in = Number(f.life);
  return json;
}

export function RotateKey({ of, onClose }) {
  const [overlap, setOverlap] = useState(day);
  const [error, setError] = useState(null);
  const [made, setMade] = useState(null);
  if (made) return html`<${Shown} made=${made} onClose=${onClose} />`;
  const rotate = () => call(`admin/keys/${encodeURIComponent(of.id)}/rotate`, { method: 'POST', json: { overlap } }).then(({ body }) => setMade(body), setError);
  return html`<${Dialog} title="Rotate the key" onClose=${onClose}>
    <p><code><${Foreign} text=${of.id} /></code> of <${Foreign} text=${of.owner} /> gets a new text, with the same rights.</p>
    <${Choice} label="The old text stops" value=${overlap} choices=${overlaps} onChange=${setOverlap} />
    <${Failure} error=${error} />
    <div class="actions"><${Button} kind="main" does=${rotate}>Rotate</${Button}><button type="button" class="quiet" autofocus onClick=${onClose}>Leave it</button></div>
  </${Dialog}>`;
}

function Shown({ made, onClose }) {
  return html`<${Dialog} title="The key’s text" onClose=${onClose} fixed>
    <p>Of <code><${Foreign} text=${made.id} /></code>, for <${Foreign} text=${made.owner} />. <strong>It is shown this once.</strong> The server keeps only its digest.</p>
    <${Field} label="Key" control=${(a) => html`<input type="text" class="code" readonly ...${a} value=${made.key} onFocus=${(e) => e.target.select()} autofocus />`} />
    <div class="actions"><${Copy} text=${made.key} what="key" /><button type="button" class="main" onClick=${() => { announce('The key’s text is gone from this page.'); onClose(); }}>I have it</button></div>
  </${Dialog}>`;
}
