// Reads a stream of server-sent events (WHATWG HTML, section 9.2) as it comes in.

/** A reader: feed(text) answers the events that are whole now, each {event, data, id}. heard counts all lines, comments too. */
export function eventReader() {
  let rest = '';
  let data = [];
  let event = '';
  let id = '';
  const reader = { heard: 0, feed };
  return reader;

  function feed(text) {
    const found = [];
    rest += text;
    for (;;) {
      const end = rest.search(/\r\n|\n|\r/);
      // A CR at the very end may be the first half of CR LF.
      if (end < 0 || (rest[end] === '\r' && end === rest.length - 1)) return found;
      const line = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1));
      reader.heard++;
      if (line !== '') field(line);
      else if (data.length > 0) {
        found.push({ event: event || 'message', data: data.join('\n'), id });
        data = [];
        event = '';
      } else event = '';
    }
  }

  function field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
  }
}
