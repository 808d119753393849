// Signing in: at the beginning, and again when the key has ended meanwhile.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { whose, wrongKey } from '../lib/signin.mjs';
import { Dialog } from '../ui/dialog.mjs';
import { announce } from '../ui/announce.mjs';
import { Button, Failure, Field } from '../ui/parts.mjs';
import { begin, end, keptKey } from './session.mjs';

/** The form. onDone: somebody is signed in. */
function Form({ onDone, button = 'Sign in' }) {
  const [text, setText] = useState('');
  const [keep, setKeep] = useState(false);
  const [wrong, setWrong] = useState('');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const at = useRef(null);
  useEffect(() => at.current?.querySelector('input')?.focus(), []);

  const submit = async (e) => {
    e.preventDefault();
    const key = text.trim();
    const bad = wrongKey(key);
    setWrong(bad);
    setError(null);
    if (bad || busy) return;
    setBusy(true);
    try {
      begin(key, await whose(key), keep);
      announce('Signed in.');
      onDone?.();
    } catch (err) {
      setError(err);
      setBusy(false);
    }
  };
  return html`<form onSubmit=${submit} ref=${at} autocomplete="off">
    <${Field} label="API key" wrong=${wrong} control=${(a) => html`<input type="password" ...${a} autocomplete="off" spellcheck=${false} autocapitalize="none" value=${text} onInput=${(e) => setText(e.target.value)} />`} />
    <label class="tick"><input type="checkbox" checked=${keep} onChange=${(e) => setKeep(e.target.checked)} /> <span>Keep it in this tab until it is closed</span></label>
    ${error ? html`<${Failure} error=${error.status === 401 ? { ...error, message: 'No key like this is known here: it was mistyped, revoked, or has expired.', code: error.code, requestId: error.requestId } : error} />` : null}
    <div class="actions"><${Button} kind="main" type="submit" busy=${busy}>${busy ? 'Asking…' : button}</${Button}></div>
  </form>`;
}

/** The page before anybody is signed in. why: the sentence about a key that was signed out. */
export function SignIn({ why }) {
  const [trying, setTrying] = useState(() => keptKey() !== '');
  useEffect(() => {
    document.title = 'Sign in · claimcheck';
    const key = keptKey();
    if (!key) return;
    whose(key).then((who) => begin(key, who, true), (e) => {
      if (e.status === 401) end();
      setTrying(false);
    });
  }, []);
  if (trying) return html`<main class="door"><p class="faint">Signing in with the key of this tab…</p></main>`;
  return html`<main class="door">
    <div class="ticket">
      <h1>claimcheck</h1>
      <p>Hand in work, watch it, fetch it. Sign in with an API key.</p>
      ${why ? html`<div class="notice bad" role="alert"><p>${why}</p></div>` : null}
      <${Form} />
      <p class="hint">The key stays in this page. It is sent to this server alone, never as part of an address, and is not stored unless you tick the box.</p>
    </div>
  </main>`;
}

/** Asks for a key again, over the page as it is. */
export function SignInAgain({ why }) {
  return html`<${Dialog} title="Sign in again" fixed>
    <p>${why} What you have on this page stays as it is.</p>
    <${Form} button="Go on" />
    <p><button type="button" class="quiet" onClick=${end}>Sign out instead</button></p>
  </${Dialog}>`;
}
