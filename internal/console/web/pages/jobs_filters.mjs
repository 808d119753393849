// What is listed. Each change is in the address, so that a list can be kept as a
// bookmark and found again by the browser's way back.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { harmless } from '../lib/foreign.mjs';
import { isFiltered, spans, statuses } from '../lib/filters.mjs';
import { Button, Field } from '../ui/parts.mjs';

const typing = 400; // ms without a key, after which a word is thought to be whole

export function Filters({ filters, set }) {
  const [tools, setTools] = useState([]);
  useEffect(() => {
    const leave = new AbortController();
    call('tools', { signal: leave.signal }).then(({ body }) => setTools(body.tools.map((t) => t.name)), () => {}); // the list does without
    return () => leave.abort();
  }, []);
  const change = (more) => set({ ...filters, ...more });
  const names = filters.tool && !tools.includes(filters.tool) ? [filters.tool, ...tools] : tools;
  const toggle = (s, on) => change({ status: statuses.filter((x) => (x === s ? on : filters.status.includes(x))) });
  return html`<form class="filters" aria-label="Filters" onSubmit=${(e) => e.preventDefault()}>
    <fieldset class="pills"><legend>Status</legend><div>${statuses.map((s) => html`
      <label key=${s} class=${filters.status.includes(s) ? 'on' : ''}><input type="checkbox" checked=${filters.status.includes(s)} onChange=${(e) => toggle(s, e.target.checked)} />${s}</label>`)}</div></fieldset>
    <${Field} label="Tool" control=${(a) => html`<select ...${a} value=${filters.tool} onChange=${(e) => change({ tool: e.target.value })}>
      <option value="" selected=${filters.tool === ''}>any</option>${names.map((n) => html`<option key=${n} value=${n} selected=${n === filters.tool}>${harmless(n)}</option>`)}</select>`} />
    <${Field} label="Time" control=${(a) => html`<select ...${a} value=${filters.span} onChange=${(e) => change({ span: e.target.value })}>
      ${spans.map(([v, text]) => html`<option key=${v} value=${v} selected=${v === filters.span}>${text}</option>`)}</select>`} />
    ${filters.span ? html`<${Field} label="of its" control=${(a) => html`<select ...${a} value=${filters.clock} onChange=${(e) => change({ clock: e.target.value })}>
      <option value="created" selected=${filters.clock === 'created'}>beginning</option><option value="finished" selected=${filters.clock === 'finished'}>end</option></select>`} />` : null}
    ${filters.span === 'between' ? html`<${Moment} label="From" value=${filters.from} set=${(from) => change({ from })} /><${Moment} label="To" value=${filters.to} set=${(to) => change({ to })} />` : null}
    <${Word} label="Error code" value=${filters.error} set=${(error) => change({ error })} />
    <${Word} label="Metadata name" value=${filters.name} set=${(name) => change({ name })} />
    <${Word} label="Metadata value" value=${filters.value} set=${(value) => change({ value })} />
    ${isFiltered(filters) ? html`<${Button} kind="quiet" onClick=${() => set({ ...filters, status: [], tool: '', error: '', span: '', from: '', to: '', name: '', value: '' })}>Clear</${Button}>` : null}
  </form>`;
}

/** A word that counts when it is whole: after a pause, or when the field is left. */
function Word({ label, value, set }) {
  const [typed, type] = useState(value);
  useEffect(() => type(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => set(typed), typing);
    return () => clearTimeout(timer);
  }, [typed]);
  return html`<${Field} label=${label} control=${(a) => html`<input type="text" ...${a} autocomplete="off" spellcheck=${false} value=${typed} onInput=${(e) => type(e.target.value)} onBlur=${() => typed !== value && set(typed)} />`} />`;
}

/** A time; its value is in Unix seconds. */
function Moment({ label, value, set }) {
  return html`<${Field} label=${label} control=${(a) => html`<input type="datetime-local" ...${a} value=${value ? local(Number(value)) : ''} onChange=${(e) => set(e.target.value ? String(Math.floor(Date.parse(e.target.value) / 1000)) : '')} />`} />`;
}

/** Unix seconds as an input of type datetime-local has them. */
function local(seconds) {
  const d = new Date(seconds * 1000);
  return new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
