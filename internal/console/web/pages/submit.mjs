// Handing in work. The form is kept while other pages are looked at; beside it
// stands what came of it, and the lines that do the same from a program.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { harmless } from '../lib/foreign.mjs';
import { bytes } from '../lib/format.mjs';
import { setInput, textOf } from '../lib/inputs.mjs';
import { emptyDraft, firstTool, requestOf, wrongs } from '../lib/request.mjs';
import { send } from '../lib/send.mjs';
import { onSession, session, useKey } from '../shell/session.mjs';
import { announce } from '../ui/announce.mjs';
import { Button, Choice, Failure, Field, Foreign, Progress, Title } from '../ui/parts.mjs';
import { Input } from './submit_input.mjs';
import { Options, Extras } from './submit_options.mjs';
import { Outcome } from './outcome.mjs';
import { Snippets } from './snippets.mjs';

/** The form, what was sent last and what came of it: of the owner who filled it in. */
let memory = { owner: '' };
onSession((s) => s.key || (memory = { owner: '' })); // it goes with the person

function useMemory() {
  const owner = session().owner;
  if (memory.owner !== owner) memory = { owner, draft: emptyDraft(), sent: null, outcome: null };
  const [, again] = useState(0);
  const set = (change) => {
    Object.assign(memory, change);
    again((n) => n + 1);
  };
  return [memory, set];
}

export function Submit() {
  const [{ draft, sent, outcome }, set] = useMemory();
  const [tools, setTools] = useState(null);
  const [error, setError] = useState(null);
  const [told, setTold] = useState(null); // how far the sending is
  const [tried, setTried] = useState(false); // then also what is missing is marked
  const stop = useRef(null);

  const key = useKey();
  useEffect(() => {
    if (!key) return undefined;
    const leave = new AbortController();
    call('tools', { signal: leave.signal }).then(({ body }) => {
      setTools(body.tools);
      setError(null);
      if (!memory.draft.tool && body.tools.length > 0) set({ draft: { ...memory.draft, tool: firstTool(body.tools).name } });
    }, (e) => leave.signal.aborted || setError(e));
    return () => leave.abort();
  }, [key]);

  const tool = tools?.find((t) => t.name === draft.tool);
  const wrong = tools ? wrongs(draft, tool) : {};
  // What was sent is no longer what the form says once that changes.
  const change = (more) => set({ draft: { ...draft, ...more }, sent: null });

  const submit = async (e) => {
    e.preventDefault();
    setTried(true);
    if (told) return;
    if (Object.keys(wrong).length > 0) {
      announce(`Not sent: ${Object.values(wrong)[0]}`);
      requestAnimationFrame(() => document.querySelector('#submit [aria-invalid="true"]')?.focus());
      return;
    }
    const request = requestOf(draft, tool);
    set({ sent: request, outcome: null });
    stop.current = new AbortController(); // who looks at another page meanwhile finds the outcome when coming back
    setTold({ phase: 'send' });
    let came;
    try {
      const { status, body } = await send(request, { tell: setTold, signal: stop.current.signal });
      came = { answer: body, status };
      if (body.job_id) setInput(body.job_id, await textOf(request.body));
      announce(status === 202 ? 'Accepted: the job is followed on this page.' : 'Done: the result is on this page.');
    } catch (err) {
      if (err.name === 'AbortError') {
        setTold(null);
        return;
      }
      came = { error: err, text: err.details?.line ? await textOf(request.body) : '' };
    }
    setTold(null);
    set({ outcome: { ...came, turn: Date.now() } });
  };

  return html`<${Title} tab="Submit">Submit work</${Title}>
    <${Failure} error=${error} title="The tools could not be listed." />
    <div class="halves">
      <form id="submit" class="card" onSubmit=${submit} novalidate>
        <${Field} label="Tool" wrong=${tried && wrong.tool} control=${(a) => html`<select ...${a} value=${draft.tool} onChange=${(e) => change({ tool: e.target.value, options: {} })}>
          ${draft.tool === '' ? html`<option value="">${tools ? 'No tool is offered' : 'Asking…'}</option>` : null}
          ${(tools ?? []).map((t) => html`<option key=${t.name} value=${t.name} selected=${t.name === draft.tool}>${harmless(t.name)}${t.paused ? ' (paused)' : ''}</option>`)}
        </select>`} hint=${tool ? html`<${Foreign} text=${tool.summary} />` : null} />
        ${tool?.paused ? html`<div class="notice wait"><p>The operator has paused this tool: its jobs are accepted and wait.</p></div>` : null}
        <${Input} draft=${draft} tool=${tool} wrong=${wrong} tried=${tried} change=${change} />
        <${Options} draft=${draft} tool=${tool} wrong=${wrong} tried=${tried} change=${change} />
        <${Choice} label="Answer" value=${draft.wait} onChange=${(wait) => change({ wait })} choices=${[['sync', 'Wait for the result'], ['async', 'As a job']]} />
        <${Extras} draft=${draft} wrong=${wrong} change=${change} />
        <div class="actions">
          <${Button} kind="main" type="submit" busy=${told !== null}>Submit</${Button}>
          ${told ? html`<button type="button" class="quiet" onClick=${() => stop.current.abort(new DOMException('stopped', 'AbortError'))}>Stop waiting</button>` : null}
          ${tool?.limits?.max_bytes ? html`<span class="hint">at most ${bytes(tool.limits.max_bytes)}</span>` : null}
        </div>
        <${Sending} told=${told} />
      </form>
      <div>
        <${Outcome} outcome=${outcome} />
        <${Snippets} request=${sent ?? (tool && Object.keys(wrong).length === 0 ? requestOf(draft, tool) : null)} sent=${sent !== null} tool=${tool} />
      </div>
    </div>`;
}

/** How far the sending is. */
function Sending({ told }) {
  if (!told) return null;
  if (told.phase === 'again') {
    return html`<div class="notice wait" role="status"><p><${Foreign} text=${told.why.message} /> Sending again in ${Math.ceil(told.seconds)} s, with the same idempotency key: it can never become a second job.</p></div>`;
  }
  const percent = told.progress === undefined ? null : Math.round(told.progress * 100);
  const words = { upload: 'Uploading the file', send: 'Sending', answer: 'Sent; waiting for the answer' }[told.phase];
  return html`<div class="sending"><p class="hint">${words}${percent === null ? '…' : `: ${percent} %`}</p><${Progress} value=${percent} label=${words} /></div>`;
}
