// Literals of other languages, in letters that every terminal, file and header
// takes as they are.

const hex = (n, digits) => n.toString(16).padStart(digits, '0');

/** JSON with nothing but ASCII. It is JavaScript as well. */
export function json(value, indent) {
  return JSON.stringify(value, null, indent).replace(/[\x7f-\uffff]/g, (c) => '\\u' + hex(c.charCodeAt(0), 4));
}

/** A string of Python: as JSON, but for what lies beyond 16 bits, of which Python would make two halves. */
export function pythonString(s) {
  const parts = Array.from(s, (c) => (c.codePointAt(0) > 0xffff ? '\\U' + hex(c.codePointAt(0), 8) : json(c).slice(1, -1)));
  return `"${parts.join('')}"`;
}

/** A word of a POSIX shell. There is no way to write a NUL: see printable. */
export const shellWord = (s) => (/^[A-Za-z0-9_./:@%+=,-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`);

/** Whether a text survives being pasted into a terminal: it has lines, tabs and visible signs only. */
export const printable = (s) => !/[^\n\t\P{C}]|[\p{Zl}\p{Zp}\ufffd]/u.test(s);
