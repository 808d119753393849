// The options of a tool, a form made from what the server says of them, and what
// can be said of every job.
import { html } from '../html.mjs';
import { harmless } from '../lib/foreign.mjs';
import { wrongMetadata } from '../lib/request.mjs';
import { Button, Field, Foreign } from '../ui/parts.mjs';

export function Options({ draft, tool, wrong, tried, change }) {
  if (!tool?.options?.length) return null;
  const set = (header, value) => change({ options: { ...draft.options, [header]: value } });
  return html`<fieldset><legend>Options of <${Foreign} text=${tool.name} /></legend><div class="grid">${tool.options.map((o) => html`
    <${Field} key=${tool.name + o.header} label=${html`<code>${o.header}</code>`} hint=${html`<${Hint} option=${o} />`} wrong=${(tried || !o.required || draft.options[o.header]) && wrong[o.header]}
      control=${(a) => control(o, draft.options[o.header] ?? '', (v) => set(o.header, v), a)} />`)}</div></fieldset>`;
}

function Hint({ option: o }) {
  const range = o.kind === 'integer' && o.min !== undefined && o.max !== undefined ? ` ${o.min} to ${o.max}.` : '';
  return html`<${Foreign} text=${o.summary ?? ''} />${range}${o.default ? html` Default: <code><${Foreign} text=${o.default} /></code>.` : null}`;
}

function control(o, value, set, attributes) {
  const choices = o.kind === 'boolean' ? ['true', 'false'] : o.kind === 'choice' ? (o.choices ?? []) : null;
  if (choices) {
    return html`<select ...${attributes} value=${value} onChange=${(e) => set(e.target.value)}>
      <option value="" selected=${value === ''}>${o.required ? 'please choose' : `as by default${o.default ? harmless(` (${o.default})`) : ''}`}</option>
      ${choices.map((c) => html`<option key=${c} value=${c} selected=${c === value}>${harmless(c)}</option>`)}
    </select>`;
  }
  const number = o.kind === 'integer' ? { inputmode: 'numeric' } : {};
  return html`<input type="text" ...${attributes} ...${number} autocomplete="off" spellcheck=${false} placeholder=${o.default ?? ''} value=${value} onInput=${(e) => set(e.target.value)} />`;
}

/** Priority, start, metadata, webhook: of every job. */
export function Extras({ draft, wrong, change }) {
  const used = draft.priority || draft.runAt || draft.webhook || draft.metadata.length > 0;
  return html`<details class="more" open=${used ? true : undefined}>
    <summary>Priority, start, webhook, metadata</summary>
    <div class="grid">
      <${Field} label="Priority" optional hint="-10 to 10; higher goes first among your own jobs." wrong=${wrong.priority} control=${(a) => html`<input type="text" ...${a} inputmode="numeric" value=${draft.priority} placeholder="0" onInput=${(e) => change({ priority: e.target.value })} />`} />
      <${Field} label="Not before" optional wrong=${wrong.runAt} control=${(a) => html`<input type="datetime-local" ...${a} step="1" value=${draft.runAt} onInput=${(e) => change({ runAt: e.target.value })} />`} />
    </div>
    <${Field} label="Webhook for this job" optional hint="Called when the job has ended, signed with your own secret." wrong=${wrong.webhook} control=${(a) => html`<input type="url" ...${a} placeholder="https://…" spellcheck=${false} value=${draft.webhook} onInput=${(e) => change({ webhook: e.target.value })} />`} />
    <${Metadata} pairs=${draft.metadata} set=${(metadata) => change({ metadata })} />
  </details>`;
}

function Metadata({ pairs, set }) {
  const wrong = wrongMetadata(pairs);
  const edit = (i, j, value) => set(pairs.map((p, k) => (k === i ? (j === 0 ? [value, p[1]] : [p[0], value]) : p)));
  return html`<fieldset><legend>Metadata</legend>
    ${pairs.map(([name, value], i) => html`<div class="pair" key=${i}>
      <input type="text" aria-label=${`Name of pair ${i + 1}`} aria-invalid=${wrong[i] ? 'true' : undefined} placeholder="name" value=${name} onInput=${(e) => edit(i, 0, e.target.value)} />
      <input type="text" aria-label=${`Value of pair ${i + 1}`} placeholder="value" value=${value} onInput=${(e) => edit(i, 1, e.target.value)} />
      <${Button} kind="quiet small" aria-label=${`Remove pair ${i + 1}`} onClick=${() => set(pairs.filter((_, k) => k !== i))}>Remove</${Button}>
      ${wrong[i] ? html`<p class="wrong">${wrong[i]}</p>` : null}
    </div>`)}
    ${pairs.length < 16 ? html`<${Button} kind="small" onClick=${() => set([...pairs, ['', '']])}>Add a pair</${Button}>` : null}
  </fieldset>`;
}
