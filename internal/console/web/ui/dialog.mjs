// Dialogs: the browser's own, which keep the focus within and close with Escape.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';

/** A dialog that is open as long as it is drawn. onClose: Escape, or the person is done. */
export function Dialog({ title, onClose, children, fixed = false }) {
  const at = useRef(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    at.current.showModal();
    return () => before?.isConnected && before.focus?.();
  }, []);
  const cancel = (e) => {
    e.preventDefault();
    if (!fixed) onClose();
  };
  return html`<dialog ref=${at} aria-labelledby=${id} onCancel=${cancel}><h2 id=${id}>${title}</h2>${children}</dialog>`;
}

let ask = async () => false;

/** Asks before something that cannot be undone; true if the person says yes. */
export const confirm = (question) => ask(question);

/** Stands once, in the shell. */
export function Confirmer() {
  const [question, set] = useState(null);
  useEffect(() => {
    ask = (q) => new Promise((answer) => set({ ...q, answer }));
    return () => (ask = async () => false);
  }, []);
  if (!question) return null;
  const say = (yes) => {
    set(null);
    question.answer(yes);
  };
  return html`<${Dialog} title=${question.title} onClose=${() => say(false)}>
    <p>${question.text}</p>
    <div class="actions">
      <button type="button" class=${question.kind ?? 'danger'} onClick=${() => say(true)}>${question.yes}</button>
      <button type="button" class="quiet" autofocus onClick=${() => say(false)}>${question.no ?? 'Leave it'}</button>
    </div>
  </${Dialog}>`;
}
