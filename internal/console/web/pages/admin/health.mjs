// How the database and the queue are.
import { html } from '../../html.mjs';
import { bytes, count, duration } from '../../lib/format.mjs';
import { Facts } from '../../ui/parts.mjs';
import { millis, rate } from './words.mjs';

/** A time in seconds that may be short. */
const short = (seconds) => (seconds < 60 ? millis(seconds * 1000) : duration(seconds));

const three = (of, word) => (of.p50 === null ? undefined : html`${word(of.p50)} <span class="faint">·</span> ${word(of.p90)} <span class="faint">·</span> ${word(of.p99)}`);

export function Health({ is, words }) {
  const { file, database: db } = is;
  return html`<section class="card wide"><h2>Database and queue</h2>
    <${Facts} pairs=${[
      ['Waits longest', is.oldest_wait_seconds ? short(is.oldest_wait_seconds) : 'nothing waits'],
      ['Commit, p50 · p90 · p99', three(is.commit_ms, millis)],
      ['Operations a commit', three(is.batch_operations, rate)],
      ['File', file && bytes(file.bytes)],
      ['Unused in it', file && bytes(file.free_bytes)],
      ['Log', file && bytes(file.log_bytes)],
      ['Notifications late by', db && three(db.notification_lag_ms, millis)],
      ['Dead rows', db && count(db.dead_rows)],
      ['Dead rows of the queue', db && count(db.dead_ready_rows)],
      ['Oldest transaction', db && (db.oldest_transaction_seconds ? short(db.oldest_transaction_seconds) : 'none is open')],
      ['Connections', db && html`${count(db.busy_connections)} busy of ${count(db.connections)}, at most ${count(db.max_connections)}`],
    ]} />
    <p class="small faint">Times are those of ${words}; sizes and what waits are those of now.</p></section>`;
}
