// The small parts that pages are made of.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { pieces } from '../lib/foreign.mjs';
import { fullTime, shortTime } from '../lib/format.mjs';
import { announce } from './announce.mjs';

const longest = 20_000; // characters of foreign text that are drawn

/** Text that the console did not write, harmless; with lines, in several lines. */
export function Foreign({ text, lines = false }) {
  const s = String(text ?? '');
  const shown = s.length > longest ? s.slice(0, longest) : s;
  return html`<bdi class=${lines ? 'foreign lines' : 'foreign'}>${pieces(shown, { lines }).map((p) => p.text ?? html`<span class="escape">${p.escape}</span>`)}${
    shown === s ? '' : html`<span class="escape"> … and ${s.length - longest} characters more</span>`}</bdi>`;
}

/** A time in Unix seconds. */
export function Time({ at }) {
  if (!at) return html`<span class="faint">–</span>`;
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${fullTime(at)}>${shortTime(at)}</time>`;
}

const marks = { queued: '◷', processing: '◐', success: '✓', failed: '✕' };

/** A job's status: a sign, a word and a colour, so that none of them is needed. */
export function Status({ is }) {
  return html`<span class=${`status ${marks[is] ? is : ''}`}><span aria-hidden="true">${marks[is] ?? '?'}</span> ${is}</span>`;
}

/** The page's heading, which the focus moves to when another page is gone to. */
export function Title({ children, tab }) {
  const at = useRef(null);
  const name = tab ?? children;
  useEffect(() => {
    document.title = `${name} · claimcheck`;
  }, [name]);
  useEffect(() => at.current.focus({ preventScroll: true }), []);
  return html`<h1 tabindex="-1" ref=${at}>${children}</h1>`;
}

/** A failure, with all that helps to ask about it. */
export function Failure({ error, title, children }) {
  if (!error) return null;
  return html`<div class="notice bad" role="alert">
    <p>${title ? html`<strong>${title}</strong> ` : null}<${Foreign} text=${error.message} /></p>
    ${children}
    <p class="small"><code><${Foreign} text=${error.code ?? 'ERROR'} /></code>${error.requestId ? html` · request <code><${Foreign} text=${error.requestId} /></code>` : null}${
      error.retryAfter ? html` · possible again in ${error.retryAfter} s` : null}</p>
  </div>`;
}

/** A button that is busy while what it does goes on, and cannot be pressed twice. */
export function Button({ does, kind = '', busy = false, children, ...rest }) {
  const [running, set] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const press = async (e) => {
    if (running || busy) return;
    const doing = does?.(e);
    if (!doing?.then) return;
    set(true);
    try {
      await doing;
    } finally {
      if (alive.current) set(false);
    }
  };
  return html`<button type="button" class=${kind} aria-busy=${running || busy ? 'true' : undefined} onClick=${does ? press : undefined} ...${rest}>${children}</button>`;
}

/** Copies a text; says so. */
export function Copy({ text, what = 'text', label = 'Copy' }) {
  const [said, say] = useState('');
  const copy = async () => {
    try {
      await copyText(text);
      say('Copied');
      announce(`The ${what} is copied.`);
    } catch {
      say('Select it and copy by hand');
      announce(`The ${what} could not be copied.`);
    }
  };
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => say(''), 2500);
    return () => clearTimeout(timer);
  }, [said]);
  return html`<${Button} kind="small" does=${copy} aria-label=${`${label} ${what}`}>${said || label}</${Button}>`;
}

// The clipboard's API is there on https and localhost only; elsewhere the old
// way through a selected field works.
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('not copied');
  return undefined;
}

/** A labelled control, with a hint and with what is wrong with its value. control: (attributes) => element. */
export function Field({ label, hint, wrong, control, optional = false }) {
  const id = useId();
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ') || undefined;
  return html`<div class="field">
    <label for=${id}>${label}${optional ? html` <span class="faint">(optional)</span>` : null}</label>
    ${control({ id, 'aria-describedby': described, 'aria-invalid': wrong ? 'true' : undefined })}
    ${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : null}
    ${wrong ? html`<p class="wrong" id=${`${id}-wrong`}>${wrong}</p>` : null}
  </div>`;
}

/** One of several, as radio buttons that look like a switch. choices: [value, label]. */
export function Choice({ label, value, choices, onChange }) {
  const name = useId();
  return html`<fieldset class="choice"><legend>${label}</legend><div class="switch">${choices.map(([v, text]) => html`
    <label class=${v === value ? 'on' : ''} key=${v}><input type="radio" name=${name} value=${v} checked=${v === value} onChange=${() => onChange(v)} /><span>${text}</span></label>`)}</div></fieldset>`;
}

/** How far something is, in percent; null: nobody knows. */
export function Progress({ value, label }) {
  return html`<progress max="100" value=${value ?? undefined} aria-label=${label}>${value ?? ''}</progress>`;
}

/** Pairs of a name and what it is: [name, content]; those without content are left out. */
export function Facts({ pairs }) {
  return html`<dl class="facts">${pairs.filter(([, v]) => v !== undefined && v !== null && v !== '').map(([name, v]) => html`<div key=${name}><dt>${name}</dt><dd>${v}</dd></div>`)}</dl>`;
}
