// The form by which jobs are looked for.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { Choice, Field } from '../../ui/parts.mjs';
import { every, list, statuses, toLocal, toUnix, troubles } from './filter.mjs';

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const typed = (f) => ({ ...f, tool: f.tool.join(', '), error: f.error.join(', '), created_after: toLocal(f.created_after), created_before: toLocal(f.created_before) });

/** onFind is given the filter that the form then says. */
export function FilterForm({ filter, tools, onFind }) {
  const [f, set] = useState(() => typed(filter));
  const [wrong, setWrong] = useState('');
  useEffect(() => set(typed(filter)), [JSON.stringify(filter)]);
  const text = (name) => (e) => set({ ...f, [name]: e.target.value });
  const tick = (status) => (e) => set({ ...f, status: statuses.filter((s) => (s === status ? e.target.checked : f.status.includes(s))) });
  const submit = (e) => {
    e.preventDefault();
    const id = f.id.trim();
    setWrong(id && !idForm.test(id) ? 'An id has 32 hexadecimal digits in five groups, with - between them.' : '');
    if (id && !idForm.test(id)) return;
    onFind({ ...f, id, owner: f.owner.trim(), tool: list(f.tool), error: list(f.error), created_after: toUnix(f.created_after), created_before: toUnix(f.created_before) });
  };
  const input = (name, more = {}) => (a) => html`<input type="text" ...${a} ...${more} autocomplete="off" autocapitalize="none" spellcheck=${false} value=${f[name]} onInput=${text(name)} />`;
  return html`<form class="card filter" onSubmit=${submit} role="search" aria-label="Jobs">
    <div class="grid">
      <${Field} label="Job id" wrong=${wrong} control=${input('id')} />
      <${Field} label="Owner" control=${input('owner')} />
      <${Field} label="Tool" control=${input('tool', { list: 'tools' })} />
      <${Field} label="Error code" control=${input('error', { placeholder: 'TIMEOUT, INVALID_JSON' })} />
      <${Field} label="Handed in after" control=${input('created_after', { type: 'datetime-local' })} />
      <${Field} label="Handed in before" control=${input('created_before', { type: 'datetime-local' })} />
    </div>
    <datalist id="tools">${tools.map((t) => html`<option value=${t} key=${t} />`)}</datalist>
    <fieldset class="ticks"><legend>Status</legend><div>${statuses.map((s) => html`
      <label key=${s} class=${f.status.includes(s) ? 'on' : ''}><input type="checkbox" checked=${f.status.includes(s)} onChange=${tick(s)} />${s}</label>`)}</div></fieldset>
    <${Choice} label="In trouble" value=${f.trouble} choices=${[['', 'all jobs'], ...Object.keys(troubles).map((t) => [t, t])]} onChange=${(trouble) => set({ ...f, trouble })} />
    <div class="actions"><button class="main" type="submit">Find</button><button class="quiet" type="button" onClick=${() => onFind(every())}>Clear</button></div>
  </form>`;
}
