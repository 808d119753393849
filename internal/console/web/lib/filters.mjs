// The filters of the list: as they stand in the console's address, and as the
// API wants them.

export const statuses = ['queued', 'processing', 'success', 'failed'];

/** Spans of time to choose from: seconds, '' for any. */
export const spans = [['', 'any time'], ['3600', 'the last hour'], ['86400', 'the last day'], ['604800', 'the last week'], ['between', 'between…']];

/** Reads filters out of an address; what is there and is none is left out. */
export function readFilters(query) {
  const pick = (name, good) => (good(query.get(name) ?? '') ? query.get(name) : '');
  const moment = (s) => /^\d{1,11}$/.test(s);
  return {
    status: query.getAll('status').filter((s) => statuses.includes(s)),
    tool: query.get('tool') ?? '',
    error: query.get('error') ?? '',
    clock: query.get('clock') === 'finished' ? 'finished' : 'created',
    span: pick('span', (s) => spans.some(([v]) => v === s && v !== '')) || '',
    from: pick('from', moment) || '',
    to: pick('to', moment) || '',
    name: query.get('name') ?? '',
    value: query.get('value') ?? '',
  };
}

/** The address of a list with these filters, without the console's path. */
export function writeFilters(f) {
  const q = new URLSearchParams();
  for (const s of f.status) q.append('status', s);
  for (const name of ['tool', 'error', 'span', 'name', 'value']) if (f[name]) q.set(name, f[name]);
  if (f.span && f.clock === 'finished') q.set('clock', 'finished');
  if (f.span === 'between') for (const name of ['from', 'to']) if (f[name]) q.set(name, f[name]);
  return q.size === 0 ? 'jobs' : `jobs?${q}`;
}

export const isFiltered = (f) => writeFilters(f) !== 'jobs';

/** The filters by their names in the API: [name, value], several of a name where it has several values. */
export function apiFilters(f, now = Date.now()) {
  const out = f.status.map((s) => ['status', s]);
  if (f.tool) out.push(['tool', f.tool]);
  if (f.error) out.push(['error', f.error.trim().toUpperCase()]);
  if (f.span === 'between') {
    if (f.from) out.push([`${f.clock}_after`, f.from]);
    if (f.to) out.push([`${f.clock}_before`, f.to]);
  } else if (f.span) out.push([`${f.clock}_after`, String(Math.floor(now / 1000) - Number(f.span))]);
  if (f.name) out.push([`metadata.${f.name}`, f.value]);
  return out;
}

/** The same as the member filter of POST /bulk. */
export function bulkFilter(f, now = Date.now()) {
  const out = {};
  for (const [name, value] of apiFilters(f, now)) {
    if (name.startsWith('metadata.')) out.metadata = { [name.slice('metadata.'.length)]: value };
    else if (/_(after|before)$/.test(name)) out[name] = Number(value);
    else (out[name] ??= []).push(value);
  }
  return out;
}
