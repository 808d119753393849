// What came of a submission: a job that is followed, a result, or a failure with
// the place in the input.
import { html } from '../html.mjs';
import { problemsOf } from '../lib/problems.mjs';
import { Failure, Foreign } from '../ui/parts.mjs';
import { Caret } from './caret.mjs';
import { JobView, OtherDetails } from './jobview.mjs';
import { Problems } from './problems.mjs';
import { Result } from './result.mjs';

export function Outcome({ outcome }) {
  if (!outcome) return null;
  const { answer, error, text, turn } = outcome;
  return html`<section class="card outcome" aria-label="What came of it" key=${turn}>
    ${answer?.job_id ? html`<${JobView} key=${answer.job_id} id=${answer.job_id} compact />` : null}
    ${answer && !answer.job_id ? html`<h2 class="good">Done</h2><${Result} job=${{ result: answer }} />` : null}
    ${error ? html`<${Refusal} error=${error} text=${text} />` : null}
  </section>`;
}

/** A refusal, or a synchronous failure of the input. */
function Refusal({ error, text }) {
  const { line, column, reason } = error.details ?? {};
  return html`<${Failure} error=${error} title=${line || problemsOf(error.details).length ? 'The input is wrong.' : 'It was not accepted.'}>
      ${reason ? html`<p><${Foreign} text=${reason} /></p>` : null}
      ${line ? html`<p>Line ${line}${column ? `, column ${column}` : ''} of the input.</p>` : null}
      <${Problems} details=${error.details} />
    </${Failure}>
    ${line && text ? html`<${Caret} text=${text} line=${line} column=${column} />` : null}
    <${OtherDetails} details=${error.details ?? {}} />`;
}
