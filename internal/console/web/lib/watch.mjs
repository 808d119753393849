// Follows a job until it is finished. What is shown always comes from the full
// view of the job, asked for with the tag of what is known; how the watcher
// learns that there is something new is the server's event stream or, where a
// proxy cuts or keeps back streams, long polls. A tab that nobody looks at has no
// stream: a browser has six connections to a server, for all of its tabs.
import { onSession, session } from '../shell/session.mjs';
import { apiPath } from '../shell/place.mjs';
import { ApiError, backoff, call, judge, lost, sleep } from './api.mjs';
import { eventReader } from './sse.mjs';

const firstEvent = 5_000; // ms within which the first event must be here: it is sent at once
const silence = 40_000; // ms; a stream says something every 15 s
const crowded = 60_000; // ms without held requests after the server had no room for one
const steady = 30_000; // ms after which a stream that is cut was a good one
const hiddenPause = 15_000; // ms between two looks of a tab that nobody looks at
const final = (job) => job.status === 'success' || job.status === 'failed';

/**
 * Watches a job. show(job): it is like this now. tell(how): 'events', 'polls',
 * 'hidden'; {lost, seconds}: the connection is lost, asked again in so many
 * seconds; {waiting, seconds}: told to wait; 'signed out'; {gone}: the failure for good; 'finished'.
 * Returns {now(): look at once, stop()}.
 */
export function watch(id, { show, tell }) {
  const stop = new AbortController();
  let hurry = () => {};
  const w = {
    id, show, tell, tag: '', job: null, fresh: false, streams: true, cuts: 0, failures: 0, asked: 0, shown: 0, plainUntil: 0,
    signal: stop.signal,
    /** Waits, less long if somebody is in a hurry or the tab is looked at again. */
    async pause(ms) {
      const early = new AbortController();
      const wake = () => early.abort();
      const seen = () => document.hidden || wake();
      hurry = wake;
      stop.signal.addEventListener('abort', wake);
      document.addEventListener('visibilitychange', seen);
      await sleep(ms, early.signal).catch(() => {});
      document.removeEventListener('visibilitychange', seen);
      stop.signal.removeEventListener('abort', wake);
      stop.signal.throwIfAborted();
    },
  };
  follow(w).catch((e) => {
    if (!stop.signal.aborted) tell({ gone: e });
  });
  return { now: () => hurry(), stop: () => stop.abort(new DOMException('no longer watched', 'AbortError')) };
}

async function follow(w) {
  for (;;) {
    try {
      if (!w.fresh) await look(w);
      w.fresh = false;
      w.failures = 0;
      if (final(w.job)) return w.tell('finished');
      if (document.hidden) {
        w.tell('hidden');
        await w.pause(hiddenPause);
      } else if (Date.now() < w.plainUntil) {
        w.tell('polls');
        await w.pause((w.job.retry_after || 2) * 1000);
      } else if (w.streams) await stream(w);
      else await hold(w);
    } catch (e) {
      w.signal.throwIfAborted();
      if (e.status === 429) w.plainUntil = Date.now() + crowded;
      await mend(w, e);
    }
  }
}

/** Looks at the job as it is now; wait: seconds that the server may hold the answer until there is something new. */
async function look(w, wait) {
  const limit = AbortSignal.timeout(((wait ?? 0) + 20) * 1000);
  const signal = AbortSignal.any([w.signal, limit]);
  const turn = ++w.asked;
  try {
    const { status, body, etag } = await call(`jobs/${encodeURIComponent(w.id)}?view=full`, {
      etag: wait ? w.tag : '', wait, repeat: !wait, signal, onWait: (seconds, waiting) => w.tell({ waiting, seconds }),
    });
    if (status === 304 || turn < w.shown) return; // nothing new, or a later question was answered before
    w.shown = turn;
    w.tag = etag;
    w.job = body;
    w.show(body);
  } catch (e) {
    if (limit.aborted && !w.signal.aborted) throw lost();
    throw e;
  }
}

/** What is to be done after a failure; throws those that are for good. */
async function mend(w, e) {
  if (!(e instanceof ApiError)) throw e;
  if (e.status === 401) {
    w.tell('signed out');
    await signedIn(w.signal);
    return;
  }
  if (!e.passing) throw e;
  const ms = Math.max(backoff(w.failures++), e.retryAfter * 1000);
  w.tell({ lost: e, seconds: Math.ceil(ms / 1000) });
  await w.pause(ms);
}

function signedIn(signal) {
  return new Promise((resolve, reject) => {
    const stop = onSession((s) => s.key && !s.expired && done());
    const done = () => {
      stop();
      resolve();
    };
    signal.addEventListener('abort', () => {
      stop();
      reject(signal.reason);
    }, { once: true });
    if (session().key && !session().expired) done();
  });
}

/** Long polls; a position and an estimate move without a new tag, so that one who waits looks more often. */
async function hold(w) {
  w.tell('polls');
  const began = Date.now();
  await look(w, w.job.status === 'queued' ? 5 : 20);
  w.fresh = w.job.status !== 'queued';
  // Something between may not let a request wait: then it is not asked at every turn.
  if (Date.now() - began < 1000 && !final(w.job)) await w.pause(Math.min(w.job.retry_after || 1, 2) * 1000);
}

/** Follows the stream until it ends; after two bad ones there are no more. */
async function stream(w) {
  const began = Date.now();
  const end = new AbortController();
  const signal = AbortSignal.any([w.signal, end.signal]);
  const hidden = () => document.hidden && end.abort();
  document.addEventListener('visibilitychange', hidden);
  let broken = null; // why the job could not be looked at, which is not the stream's fault
  const news = () => look(w).catch((e) => {
    broken ??= e;
    end.abort();
    throw e;
  });
  const looking = details(w, signal, news).catch(() => {});
  try {
    await read(w, end, signal, news);
  } catch (e) {
    w.signal.throwIfAborted();
    if (broken ?? e.status) throw broken ?? e;
    if (document.hidden) return;
    w.cuts = Date.now() - began > steady ? 1 : w.cuts + 1;
    w.streams = w.cuts < 2;
  } finally {
    document.removeEventListener('visibilitychange', hidden);
    end.abort();
    await looking;
  }
}

/** Between events, what moves without one: progress, position, estimate. */
async function details(w, signal, news) {
  for (;;) {
    await sleep((w.job.retry_after || 2) * 1000, signal);
    await news();
  }
}

/** Reads events; each status means that the job is to be looked at. */
async function read(w, end, signal, news) {
  let timer = setTimeout(() => end.abort(), firstEvent);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => end.abort(), silence);
  };
  try {
    const key = session().key;
    const res = await fetch(`${apiPath}jobs/${encodeURIComponent(w.id)}/events`, {
      headers: { 'x-api-key': key, Accept: 'text/event-stream' },
      signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
    }).catch((e) => {
      throw signal.aborted ? e : lost();
    });
    if (res.status !== 200) judge({ status: res.status, text: await res.text(), header: (name) => res.headers.get(name), key });
    const events = eventReader();
    const text = res.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await text.read().catch((e) => {
        throw signal.aborted ? e : lost();
      });
      if (done) throw lost();
      const found = events.feed(value);
      if (events.heard === 0) continue;
      alive();
      if (!found.some((e) => e.event === 'status')) continue; // what the job says may come many times a second: details looks in time
      w.tell('events');
      await news();
      w.fresh = final(w.job);
      if (w.fresh) return;
    }
  } finally {
    clearTimeout(timer);
  }
}
