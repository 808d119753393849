// What GET /admin/stats tells, as the columns that plots, tables and sentences
// want. Nothing here touches the page.

// The spans of time that can be looked at. A step is a number of minutes, so
// that no minute of the store is split; every is how often, in seconds, the
// numbers are asked for while somebody looks.
export const spans = [
  { name: 'hour', title: 'Hour', words: 'the last hour', seconds: 3600, step: 60, every: 10 },
  { name: 'day', title: 'Day', words: 'the last day', seconds: 86400, step: 300, every: 60 },
  { name: 'week', title: 'Week', words: 'the last week', seconds: 604800, step: 1800, every: 120 },
];

export const span = (name) => spans.find((s) => s.name === name) ?? spans[0];

// query is what to ask for one span, which ends now. It begins at a whole step,
// so that the columns stay where they are from one answer to the next.
export function query(s, now) {
  const from = (Math.floor(now / s.step) + 1) * s.step - s.seconds;
  return `admin/stats?from=${from}&step=${s.step}`;
}

// columns lays the answer's points on an even grid: what the server leaves out
// is a minute in which nothing happened. Counts become rates a minute; of the
// step that is not over yet only the minutes that have begun count.
export function columns(stats, now) {
  const { from, to, step } = stats;
  const points = new Map(stats.points.map((p) => [p.at, p]));
  const first = stats.points.length ? stats.points[0].at % step : 0;
  const at = [];
  for (let t = from - mod(from - first, step); t < to; t += step) at.push(t);
  const rate = (member) => at.map((t) => {
    const minutes = Math.max(1, Math.min(step, now - t) / 60);
    return (points.get(t)?.[member] ?? 0) / minutes;
  });
  const quantile = (member, q) => at.map((t) => points.get(t)?.[member]?.[q] ?? null);
  const three = (member) => ['p50', 'p90', 'p99'].map((q) => quantile(member, q));
  return {
    at, step,
    flow: ['accepted', 'succeeded', 'failed'].map(rate),
    wait: three('wait_ms'),
    run: three('run_ms'),
    commit: three('commit_ms'),
  };
}

const mod = (a, n) => ((a % n) + n) % n;

// totals are the sums over all points.
export function totals(stats) {
  const sum = { accepted: 0, succeeded: 0, failed: 0 };
  for (const p of stats.points) for (const k in sum) sum[k] += p[k] ?? 0;
  return sum;
}

// byTool are the sums by tool, with the states of now, the busiest first.
export function byTool(stats) {
  const rows = new Map();
  const row = (name) => {
    if (!rows.has(name)) rows.set(name, { name, accepted: 0, succeeded: 0, failed: 0, queued: 0, processing: 0 });
    return rows.get(name);
  };
  for (const p of stats.points) {
    for (const [name, t] of Object.entries(p.tools ?? {})) {
      const r = row(name);
      for (const k of ['accepted', 'succeeded', 'failed']) r[k] += t[k] ?? 0;
    }
  }
  for (const t of stats.now?.tools ?? []) Object.assign(row(t.name), t);
  return [...rows.values()].sort((a, b) => b.accepted - a.accepted || (a.name < b.name ? -1 : 1));
}

// highest is where a column is highest: [value, index], or nothing.
export function highest(column) {
  let best = -1;
  column.forEach((v, i) => { if (v !== null && (best < 0 || v > column[best])) best = i; });
  return best < 0 ? undefined : [column[best], best];
}

// latest is the last value of a column that there is, with its index.
export function latest(column) {
  for (let i = column.length - 1; i >= 0; i--) if (column[i] !== null) return [column[i], i];
  return undefined;
}

// thin chooses the rows of a table that is to have at most so many: of each
// group of neighbours the one with the highest sum, because peaks are what one
// looks for.
export function thin(at, cols, most) {
  const size = Math.ceil(at.length / most);
  const kept = [];
  for (let i = 0; i < at.length; i += size) {
    let best = i;
    const weight = (k) => cols.reduce((s, c) => s + (c[k] ?? 0), 0);
    for (let k = i; k < Math.min(i + size, at.length); k++) if (weight(k) > weight(best)) best = k;
    kept.push(best);
  }
  return kept;
}
