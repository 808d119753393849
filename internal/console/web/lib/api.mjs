// Requests to the API. Whatever goes wrong is an ApiError with a code, a
// sentence and the request's id, so that a page can say it and a person can ask
// about it.
import { apiPath } from '../shell/place.mjs';
import { expire, session } from '../shell/session.mjs';

/** A refusal of the server's, or code NETWORK: it was not reached, or its answer was lost. */
export class ApiError extends Error {
  constructor({ status = 0, code, message, details = {}, requestId = '', retryAfter = 0 }) {
    super(message);
    Object.assign(this, { name: 'ApiError', status, code, details, requestId, retryAfter });
  }

  /** The same request may succeed later. */
  get passing() {
    return this.code === 'NETWORK' || this.status === 429 || this.status >= 500;
  }
}

/** How often a reading request waits as long as it is asked to, before the failure is told. */
const patience = 4;
const longestWait = 30; // seconds; a longer Retry-After is told at once

/**
 * Calls the API. Answers {status, body, etag, headers}; a 304 has no body.
 * json: sent as the body. etag: sent as If-None-Match. wait: seconds that the
 * server may hold the answer. onWait: told how many seconds are waited for and why.
 * key: another key than that of the session.
 * Reading requests are repeated after 429 and 503, as Retry-After says; others only with repeat.
 */
export async function call(path, options = {}) {
  const { method = 'GET', onWait, signal, repeat = method === 'GET' } = options;
  for (let tries = 1; ; tries++) {
    try {
      return await once(path, { ...options, method });
    } catch (e) {
      const seconds = e.retryAfter || 1;
      const again = repeat && (e.status === 429 || e.status === 503) && tries < patience && seconds <= longestWait;
      if (!again) throw e;
      onWait?.(seconds, e);
      await sleep(seconds * 1000, signal);
    }
  }
}

let ahead = 0; // seconds by which the server's clock is before this one

/** Now in Unix seconds, by the server's clock. */
export const now = () => Date.now() / 1000 + ahead;

async function once(path, { method, json, etag, wait, signal, headers = {}, key = session().key }) {
  const sent = { 'x-api-key': key, ...headers };
  if (json !== undefined) sent['Content-Type'] = 'application/json';
  if (etag) sent['If-None-Match'] = etag;
  if (wait) sent.Prefer = `wait=${wait}`;
  let res;
  let text;
  try {
    res = await fetch(apiPath + path, {
      method,
      headers: sent,
      body: json === undefined ? undefined : JSON.stringify(json),
      signal,
      cache: 'no-store', // tags are ours to send
      credentials: 'omit',
      redirect: 'error',
    });
    text = res.status === 304 ? '' : await res.text();
  } catch (e) {
    if (signal?.aborted) throw e;
    throw lost();
  }
  const date = Date.parse(res.headers.get('Date') ?? '');
  if (date) ahead = (date - Date.now()) / 1000;
  return judge({ status: res.status, text, header: (name) => res.headers.get(name), key });
}

/** What an answer means: its body, or an ApiError. A key that is not taken any more ends the session. */
export function judge({ status, text, header, key = session().key }) {
  const requestId = header('X-Request-Id') ?? '';
  let body;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch {
    body = undefined;
  }
  if (status >= 200 && status < 400) {
    if (text && body === undefined) {
      throw new ApiError({ status, code: 'NO_JSON', message: 'Something between this page and the server answered in its stead.', requestId });
    }
    return { status, body, etag: header('ETag') ?? '', header, requestId };
  }
  const error = new ApiError({
    status,
    code: typeof body?.error === 'string' ? body.error : `HTTP_${status}`,
    message: body?.details?.message ?? `The answer was ${status}, without a word from the server.`,
    details: body?.details ?? {},
    requestId,
    retryAfter: Number(header('Retry-After')) || Number(body?.retry_after) || 0,
  });
  if (status === 401) expire(key, 'The server does not take this key any more: it was revoked or has expired.');
  throw error;
}

/** The failure of a request that was not answered. */
export const lost = () => new ApiError({ code: 'NETWORK', message: 'The server cannot be reached, or its answer was lost on the way.' });

/** Waits; ends early, with the signal's reason, when the signal says so. */
export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Longer and longer pauses, in milliseconds, with jitter, so that many tabs do not come back at once. */
export function backoff(tries, { first = 500, most = 15_000, random = Math.random } = {}) {
  const whole = Math.min(first * 2 ** Math.min(tries, 20), most);
  return whole / 2 + (whole / 2) * random();
}
