// Which jobs are looked for: the same choice as the page's address, as the
// question to the server, as the filter of a bulk action, and in words.
import { shortTime } from '../../lib/format.mjs';

export { statuses } from '../../lib/filters.mjs';

/** What may be wrong with unfinished jobs, and what that means. */
export const troubles = {
  stuck: 'Nothing has happened for a while, though something should have.',
  failing: 'An attempt has failed, or was lost with its worker.',
  poisoned: 'It was running when a process of the server died.',
};

const many = ['status', 'tool', 'error'];
const times = ['created_after', 'created_before'];
const one = ['trouble', 'id', 'owner', ...times];

const moment = /^\d{1,11}$/; // Unix seconds that a Date can have

/** The filter of an address: lists by name for what may have several values, texts for the rest. */
export function fromQuery(query) {
  const f = {};
  for (const name of many) f[name] = query.getAll(name).filter(Boolean);
  for (const name of one) f[name] = query.get(name) ?? '';
  for (const name of times) if (!moment.test(f[name])) f[name] = ''; // an address may say anything
  return f;
}

/** The address's part after the ?, or the empty string. */
export function toQuery(f) {
  const q = new URLSearchParams();
  for (const name of many) for (const v of f[name]) q.append(name, v);
  for (const name of one) if (f[name]) q.set(name, f[name]);
  return q.toString();
}

/** The question to the server for one page of the list. */
export function question(f, { limit, cursor }) {
  const q = new URLSearchParams(toQuery(f));
  q.set('limit', limit);
  if (cursor) q.set('cursor', cursor);
  return `admin/jobs?${q}`;
}

/** A filter that matches every job. */
export const every = () => fromQuery(new URLSearchParams());

export const isEmpty = (f) => toQuery(f) === '';

/** The same as the member filter of POST /admin/bulk. */
export function bulkFilter(f) {
  const filter = {};
  for (const name of many) if (f[name].length) filter[name] = f[name];
  if (f.trouble) filter.trouble = f.trouble;
  if (f.id) filter.ids = [f.id];
  if (f.owner) filter.owner = f.owner;
  for (const name of times) if (f[name]) filter[name] = Number(f[name]);
  return filter;
}

/** The filter in words, or the empty string. */
export function words(f) {
  const parts = [];
  if (f.id) parts.push(`id ${f.id}`);
  if (f.owner) parts.push(`owner ${f.owner}`);
  for (const [name, word] of [['tool', 'tool'], ['status', 'status'], ['error', 'code']]) {
    if (f[name].length) parts.push(`${word} ${f[name].join(' or ')}`);
  }
  if (f.trouble) parts.push(f.trouble);
  if (f.created_after) parts.push(`handed in after ${shortTime(Number(f.created_after))}`);
  if (f.created_before) parts.push(`handed in before ${shortTime(Number(f.created_before))}`);
  return parts.join(', ');
}

/** A list as people type it: names with commas or spaces between them. */
export const list = (text) => text.split(/[\s,]+/).filter(Boolean);

/** The value of an input of type datetime-local as Unix seconds in a text, and the way back. */
export function toUnix(local) {
  const ms = local ? new Date(local).getTime() : NaN;
  return Number.isNaN(ms) ? '' : String(Math.floor(ms / 1000));
}

export function toLocal(unix) {
  if (!unix || !Number.isFinite(Number(unix))) return '';
  const d = new Date(Number(unix) * 1000);
  const two = (n) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}
