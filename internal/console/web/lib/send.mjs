// Hands in a request, with a progress that can be shown. A request whose answer
// was lost is sent again with the same idempotency key, also when the person
// presses the button again: one job runs.
import { apiPath } from '../shell/place.mjs';
import { onSession, session } from '../shell/session.mjs';
import { ApiError, backoff, call, judge, lost, sleep } from './api.mjs';
import { newID } from './id.mjs';

const tries = 6; // at a request whose answer is lost or who is told to wait
const longestWait = 30; // seconds

/** Requests of which no answer is known: by what they say, {key, upload}. They go with the person. */
const open = new Map();
onSession((s) => s.key || open.clear());

/**
 * Sends a request (see request.mjs) until its fate is known. Answers what the
 * server said; throws an ApiError, also for a synchronous call whose input is wrong.
 * tell: {phase: 'upload' | 'send' | 'answer', progress} or {phase: 'again', seconds, why}.
 */
export async function send(request, { tell = () => {}, signal } = {}) {
  const sign = signature(request);
  const kept = open.get(sign) ?? { key: newID() };
  open.set(sign, kept);
  if (request.body.kind === 'upload' && !kept.upload) kept.upload = await upload(request.body, { tell, signal });
  for (let n = 1; ; n++) {
    try {
      const answer = await post(request, kept, { tell, signal });
      open.delete(sign);
      return answer;
    } catch (e) {
      if (signal?.aborted || !(e instanceof ApiError)) throw e;
      if (!unknown(e)) open.delete(sign);
      const wait = e.code === 'NETWORK' ? backoff(n) / 1000 : e.retryAfter || 1;
      if (n >= tries || !(unknown(e) || e.code === 'RATE_LIMITED') || wait > longestWait) throw e;
      open.set(sign, kept);
      tell({ phase: 'again', seconds: wait, why: e });
      await sleep(wait * 1000, signal);
    }
  }
}

/** After these nobody knows whether there is a job: the key must be kept. 401 too: the same request follows the next sign-in. */
const unknown = (e) => e.code === 'NETWORK' || e.code === 'NO_JSON' || e.status === 503;

/** What makes two requests differ. */
function signature({ path, headers, body }) {
  const { file } = body;
  return JSON.stringify([session().owner, path, headers, body.kind, body.text ?? body.value ?? [file.name, file.size, file.lastModified]]);
}

async function post(request, { key, upload: uploaded }, { tell, signal }) {
  const { body } = request;
  const headers = [...request.headers, ['Idempotency-Key', key], ['x-api-key', session().key]];
  const content = body.kind === 'text' ? body.text : body.kind === 'file' ? body.file : JSON.stringify(uploaded ? { file: uploaded } : body.value);
  const answer = await xhr(apiPath + request.path, { headers, body: new Blob([content]), signal, onProgress: (part) => tell(part < 1 ? { phase: 'send', progress: part } : { phase: 'answer' }) });
  return judge({ ...answer, key: headers.at(-1)[1] });
}

/** Puts a file where jobs can read it; answers its key. */
async function upload({ name, file }, { tell, signal }) {
  tell({ phase: 'upload', progress: 0 });
  const { body } = await call('upload-api', { method: 'POST', json: { filename: name }, repeat: true, signal });
  const form = new FormData();
  for (const [field, value] of Object.entries(body.upload.fields)) form.append(field, value);
  form.append('file', file, name);
  const address = formAddress(body.upload);
  const answer = await xhr(address, { body: form, signal, onProgress: (part) => tell({ phase: 'upload', progress: part }) }).catch((e) => {
    throw e.code === 'NETWORK' && address.startsWith('http') ? new ApiError({ code: 'STORAGE', message: `The storage at ${new URL(address).host} cannot be reached, or does not let this page post to it.` }) : e;
  });
  if (answer.status >= 300) refuse(answer);
  return body.upload.fields.key;
}

/** A form of this server's is posted to where this page is from; that of a storage (signed for AWS) to the storage. */
function formAddress({ url, fields }) {
  return 'x-amz-algorithm' in fields ? url : new URL(url).pathname;
}

/** A storage refuses in words of its own, in XML. */
function refuse(answer) {
  const code = /<Code>([^<]*)<\/Code>/.exec(answer.text)?.[1];
  if (!code) judge(answer);
  throw new ApiError({ status: answer.status, code, message: /<Message>([^<]*)<\/Message>/.exec(answer.text)?.[1] ?? 'The storage refuses the file.' });
}

// fetch tells nothing of how much of a body is sent already; XMLHttpRequest does.
function xhr(url, { headers = [], body, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const x = new XMLHttpRequest();
    x.open('POST', url);
    for (const [name, value] of headers) x.setRequestHeader(name, value);
    x.upload.onprogress = (e) => e.lengthComputable && onProgress?.(e.loaded / e.total);
    x.upload.onload = () => onProgress?.(1);
    x.onload = () => resolve({ status: x.status, text: x.responseText, header: (name) => x.getResponseHeader(name) });
    x.onerror = () => reject(lost());
    x.onabort = () => reject(signal.reason);
    signal?.addEventListener('abort', () => x.abort(), { once: true });
    x.send(body);
  });
}
