import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byTool, columns, highest, latest, query, span, spans, thin, totals } from './series.mjs';

const none = { p50: null, p90: null, p99: null };
const point = (at, accepted, more = {}) => ({ at, accepted, succeeded: 0, failed: 0, wait_ms: none, run_ms: none, commit_ms: none, tools: {}, ...more });

test('each span fits in 500 points and is asked for in whole steps', () => {
  for (const s of spans) {
    const now = 1_700_000_123.4;
    const q = new URLSearchParams(query(s, now).split('?')[1]);
    assert.equal(Number(q.get('from')) % s.step, 0, s.name);
    assert.equal(s.step % 60, 0, s.name);
    const steps = Math.ceil((now - Number(q.get('from'))) / s.step);
    assert.equal(steps, s.seconds / s.step, s.name);
    assert.ok(steps <= 500, s.name);
    assert.ok(s.every >= 5, 'not more often than every few seconds');
  }
  assert.equal(span('week').seconds, 604800);
  assert.equal(span('year').name, 'hour');
  assert.equal(span(null).name, 'hour');
});

test('a step that is left out is a step in which nothing happened', () => {
  const stats = { from: 600, to: 900, step: 60, points: [point(660, 6, { wait_ms: { p50: 1, p90: 2, p99: 3 } }), point(780, 3)] };
  const c = columns(stats, 10_000);
  assert.deepEqual(c.at, [600, 660, 720, 780, 840]);
  assert.deepEqual(c.flow[0], [0, 6, 0, 3, 0]);
  assert.deepEqual(c.wait[2], [null, 3, null, null, null]);
  assert.deepEqual(c.run, [0, 1, 2].map(() => [null, null, null, null, null]));
});

test('counts become rates a minute, by the minutes that have begun', () => {
  const stats = { from: 0, to: 540, step: 300, points: [point(0, 50), point(300, 12)] };
  assert.deepEqual(columns(stats, 540).flow[0], [10, 3], 'four of five minutes are over');
  assert.deepEqual(columns(stats, 310).flow[0], [10, 12], 'not even one: it counts as a whole one');
  assert.deepEqual(columns(stats, 290).flow[0], [50 / (290 / 60), 12], 'a clock that is behind the server’s');
});

test('sums are over all points, by tool the busiest first, with those that have only jobs now', () => {
  const stats = {
    points: [
      point(0, 5, { succeeded: 3, failed: 1, tools: { a: { accepted: 1, succeeded: 1, failed: 0 }, b: { accepted: 4, succeeded: 2, failed: 1 } } }),
      point(60, 2, { tools: { a: { accepted: 2, succeeded: 0, failed: 0 } } }),
    ],
    now: { tools: [{ name: 'a', queued: 7, processing: 0 }, { name: 'c', queued: 1, processing: 2 }] },
  };
  assert.deepEqual(totals(stats), { accepted: 7, succeeded: 3, failed: 1 });
  assert.deepEqual(byTool(stats).map((t) => [t.name, t.accepted, t.queued]), [['b', 4, 0], ['a', 3, 7], ['c', 0, 1]]);
});

test('highest and latest pass over what is not known', () => {
  assert.deepEqual(highest([null, 2, 9, 9, null]), [9, 2]);
  assert.deepEqual(latest([null, 2, 9, null]), [9, 2]);
  assert.equal(highest([null, null]), undefined);
  assert.equal(latest([]), undefined);
});

test('a long table is thinned to its peaks', () => {
  const at = Array.from({ length: 100 }, (_, i) => i);
  const flow = at.map((i) => (i === 57 ? 99 : 1));
  const kept = thin(at, [flow], 10);
  assert.equal(kept.length, 10);
  assert.ok(kept.includes(57));
  assert.deepEqual(thin([1, 2], [[null, 5]], 60), [0, 1]);
});
