// What a job, or a call, answered: a preview, the file, or JSON of the tool's own.
import { useMemo } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { unescaped } from '../lib/foreign.mjs';
import { Copy, Foreign } from '../ui/parts.mjs';

const fresh = 5 * 60_000; // ms for which a link that was handed out is surely good

/** job: as the API answers it; for a call's answer, an object with result alone. */
export function Result({ job }) {
  const { result } = job;
  const given = useMemo(() => Date.now(), [result?.file]);
  const at = address(result?.file);
  if (!at) {
    const text = JSON.stringify(result, null, 2);
    return html`<div class="box" tabindex="0" role="region" aria-label="Result"><pre><${Foreign} lines text=${text} /></pre></div><div class="actions"><${Copy} text=${text} what="result" /></div>`;
  }
  // A link ends after a while; the job hands out a new one.
  const download = async (e) => {
    if (!job.job_id || Date.now() - given < fresh) return;
    e.preventDefault();
    const { body } = await call(`jobs/${job.job_id}`);
    const again = address(body.result?.file);
    if (again) location.assign(again.href);
  };
  const name = unescaped(at.pathname.split('/').at(-1));
  const elsewhere = at.origin !== location.origin ? html` <span class="hint">from <${Foreign} text=${at.host} /></span>` : null;
  return html`${result.preview
    ? html`<div class="box" tabindex="0" role="region" aria-label="Preview"><pre><${Foreign} lines text=${result.preview} /></pre></div>`
    : html`<p class="faint">The output has no preview.</p>`}
    <div class="actions"><a class="button main" href=${at.href} download=${name} rel="noreferrer" onClick=${download}>Download</a>${
      result.preview ? html`<${Copy} text=${result.preview} what="preview" label="Copy preview" />` : null}${elsewhere}</div>
    <p class="hint"><${Foreign} text=${name} /></p>`;
}

/** A link of the web, or null: a result may say anything. */
function address(text) {
  if (typeof text !== 'string') return null;
  try {
    const url = new URL(text);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}
