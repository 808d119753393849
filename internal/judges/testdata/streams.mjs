// Follows the events of a job with one of two libraries until the stream ends,
// and says how it ended.
const { url, key, library } = JSON.parse(process.argv[2]);
const headers = { 'x-api-key': key };
const seen = [];
const take = (e) => seen.push({ name: e.event ?? '', id: String(e.id ?? ''), data: e.data ?? '' });
let end = '';

if (library === '@microsoft/fetch-event-source') {
  globalThis.window = globalThis; // it is made for browsers
  globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
  const { fetchEventSource } = await import(library);
  await fetchEventSource(url, {
    headers, fetch, openWhenHidden: true, onmessage: take,
    onclose: () => { end = 'closed'; },
    onerror: (e) => { throw e; }, // do not come again
  }).catch(() => { end = 'broken'; });
} else {
  const { stream } = await import(library);
  try {
    for await (const e of await stream(url, { headers })) take(e);
    end = 'closed';
  } catch {
    end = 'broken';
  }
}
console.log(JSON.stringify({ seen, end }));
