// The inputs of jobs that this tab handed in, so that a failing line can be
// shown. They are in memory only; the oldest go first.
import { onSession } from '../shell/session.mjs';

const mostJobs = 50;
const mostCharacters = 4 << 20; // of all of them

const kept = new Map();
let size = 0;

/** The text of a request's input, '' where it is not here; a file that is too large is not read. */
export async function textOf(body) {
  if (body.kind === 'text') return body.text;
  return body.file && body.file.size <= mostCharacters ? body.file.text().catch(() => '') : '';
}

/** Keeps the text of a job's input. */
export function setInput(id, text) {
  if (!text || text.length > mostCharacters) return;
  drop(id);
  kept.set(id, text);
  size += text.length;
  for (const old of kept.keys()) {
    if (kept.size <= mostJobs && size <= mostCharacters) return;
    drop(old);
  }
}

function drop(id) {
  size -= kept.get(id)?.length ?? 0;
  kept.delete(id);
}

// They go with the person.
onSession((s) => {
  if (s.key) return;
  kept.clear();
  size = 0;
});

export const inputOf = (id) => kept.get(id) ?? '';
