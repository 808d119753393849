// Text that the console did not write: what a job, a tool, a file name or a
// server says. It is shown as text, and what does not stand for itself (control
// sequences, marks that change the direction of writing, invisible letters) is
// shown as an escape such as \u202e.

const hidden = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u;

/**
 * The pieces of a text: {text} or {escape}. With lines, line breaks and tabs
 * stand for themselves; without, they are escapes as well.
 */
export function pieces(text, { lines = false } = {}) {
  const out = [];
  let plain = '';
  const flush = () => {
    if (plain) out.push({ text: plain });
    plain = '';
  };
  for (const c of lines ? text.replaceAll('\r\n', '\n') : text) {
    if ((lines && (c === '\n' || c === '\t')) || !hidden.test(c)) {
      plain += c;
      continue;
    }
    flush();
    out.push({ escape: escape(c) });
  }
  flush();
  return out;
}

/** A text in which nothing hides, as one line. */
export function harmless(text) {
  return pieces(text).map((p) => p.text ?? p.escape).join('');
}

/** A part of an address without its escapes; with them, where they make no text. */
export function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escape(c) {
  const n = c.codePointAt(0);
  if (short[c]) return short[c];
  if (n === 0xfffd) return '\ufffd';
  if (n < 0x100) return '\\x' + n.toString(16).padStart(2, '0');
  return n < 0x10000 ? '\\u' + n.toString(16).padStart(4, '0') : '\\U' + n.toString(16).padStart(8, '0');
}
