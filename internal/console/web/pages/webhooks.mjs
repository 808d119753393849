// Addresses that are called when jobs end: made, rotated, tested, removed. A
// secret is shown once, when it is made.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { harmless } from '../lib/foreign.mjs';
import { wrongURL } from '../lib/request.mjs';
import { useKey } from '../shell/session.mjs';
import { announce } from '../ui/announce.mjs';
import { confirm, Dialog } from '../ui/dialog.mjs';
import { Button, Copy, Failure, Field, Foreign, Title } from '../ui/parts.mjs';
import { Deliveries } from './deliveries.mjs';

const events = ['job.succeeded', 'job.failed'];

export function Webhooks() {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [secret, setSecret] = useState(null); // {title, text}
  const read = async () => {
    try {
      setList((await call('webhooks')).body.webhooks);
      setError(null);
    } catch (e) {
      setError(e);
    }
  };
  const key = useKey();
  useEffect(() => void (key && read()), [key]);
  return html`<${Title}>Webhooks</${Title}>
    <p class="hint">An endpoint is called when one of your jobs ends. Its calls are signed as Standard Webhooks says; the secret of each is shown once.</p>
    <${Failure} error=${error} />
    <${Add} added=${(w) => { setSecret({ title: 'The endpoint’s secret', text: w.secret }); read(); }} />
    ${list === null ? (error ? null : html`<p class="faint">Asking…</p>`) : list.length === 0 ? html`<p>No endpoints yet.</p>` : list.map((w) => html`
      <${Endpoint} key=${w.id} webhook=${w} changed=${read} show=${setSecret} />`)}
    <${OwnSecret} show=${setSecret} />
    ${secret ? html`<${Dialog} title=${secret.title} onClose=${() => setSecret(null)}>
      <p>${secret.again ?? 'It is shown now and never again. Keep it where the receiver can read it.'}</p>
      <div class="box"><code class="secret">${secret.text}</code></div>
      <div class="actions"><${Copy} text=${secret.text} what="secret" /><${Button} kind="main" onClick=${() => setSecret(null)}>I have it</${Button}></div>
    </${Dialog}>` : null}`;
}

function Add({ added }) {
  const [url, setUrl] = useState('');
  const [chosen, choose] = useState(events);
  const [error, setError] = useState(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const wrong = tried ? wrongURL(url) : '';
  const add = async (e) => {
    e.preventDefault();
    setTried(true);
    if (wrongURL(url) || chosen.length === 0 || busy) return;
    setBusy(true);
    setError(null);
    try {
      const { body } = await call('webhooks', { method: 'POST', json: { url: url.trim(), events: chosen } });
      setUrl('');
      setTried(false);
      announce('The endpoint is added. Its secret is shown once.');
      added(body);
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  return html`<form class="card" onSubmit=${add} novalidate><h2>Add an endpoint</h2>
    <${Field} label="Address" wrong=${wrong} control=${(a) => html`<input type="url" ...${a} placeholder="https://…" spellcheck=${false} autocapitalize="none" value=${url} onInput=${(e) => setUrl(e.target.value)} />`} />
    <fieldset class="pills"><legend>Called for</legend><div>${events.map((ev) => html`<label key=${ev} class=${chosen.includes(ev) ? 'on' : ''}><input type="checkbox" checked=${chosen.includes(ev)} onChange=${(e) => choose(events.filter((x) => (x === ev ? e.target.checked : chosen.includes(x))))} />${ev}</label>`)}</div>
      ${tried && chosen.length === 0 ? html`<p class="wrong">Please choose at least one.</p>` : null}</fieldset>
    <${Failure} error=${error} />
    <div class="actions"><${Button} kind="main" type="submit" busy=${busy}>Add</${Button}></div>
  </form>`;
}

function Endpoint({ webhook: w, changed, show }) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState(null);
  const [turn, look] = useState(0);
  const does = (f) => async () => {
    setError(null);
    try {
      await f();
    } catch (e) {
      setError(e);
    }
  };
  const path = `webhooks/${encodeURIComponent(w.id)}`;
  const test = does(async () => {
    await call(`${path}/test`, { method: 'POST' });
    announce('A test is on its way; its delivery is listed.');
    setOpen(true);
    look((n) => n + 1);
  });
  const rotate = does(async () => {
    const yes = await confirm({ title: 'A new secret for this endpoint?', text: 'Calls are signed with the new and with the old secret for 24 hours, then with the new one alone.', yes: 'Make a new secret', kind: 'main' });
    if (!yes) return;
    const { body } = await call(`${path}/rotate`, { method: 'POST' });
    show({ title: 'The new secret', text: body.secret });
  });
  const remove = does(async () => {
    const yes = await confirm({ title: 'Remove this endpoint?', text: 'It is not called any more, also not for what is waiting to be delivered. There is no way back.', yes: 'Remove it' });
    if (!yes) return;
    await call(path, { method: 'DELETE' });
    announce('The endpoint is removed.');
    changed();
  });
  return html`<section class="card endpoint" aria-label=${harmless(`Endpoint ${w.url}, ${w.id}`)}>
    <h2><${Foreign} text=${w.url} /></h2>
    <p>${w.enabled ? html`<span class="status success"><span aria-hidden="true">✓</span> enabled</span>` : html`<span class="status failed"><span aria-hidden="true">✕</span> disabled</span>`}
      ${w.events.map((ev) => html` <span class="label" key=${ev}><${Foreign} text=${ev} /></span>`)} <code class="faint">${w.id}</code></p>
    ${w.reason ? html`<p class="wrong"><${Foreign} text=${w.reason} /></p>` : null}
    <div class="actions">
      <${Button} kind="small" does=${test}>Send a test</${Button}>
      <${Button} kind="small" does=${rotate}>New secret</${Button}>
      <${Button} kind="small danger" does=${remove}>Remove</${Button}>
      <${Button} kind="quiet small" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>Deliveries</${Button}>
    </div>
    <${Failure} error=${error} />
    ${open ? html`<${Deliveries} path=${path} turn=${turn} />` : null}
  </section>`;
}

/** The secret that signs the calls of single jobs' webhooks. */
function OwnSecret({ show }) {
  const [open, setOpen] = useState(null);
  const [error, setError] = useState(null);
  const read = async () => {
    try {
      const { body } = await call('webhooks/secret');
      setOpen(body.id);
      setError(null);
      return body;
    } catch (e) {
      setError(e);
      return null;
    }
  };
  return html`<section class="card"><h2>Webhooks of single jobs</h2>
    <p class="hint">Addresses that are given with a job (<code>x-webhook-url</code>) are signed with your own secret.</p>
    <div class="actions">
      <${Button} kind="small" does=${async () => { const s = await read(); if (s) show({ title: 'Your own secret', text: s.secret, again: 'It signs calls to addresses that are given with single jobs. Keep it where their receivers can read it.' }); }}>Show the secret</${Button}>
      <${Button} kind="quiet small" aria-expanded=${open ? 'true' : 'false'} does=${async () => (open ? setOpen(null) : read())}>Deliveries</${Button}>
    </div>
    <${Failure} error=${error} />
    ${open ? html`<${Deliveries} path=${`webhooks/${encodeURIComponent(open)}`} turn=${0} />` : null}
  </section>`;
}
