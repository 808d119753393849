// Follows the events of a job with npm eventsource until it stops by itself, or
// has tried too often.
import { EventSource } from 'eventsource';

const { url, key } = JSON.parse(process.argv[2]);
const seen = [];
const errors = [];
const source = new EventSource(url, {
  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, 'x-api-key': key } }),
});
source.addEventListener('status', (e) => seen.push({ id: Number(e.lastEventId), status: JSON.parse(e.data) }));
source.addEventListener('message', (e) => errors.push({ message: 'event without a name: ' + e.data }));
source.addEventListener('error', (e) => {
  errors.push({ code: e.code, message: e.message });
  if (source.readyState === EventSource.CLOSED || errors.length > 5) {
    console.log(JSON.stringify({ seen, errors }));
    process.exit();
  }
});
