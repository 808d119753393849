// Numbers, sizes and times for people.

const number = new Intl.NumberFormat('en-GB');
export const count = (n) => number.format(n);

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1536 is 1.5 KiB. */
export function bytes(n) {
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${i === 0 || n >= 100 ? Math.round(n) : Number(n.toFixed(1))} ${units[i]}`;
}

/** A number of seconds in words: 75 is 1 min 15 s. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s === 0) return 'less than 1 s';
  if (s < 60) return `${s} s`;
  const parts = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  let left = s;
  const out = [];
  for (const [unit, size] of parts) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0) out.push(`${n} ${unit}`);
  }
  return out.slice(0, 2).join(' ');
}

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** A time in Unix seconds, in full. */
export const fullTime = (unix) => moment.format(unix * 1000);

/** The time of day, for a time of today; the date with it for others. */
export function shortTime(unix, now = Date.now()) {
  return day.format(unix * 1000) === day.format(now) ? clock.format(unix * 1000) : moment.format(unix * 1000);
}

export const date = (unix) => day.format(unix * 1000);

/** plural(1, 'job') is 1 job, plural(2, 'job') is 2 jobs. */
export const plural = (n, word, many = word + 's') => `${count(n)} ${n === 1 ? word : many}`;

/** A job's id in short: its beginning is when, its end tells it from others of that time. */
export const shortID = (id) => `${id.slice(0, 8)}…${id.slice(-6)}`;
