// One deed for many jobs: the server does it, piece by piece; here it is asked
// how far it is.
import { backoff, call, sleep } from './api.mjs';

const idsOfOne = 1000; // ids of one request

/** How many jobs a filter matches now. */
export async function matching(filter, action, { signal, path = 'bulk' } = {}) {
  const { body } = await call(path, { method: 'POST', json: { action, filter, ...all(filter), dry_run: true }, repeat: true, signal });
  return body.matched;
}

/**
 * Does action ('cancel', 'retry', 'delete') to the jobs of a filter, or to {ids}.
 * tell is told {bulk_id, status, matched, done, skipped, skipped_count} as it goes on, and the last time it is returned.
 */
export async function bulk(action, filter, { tell = () => {}, signal, path = 'bulk' } = {}) {
  const parts = filter.ids ? chunks(filter.ids, idsOfOne).map((ids) => ({ ids })) : [filter];
  const sum = { matched: 0, done: 0, skipped: [], skipped_count: 0, status: 'done' };
  for (const part of parts) {
    const last = await one(action, part, { signal, path, tell: (b) => tell(added(sum, b)) });
    Object.assign(sum, added(sum, last));
    if (last.status === 'ended') break;
  }
  return sum;
}

async function one(action, filter, { tell, signal, path }) {
  const { body: begun } = await call(path, { method: 'POST', json: { action, filter, ...all(filter) }, signal });
  let seen = { bulk_id: begun.bulk_id, matched: begun.matched, done: 0, status: 'processing' };
  tell(seen);
  let tag = '';
  let lost = 0; // looks in a row that failed; the server goes on meanwhile
  while (seen.status === 'processing') {
    const began = Date.now();
    try {
      const { status, body, etag } = await call(`${path}/${begun.bulk_id}`, { etag: tag, wait: tag ? 5 : undefined, signal });
      lost = 0;
      if (status !== 304) {
        seen = body;
        tag = etag;
        tell(seen);
      }
    } catch (e) {
      if (signal?.aborted || !e.passing) throw e;
      await sleep(backoff(lost++, { first: 1000 }), signal);
    }
    // A bulk that moves all the time answers at once: a look a second is enough.
    const rest = 1000 - (Date.now() - began);
    if (seen.status === 'processing' && rest > 0) await sleep(rest, signal);
  }
  return seen;
}

/** An empty filter means every job, which has to be said. */
const all = (filter) => (Object.keys(filter).length === 0 ? { all: true } : {});

function added(sum, b) {
  return {
    bulk_id: b.bulk_id, matched: sum.matched + (b.matched ?? 0), done: sum.done + (b.done ?? 0), status: b.status,
    skipped: [...sum.skipped, ...(b.skipped ?? [])].slice(0, 100), skipped_count: sum.skipped_count + (b.skipped_count ?? 0),
  };
}

function chunks(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
