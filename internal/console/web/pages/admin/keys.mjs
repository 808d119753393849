// Keys: listed, made, rotated, revoked; and the plans of their owners.
import { useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { call, now } from '../../lib/api.mjs';
import { duration, plural } from '../../lib/format.mjs';
import { announce } from '../../ui/announce.mjs';
import { confirm } from '../../ui/dialog.mjs';
import { Button, Failure, Field, Foreign, Time, Title } from '../../ui/parts.mjs';
import { keyState, sorted, works } from './keystate.mjs';
import { useAnswer } from './load.mjs';
import { NewKey, RotateKey } from './newkey.mjs';
import { Plans } from './plans.mjs';
import { Table } from './table.mjs';

export function Keys() {
  const keys = useAnswer(async (signal) => (await call('admin/keys', { signal })).body, []);
  const plans = useAnswer(async (signal) => (await call('admin/plans', { signal })).body.plans, []);
  const [open, setOpen] = useState(null); // 'new', or the key that is rotated
  const [refused, setRefused] = useState(null);
  const close = () => {
    setOpen(null);
    keys.reload();
  };
  const revoke = async (key) => {
    const yes = await confirm({
      title: `Revoke ${key.id}?`,
      text: `The key of ${key.owner} stops working at once, on every server. That cannot be undone.`,
      yes: 'Revoke it',
    });
    if (!yes) return;
    try {
      await call(`admin/keys/${encodeURIComponent(key.id)}`, { method: 'DELETE' });
      setRefused(null);
      announce(`${key.id} is revoked.`);
    } catch (e) {
      setRefused(e);
    }
    keys.reload();
  };
  return html`<div class="head"><${Title} tab="Keys">Keys and plans</${Title}><button type="button" class="main" onClick=${() => setOpen('new')}>New key…</button></div>
    <${Failure} error=${refused ?? keys.error} />
    ${keys.answer ? html`<${List} keys=${keys.answer} onRotate=${setOpen} onRevoke=${revoke} />` : keys.error ? null : html`<p class="faint">Loading…</p>`}
    <${Failure} error=${plans.error} />
    ${plans.answer ? html`<${Plans} plans=${plans.answer} />` : null}
    ${open === 'new' ? html`<${NewKey} plans=${plans.answer ?? []} onClose=${close} />` : open ? html`<${RotateKey} of=${open} onClose=${close} />` : null}`;
}

function List({ keys, onRotate, onRevoke }) {
  const [text, setText] = useState('');
  const [all, setAll] = useState(false);
  const at = now();
  const wanted = text.trim().toLowerCase();
  const rows = sorted(keys, at).filter((k) => (all || works(keyState(k, at)))
    && [k.id, k.owner, k.name, k.plan].some((v) => v.toLowerCase().includes(wanted)));
  return html`<section class="card"><h2>Keys</h2>
    <div class="row">
      <${Field} label="Owner, name or id" control=${(a) => html`<input type="search" ...${a} autocomplete="off" value=${text} onInput=${(e) => setText(e.target.value)} />`} />
      <label class="tick"><input type="checkbox" checked=${all} onChange=${(e) => setAll(e.target.checked)} /> <span>Also those that work no more</span></label>
    </div>
    <p class="small faint" role="status">${plural(rows.length, 'key')}</p>
    <${Table} caption="Keys" rows=${rows} id=${(k) => k.id} none="No key matches." columns=${[
      ['Key', (k) => html`<code><${Foreign} text=${k.id} /></code>${k.name ? html`<div class="small"><${Foreign} text=${k.name} /></div>` : null}`],
      ['Owner', (k) => html`<${Foreign} text=${k.owner} />`],
      ['Plan', (k) => html`<${Foreign} text=${k.plan} />`],
      ['Scopes', (k) => html`<${Foreign} text=${k.scopes.join(', ')} />${k.tools?.length ? html`<div class="small faint"><${Foreign} text=${k.tools.join(', ')} /></div>` : null}`],
      ['State', (k) => html`<${State} of=${k} at=${at} />`],
      ['Made', (k) => html`<${Time} at=${k.created_at} />`],
      ['Action', (k) => (works(keyState(k, at)) ? html`<div class="actions">
        ${keyState(k, at) === 'replaced' || k.scopes.includes('admin') ? null : html`<button type="button" class="small" onClick=${() => onRotate(k)}>Rotate…<span class="unseen"> ${k.id}</span></button>`}
        <${Button} kind="small danger" does=${() => onRevoke(k)}>Revoke…<span class="unseen"> ${k.id}</span></${Button}></div>` : null), 'last'],
    ]} /></section>`;
}

function State({ of: k, at }) {
  const left = (until) => duration(until - at);
  switch (keyState(k, at)) {
    case 'soon': return html`<span class="badge wait">expires soon</span><div class="small">in ${left(k.expires_at)}</div>`;
    case 'replaced': return html`<span class="badge wait">replaced</span><div class="small">works for ${left(k.revoked_at)} more</div>`;
    case 'expired': return html`<span class="badge bad">expired</span><div class="small"><${Time} at=${k.expires_at} /></div>`;
    case 'revoked': return html`<span class="badge bad">revoked</span><div class="small"><${Time} at=${k.revoked_at} /></div>`;
    default: return html`<span class="badge good">active</span><div class="small faint">${k.expires_at ? `expires in ${left(k.expires_at)}` : 'does not expire'}</div>`;
  }
}
