// One job as it is now, and what can be done with it. It moves by itself.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { bytes, count, duration, plural } from '../lib/format.mjs';
import { inputOf, setInput } from '../lib/inputs.mjs';
import { problemsOf } from '../lib/problems.mjs';
import { watch } from '../lib/watch.mjs';
import { go, Link } from '../shell/router.mjs';
import { announce } from '../ui/announce.mjs';
import { confirm } from '../ui/dialog.mjs';
import { Button, Copy, Facts, Failure, Foreign, Progress, Status, Time } from '../ui/parts.mjs';
import { Caret } from './caret.mjs';
import { Problems } from './problems.mjs';
import { Result } from './result.mjs';

const unfinished = (job) => job.status === 'queued' || job.status === 'processing';

/** The jobs whose end was announced: that is heard once. */
const announced = new Set();

/** Watches a job: {job, how, now}. own: it was just handed in here, so its end is news also where it came before the first look. */
function useJob(id, own) {
  const [job, show] = useState(null);
  const [how, tell] = useState('');
  const watcher = useRef(null);
  useEffect(() => {
    show(null);
    tell('');
    let before = null;
    watcher.current = watch(id, {
      tell,
      show: (j) => {
        if (!unfinished(j) && !announced.has(id) && (before ? unfinished(before) : own)) {
          announced.add(id);
          announce(j.status === 'success' ? `The job of ${j.tool} has succeeded.` : `The job of ${j.tool} has failed: ${j.error.message}`);
        }
        before = j;
        show(j);
      },
    });
    return () => watcher.current.stop();
  }, [id]);
  const now = useCallback(() => watcher.current?.now(), []);
  return { job, how, now };
}

/** heading: the level of its headings' first; compact: it stands on another page. */
export function JobView({ id, compact = false }) {
  const { job, how, now } = useJob(id, compact);
  const [error, setError] = useState(null);
  if (how.gone) {
    return html`<${Failure} error=${how.gone} title=${how.gone.status === 404 ? 'This job is not here.' : 'This job cannot be shown.'} />
      ${how.gone.status === 404 ? html`<p class="hint">It was deleted, has expired, or there never was one of this id.</p>` : null}`;
  }
  if (!job) return html`<div aria-busy="true"><p class="faint">Asking for the job…</p><${Connection} how=${how} now=${now} /></div>`;
  return html`<article class="job" data-status=${job.status}>
    <div class="jobhead">
      <${Status} is=${job.status} />
      <strong class="tool"><${Foreign} text=${job.tool} /></strong>
      <span class="id"><code>${compact ? html`<${Link} to=${`jobs/${job.job_id}`}>${job.job_id}</${Link}>` : job.job_id}</code><${Copy} text=${job.job_id} what="job id" /></span>
    </div>
    <${Connection} how=${how} now=${now} />
    ${unfinished(job) ? html`<${Waiting} job=${job} />` : null}
    ${job.status === 'failed' ? html`<${Mistake} job=${job} />` : null}
    ${job.status === 'success' ? html`<${Result} job=${job} />` : null}
    <${Failure} error=${error} />
    <${Actions} job=${job} fail=${setError} now=${now} />
    <${Details} job=${job} />
  </article>`;
}

/** How the page learns of news, where it is worth a word. */
function Connection({ how, now }) {
  if (how.lost) {
    return html`<div class="notice wait" role="status"><p><strong>${how.lost.code === 'NETWORK' ? 'The connection is lost.' : 'The server cannot answer now.'}</strong> <${Foreign} text=${how.lost.message} /> Trying again in ${how.seconds} s. <${Button} kind="quiet small" onClick=${now}>Try now</${Button}></p></div>`;
  }
  if (how.waiting) return html`<div class="notice wait" role="status"><p><${Foreign} text=${how.waiting.message} /> Asking again in ${how.seconds} s.</p></div>`;
  if (how === 'signed out') return html`<div class="notice wait"><p>Signed out: what is shown here may be old.</p></div>`;
  if (how === 'polls') return html`<p class="hint">Live events do not come through to here, so the page asks again and again.</p>`;
  return null;
}

const reasons = {
  queue: 'It waits for its turn.',
  owner_limit: 'As many of your jobs are running as your plan lets run at once.',
  tool_limit: 'As many jobs of this tool are running as may run at once.',
  tool_rate: 'The tool begins only so many jobs in a time; this one waits for its share.',
  tool_paused: 'The operator has paused this tool. The job goes on when the tool does.',
  owner_paused: 'The operator has paused your jobs. They go on when that is over.',
  no_worker: 'No worker that knows this tool is there at the moment.',
  retry_backoff: 'An attempt failed; the next one comes after a pause.',
  scheduled: 'It was asked to start later.',
};

/** Why it is not finished: reason, position, estimate, progress. */
function Waiting({ job }) {
  const reason = job.status === 'queued' ? (reasons[job.waiting_reason] ?? (job.waiting_reason ? `It waits (${job.waiting_reason}).` : 'It waits for its turn.')) : 'It is being worked on.';
  return html`<div class="waiting">
    <p>${reason}${job.message && job.message !== 'Your job is being processed.' ? html` <${Foreign} text=${job.message} />` : null}</p>
    ${job.status === 'processing' ? html`<${Progress} value=${job.progress ?? null} label="Progress of the job" />` : null}
    <${Facts} pairs=${[
      ['Progress', job.progress === undefined ? null : `${job.progress} %`],
      ['Jobs before it', job.queue_position === undefined ? null : `about ${count(job.queue_position)}`],
      ['Finished in', job.estimated_seconds === undefined ? null : `about ${duration(job.estimated_seconds)}`],
      ['Not before', job.run_at ? html`<${Time} at=${job.run_at} />` : null],
      ['Must begin by', job.status === 'queued' && job.start_by ? html`<${Time} at=${job.start_by} />` : null],
      ['Must end by', job.finish_by ? html`<${Time} at=${job.finish_by} />` : null],
      ['Attempt', job.attempt > 1 || job.status === 'processing' ? `${job.attempt} of ${job.max_attempts}` : null],
    ]} />
  </div>`;
}

