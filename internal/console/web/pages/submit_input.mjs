// The input: pasted, a file that is dropped or chosen, or an address.
import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { bytes } from '../lib/format.mjs';
import { uploadName, wrongExtension } from '../lib/request.mjs';
import { announce } from '../ui/announce.mjs';
import { Button, Choice, Field, Foreign } from '../ui/parts.mjs';

const editable = 1 << 20; // bytes of a file that may be made text to mend it
const large = 8 << 20; // bytes from which a file is uploaded first, unless one says otherwise

export function Input({ draft, tool, wrong, tried, change }) {
  const [over, setOver] = useState(false);
  const take = (file) => {
    if (!file) return;
    change({ source: 'file', file, send: file.size >= large ? 'upload' : 'body' });
    announce(`The file ${file.name} is chosen.`);
  };
  // Anywhere on the page: a browser would leave the page for a file that is dropped beside.
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const hasFile = (e) => e.dataTransfer?.types.includes('Files');
    const listeners = {
      dragover: (e) => { if (hasFile(e)) { e.preventDefault(); setOver(true); } },
      dragleave: (e) => { if (!e.relatedTarget) setOver(false); },
      drop: (e) => { if (hasFile(e)) { e.preventDefault(); setOver(false); latest.current(e.dataTransfer.files[0]); } },
      paste: (e) => { if (e.clipboardData?.files.length > 0) { e.preventDefault(); latest.current(e.clipboardData.files[0]); } },
    };
    for (const [name, f] of Object.entries(listeners)) addEventListener(name, f);
    return () => Object.entries(listeners).forEach(([name, f]) => removeEventListener(name, f));
  }, []);
  return html`<div class=${`drop ${over ? 'over' : ''}`}>
    <${Choice} label="Input" value=${draft.source} onChange=${(source) => change({ source })} choices=${[['text', 'Text'], ['file', 'File'], ['url', 'Address']]} />
    ${draft.source === 'text' ? html`<${Field} label="Text" hint="Paste or type it, or drop a file anywhere." wrong=${tried && wrong.text} control=${(a) => html`
      <textarea ...${a} class="code" rows="10" spellcheck=${false} autocapitalize="none" value=${draft.text} onInput=${(e) => change({ text: e.target.value })} />`} />` : null}
    ${draft.source === 'file' ? html`<${File} draft=${draft} tool=${tool} wrong=${tried && wrong.file} take=${take} change=${change} />` : null}
    ${draft.source === 'url' ? html`<${Field} label="Address" hint=${tool?.extensions?.length ? `The server fetches it. It ends in ${tool.extensions.map((e) => '.' + e).join(', ')}.` : 'The server fetches it.'} wrong=${(tried || draft.url !== '') && wrong.url} control=${(a) => html`
      <input type="url" ...${a} placeholder="https://…" spellcheck=${false} autocapitalize="none" value=${draft.url} onInput=${(e) => change({ url: e.target.value })} />`} />` : null}
  </div>`;
}

function File({ draft, tool, wrong, take, change }) {
  const { file } = draft;
  const picker = useRef(null);
  const edit = async () => {
    const buffer = await file.arrayBuffer();
    try {
      change({ source: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer) });
    } catch {
      announce('This file is no text in UTF-8.');
      setNoText(true);
    }
  };
  const [noText, setNoText] = useState(false);
  return html`<div class="filebox">
    <${Field} label="File" wrong=${wrong} control=${(a) => html`<input type="file" ref=${picker} ...${a} onChange=${(e) => { setNoText(false); take(e.target.files[0]); }} />`}
      hint=${file ? null : 'Choose one, or drop it anywhere.'} />
    ${file ? html`<p class="chosen"><strong><${Foreign} text=${file.name} /></strong> <span class="faint">${bytes(file.size)}</span>
      ${file.size <= editable ? html` <${Button} kind="quiet small" does=${edit}>Edit as text</${Button}>` : null}</p>` : null}
    ${noText ? html`<p class="wrong">This file is no text in UTF-8.</p>` : null}
    ${file ? html`<${Choice} label="How it goes" value=${draft.send} onChange=${(send) => change({ send })} choices=${[['body', 'With the request'], ['upload', 'Upload first']]} />
      ${draft.send === 'upload' ? html`<p class="hint">Uploaded as <code>${uploadName(file.name)}</code>, then the job reads it.${
        wrongExtension(tool, file.name) && !wrong ? html` <span class="wrong">${wrongExtension(tool, file.name)}</span>` : null}</p>` : null}` : null}
  </div>`;
}
