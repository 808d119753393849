// How the operator's numbers are worded.
import { count } from '../../lib/format.mjs';

const fine = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** A number of jobs a minute. */
export const rate = (n) => (n >= 100 ? count(Math.round(n)) : fine.format(n));

/** A number of milliseconds, in the unit that reads best. */
export function millis(ms) {
  if (ms < 1000) return `${fine.format(ms)} ms`;
  if (ms < 120_000) return `${fine.format(ms / 1000)} s`;
  if (ms < 7_200_000) return `${fine.format(ms / 60_000)} min`;
  return `${fine.format(ms / 3_600_000)} h`;
}

/** A part of a whole in percent; nothing of nothing is none. */
export function share(part, whole) {
  if (!part || !whole) return '0 %';
  const percent = (100 * part) / whole;
  return percent < 0.1 ? '< 0.1 %' : `${percent >= 10 ? Math.round(percent) : Number(percent.toFixed(1))} %`;
}
