// The failing line of an input. Lines end at a line feed, columns count
// characters (code points) from 1, as the server counts them.

const around = 70; // characters that are shown before and after the place, of a long line

/**
 * The lines before and after line, and the line itself in three: before the
 * place, the character there ('' past the end), after it. null where the text
 * has no such place: then it is not the input that failed.
 */
export function excerpt(text, line, column, { context = 2 } = {}) {
  if (!(line >= 1)) return null;
  const lines = take(text, Math.max(1, line - context), line + context);
  const failing = lines.find((l) => l.number === line);
  if (!failing) return null;
  const at = Math.max(1, column || 1) - 1;
  const chars = Array.from(failing.text);
  if (at > chars.length) return null;
  const from = Math.max(0, at - around);
  const to = Math.min(chars.length, at + 1 + around);
  return {
    above: lines.filter((l) => l.number < line).map(shorten),
    below: lines.filter((l) => l.number > line).map(shorten),
    number: line,
    before: (from > 0 ? '…' : '') + chars.slice(from, at).join(''),
    at: chars[at] ?? '',
    after: chars.slice(at + 1, to).join('') + (to < chars.length ? '…' : ''),
  };
}

/** Some lines of a text, without making a list of all of them. */
function take(text, first, last) {
  const found = [];
  let start = 0;
  for (let number = 1; number <= last; number++) {
    const end = text.indexOf('\n', start);
    if (number >= first) found.push({ number, text: (end < 0 ? text.slice(start) : text.slice(start, end)).replace(/\r$/, '') });
    if (end < 0) break;
    start = end + 1;
  }
  return found;
}

function shorten({ number, text }) {
  const chars = Array.from(text.slice(0, 4 * around));
  return { number, text: chars.length > 2 * around ? chars.slice(0, 2 * around).join('') + '…' : text };
}
