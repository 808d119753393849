import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

// What the browser has and Node has not.
globalThis.document = Object.assign(new EventTarget(), { hidden: false });
const { begin, session } = await import('../shell/session.mjs');
const { watch } = await import('./watch.mjs');
begin('ck_key', { kind: 'owner', owner: 'ann' });

const job = (status, more = {}) => ({ job_id: 'j', status, tool: 't', retry_after: 1, attempts: [], ...more });
const answer = (status, body, headers = {}) => new Response(status === 304 ? null : JSON.stringify(body), { status, headers });
const status = (text) => `event: status\nid: 1\ndata: {"status":"${text}"}\n\n`;

/** A stream of events that the test goes on with by hand; closed, it is a cut. */
function events(signal) {
  let at;
  const body = new ReadableStream({ start: (c) => { at = c; } });
  signal.addEventListener('abort', () => { try { at.error(signal.reason); } catch { /* closed already */ } });
  return { response: new Response(body), say: (text) => at.enqueue(new TextEncoder().encode(text)), cut: () => at.error(new TypeError('cut')) };
}

/** Watches with a server that a test plays: serve(path, init) answers. Resolves with all that was told at the end. */
function watched(serve) {
  const told = [];
  const shown = [];
  mock.method(globalThis, 'fetch', async (path, init) => {
    init.signal?.throwIfAborted();
    return serve(path, init, told);
  });
  return new Promise((resolve) => {
    const w = watch('j', {
      show: (j) => shown.push(j.status),
      tell: (how) => {
        told.push(how);
        if (how === 'finished' || how.gone) resolve({ told, shown });
        if (how.lost) queueMicrotask(() => w.now());
      },
    });
  });
}

test('events bring the news; the job itself is read', async () => {
  let now = job('queued');
  const { told, shown } = await watched((path, { signal, headers }) => {
    assert.equal(headers['x-api-key'], 'ck_key');
    assert.ok(!path.includes('ck_key'));
    if (!path.endsWith('/events')) return answer(200, now, { ETag: '"x"' });
    const stream = events(signal);
    stream.say(status('queued'));
    setTimeout(() => {
      now = job('success');
      stream.say(status('success'));
    }, 20);
    return stream.response;
  });
  assert.equal(shown.at(-1), 'success');
  assert.ok(told.includes('events') && !told.includes('polls'), told);
});

test('what a job says is no reason to look at it each time', async () => {
  let now = job('processing', { retry_after: 60 });
  let looks = 0;
  const { shown } = await watched((path, { signal }) => {
    if (!path.endsWith('/events')) {
      looks++;
      return answer(200, now, { ETag: '"x"' });
    }
    const stream = events(signal);
    stream.say(status('processing'));
    let said = 0;
    const timer = setInterval(() => {
      stream.say(`event: output\nid: 1.${++said}\ndata: {"attempt":1,"output":"x"}\n\n`);
      if (said < 20) return;
      clearInterval(timer);
      now = job('success');
      stream.say(status('success'));
    }, 1);
    return stream.response;
  });
  assert.equal(shown.at(-1), 'success');
  assert.ok(looks <= 4, `${looks} looks`);
});

test('streams that are cut twice give way to long polls', async () => {
  let polls = 0;
  let streams = 0;
  const { told, shown } = await watched((path, { signal, headers }) => {
    if (path.endsWith('/events')) {
      streams++;
      const stream = events(signal);
      stream.say('retry: 2000\n');
      setTimeout(stream.cut, 5);
      return stream.response;
    }
    if (!headers.Prefer) return answer(200, job('processing'), { ETag: '"1"' });
    assert.deepEqual([headers.Prefer, headers['If-None-Match']], ['wait=20', '"1"']);
    return ++polls < 2 ? answer(304) : answer(200, job('success'), { ETag: '"2"' });
  });
  assert.deepEqual([streams, polls, shown.at(-1)], [2, 2, 'success']);
  assert.ok(told.includes('polls'));
});

test('a server that is away is asked again, and the watcher says so', async () => {
  let away = 0;
  const { told, shown } = await watched((path, { signal }) => {
    if (path.endsWith('/events')) {
      const stream = events(signal);
      stream.say(status('queued'));
      setTimeout(stream.cut, 5);
      away = 3;
      return stream.response;
    }
    if (away-- > 1) throw new TypeError('refused');
    return answer(200, job(away === 0 ? 'failed' : 'queued'));
  });
  assert.equal(told.filter((how) => how.lost?.code === 'NETWORK').length, 2);
  assert.equal(shown.at(-1), 'failed');
});

test('a key that has ended waits for the next sign-in, then goes on', async () => {
  const { told, shown } = await watched((path, { headers }) => {
    if (headers['x-api-key'] === 'ck_key') {
      setTimeout(() => begin('ck_new', { kind: 'owner', owner: 'ann' }), 5);
      return answer(401, { status: 'error', error: 'UNAUTHORIZED', details: { message: 'Missing authorizer context' } });
    }
    return answer(200, job('success'));
  });
  assert.deepEqual(shown, ['success']);
  assert.ok(told.includes('signed out'));
  assert.equal(session().expired, '');
});

test('what is not there is told once and for good', async () => {
  const { told } = await watched(() => answer(404, { status: 'error', error: 'JOB_NOT_FOUND', details: { message: 'Job not found' } }));
  assert.deepEqual(told.map((how) => how.gone?.code), ['JOB_NOT_FOUND']);
});

test('a server without room for held requests is asked plainly', async () => {
  let held = 0;
  let plain = 0;
  const { shown } = await watched((path, { headers }) => {
    if (path.endsWith('/events') || headers.Prefer) {
      held++;
      return answer(429, { status: 'error', error: 'RATE_LIMITED', details: { message: 'Too many requests are waiting already; ask without waiting, or later.' } }, { 'Retry-After': '1' });
    }
    return answer(200, job(++plain < 3 ? 'processing' : 'success'));
  });
  assert.deepEqual([held, plain, shown.at(-1)], [1, 3, 'success']);
});