/** Why it failed, with the place in the input where the input is at hand. */
function Mistake({ job }) {
  const { code, message, details = {} } = job.error;
  const [, seen] = useState(0);
  const text = inputOf(job.job_id);
  const take = async (e) => {
    const [file] = e.target.files;
    if (file) setInput(job.job_id, await file.text());
    seen((n) => n + 1);
  };
  return html`<div class="notice bad">
    <p><strong><${Foreign} text=${message} /></strong> <code><${Foreign} text=${code} /></code></p>
    ${details.reason ? html`<p><${Foreign} text=${details.reason} /></p>` : null}
    <${Problems} details=${details} />
    ${details.line ? html`<p>Line ${details.line}${details.column ? `, column ${details.column}` : ''} of the input.</p>` : null}
    ${details.line && text ? html`<${Caret} text=${text} line=${details.line} column=${details.column} />` : null}
    ${details.line && !text ? html`<p class="small"><label class="pick">Show that line: choose the input’s file, which stays in this browser <input type="file" onChange=${take} /></label></p>` : null}
    <${OtherDetails} details=${details} />
  </div>`;
}

const known = new Set(['line', 'column', 'reason', 'message']);

/** What else was said about a failure. */
export function OtherDetails({ details }) {
  const rest = Object.entries(details).filter(([name]) => !known.has(name) && !(name === 'errors' && problemsOf(details).length));
  if (rest.length === 0) return null;
  return html`<details><summary>What else is known</summary><${Facts} pairs=${rest.map(([name, v]) => [html`<${Foreign} text=${name} />`, html`<${Foreign} lines text=${typeof v === 'string' ? v : JSON.stringify(v, null, 2)} />`])} /></details>`;
}

function Actions({ job, fail, now }) {
  const does = (f) => async () => {
    fail(null);
    try {
      await f();
    } catch (e) {
      fail(e);
    }
  };
  const path = `jobs/${job.job_id}`;
  const cancel = does(async () => {
    const { status } = await call(`${path}/cancel`, { method: 'POST' });
    announce(status === 202 ? 'The job is being stopped.' : 'The job is cancelled.');
    now();
  });
  const retry = does(async () => {
    const { body } = await call(`${path}/retry`, { method: 'POST' }).catch((e) => {
      if (e.code === 'NETWORK') e.message += ' Whether a new job has begun is not known: the list of jobs tells.';
      throw e;
    });
    setInput(body.job_id, inputOf(job.job_id));
    announce('A new job with the same input has begun.');
    go(`jobs/${body.job_id}`);
  });
  const remove = does(async () => {
    const yes = await confirm({ title: 'Delete this job?', text: 'The job, its input and its result are removed for good. There is no way back.', yes: 'Delete it' });
    if (!yes) return;
    await call(path, { method: 'DELETE' });
    announce('The job is deleted.');
    go('jobs');
  });
  return html`<div class="actions">
    ${unfinished(job) ? html`<${Button} kind="danger" does=${cancel}>Cancel</${Button}>` : html`<${Button} does=${retry}>Run again</${Button}><${Button} kind="danger" does=${remove}>Delete</${Button}>`}
  </div>`;
}

function Details({ job }) {
  const metadata = Object.entries(job.metadata ?? {});
  return html`<details class="more" open=${job.attempts.length > 1}>
    <summary>${job.attempts.length === 0 ? 'Not begun' : plural(job.attempts.length, 'attempt')}${metadata.length > 0 ? `, ${plural(metadata.length, 'metadata pair')}` : ''}, times</summary>
    <${Facts} pairs=${[
      ['Group', job.group ? html`<code><${Foreign} text=${job.group} /></code>` : null],
      ['Accepted', html`<${Time} at=${job.created_at} />`],
      ['Started', job.started_at ? html`<${Time} at=${job.started_at} />` : null],
      ['Finished', job.finished_at ? html`<${Time} at=${job.finished_at} />` : null],
      ['Kept until', job.expires_at ? html`<${Time} at=${job.expires_at} />` : null],
      ...metadata.map(([name, value]) => [html`<${Foreign} text=${name} />`, html`<${Foreign} text=${value} />`]),
    ]} />
    ${job.attempts.length > 0 ? html`<table class="table"><caption class="unseen">Attempts</caption>
      <thead><tr><th scope="col">Attempt</th><th scope="col">Began</th><th scope="col">Took</th><th scope="col">Ended with</th></tr></thead>
      <tbody>${job.attempts.map((a) => html`<tr key=${a.attempt}>
        <td data-label="Attempt">${a.attempt}</td>
        <td data-label="Began"><${Time} at=${a.started_at} /></td>
        <td data-label="Took">${a.ended_at ? duration(a.ended_at - a.started_at) : 'running'}</td>
        <td data-label="Ended with">${a.error ? html`<code><${Foreign} text=${a.error} /></code>` : a.ended_at ? 'success' : '–'}</td>
      </tr>`)}</tbody></table>` : null}
  </details>`;
}
