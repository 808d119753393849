// The form by which jobs are looked for.
import { useEffect, useState } from 'preact/hooks';
import { html } from '../../html.mjs';
import { Field } from '../../ui/parts.mjs';
import { list, statuses, toLocal, toUnix, troubles } from './filter.mjs';

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const typed = (f) => ({ ...f, tool: f.tool.join(', '), error: f.error.join(', '), created_after: toLocal(f.created_after), created_before: toLocal(f.created_before) });

/** onFind is given the filter that the form then says. */
export function FilterForm({ filter, tools, onFind }) {
  const [f, set] = useState(() => typed(filter));
  const [wrong, setWrong] = useState('');
  useEffect(() => set(typed(filter)), [JSON.stringify(filter)]);
  const text = (name) => (e) => set({ ...f, [name]: e.target.value });
  const tick = (name, value) => (e) => set({ ...f, [name]: e.target.checked ? [...f[name], value] : f[name].filter((v) => v !== value) });
  const submit = (e) => {
    e.preventDefault();
    const id = f.id.trim();
    setWrong(id && !idForm.test(id) ? 'An id has 32 hexadecimal digits in five groups, with - between them.' : '');
    if (id && !idForm.test(id)) return;
    onFind({ ...f, id, owner: f.owner.trim(), tool: list(f.tool), error: list(f.error), created_after: toUnix(f.created_after), created_before: toUnix(f.created_before) });
  };
  const clear = () => onFind({ status: [], tool: [], error: [], trouble: [], id: '', owner: '', created_after: '', created_before: '' });
  const ticks = (name, legend, choices) => html`<fieldset class="ticks"><legend>${legend}</legend>${choices.map(([v, word]) => html`
    <label class="tick" key=${v}><input type="checkbox" checked=${f[name].includes(v)} onChange=${tick(name, v)} /> <span>${word}</span></label>`)}</fieldset>`;
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
    ${ticks('status', 'Status', statuses.map((s) => [s, s]))}
    ${ticks('trouble', 'In trouble', troubles)}
    <div class="actions"><button class="main" type="submit">Find</button><button class="quiet" type="button" onClick=${clear}>Clear</button></div>
  </form>`;
}
