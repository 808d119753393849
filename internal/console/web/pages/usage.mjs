// What the owner has used, against the limits of the plan.
import { useState } from 'preact/hooks';
import { html } from '../html.mjs';
import { call } from '../lib/api.mjs';
import { bytes, count, date } from '../lib/format.mjs';
import { Facts, Failure, Foreign, Title } from '../ui/parts.mjs';
import { usePolling } from '../ui/visible.mjs';

const pause = 10_000; // ms between two looks

export function Usage() {
  const [usage, setUsage] = useState(null);
  const [rates, setRates] = useState([]);
  const [error, setError] = useState(null);
  usePolling(async (signal) => {
    try {
      const { body, header } = await call('usage', { signal });
      setUsage(body);
      setRates(allowances(header('RateLimit-Policy'), header('RateLimit')));
      setError(null);
    } catch (e) {
      signal.throwIfAborted();
      setError(e);
    }
  }, pause, []);
  return html`<${Title}>Usage</${Title}>
    <${Failure} error=${error} title="The usage could not be read." />
    ${usage ? html`
      ${usage.paused ? html`<div class="notice wait"><p>The operator has paused your jobs: they are accepted and wait.</p></div>` : null}
      <div class="gauges">
        <${Gauge} name="Jobs this month" used=${usage.jobs.used} limit=${usage.jobs.limit} show=${count} note=${`from ${date(usage.period.start)}; the count begins anew on ${date(usage.period.end)}`} />
        <${Gauge} name="Stored" used=${usage.stored_bytes.used} limit=${usage.stored_bytes.limit} show=${bytes} note="inputs, uploads and results that are kept" />
        ${rates.map((r) => html`<${Gauge} key=${r.name} name="Reading requests" used=${r.limit - r.left} limit=${r.limit} show=${count} note=${`of the last ${r.seconds === 60 ? 'minute' : `${r.seconds} seconds`}; this page’s own among them`} />`)}
      </div>
      <section class="card"><h2>Now</h2><${Facts} pairs=${[
        ['Running', count(usage.running)], ['Waiting', count(usage.queued)], ['Plan', html`<${Foreign} text=${usage.plan} />`], ['Owner', html`<${Foreign} text=${usage.owner} />`],
        ['Signed in as', usage.subject ? html`<${Foreign} text=${usage.subject} />` : null],
      ]} /></section>` : error ? null : html`<p class="faint">Asking…</p>`}`;
}

/** How much of a limit is used; a limit of 0 is none. */
function Gauge({ name, used, limit, show, note }) {
  const part = limit > 0 ? Math.min(100, (100 * used) / limit) : 0;
  return html`<section class=${`card gauge ${part >= 90 ? 'high' : ''}`}>
    <h2>${name}</h2>
    <p class="big">${show(used)} <span class="faint">${limit > 0 ? `of ${show(limit)}` : 'without a limit'}</span></p>
    ${limit > 0 ? html`<meter min="0" max="100" value=${part} high="90" aria-label=${`${name}: ${Math.round(part)} percent used`}>${Math.round(part)} %</meter>` : null}
    <p class="hint">${note}</p>
  </section>`;
}

/** RateLimit-Policy: "status";q=600;w=60 and RateLimit: "status";r=598;t=1, as [{name, limit, seconds, left}]. */
function allowances(policy, now) {
  const limit = /^"(\w+)";q=(\d+);w=(\d+)/.exec(policy ?? '');
  const left = /;r=(\d+)/.exec(now ?? '');
  return limit && left ? [{ name: limit[1], limit: Number(limit[2]), seconds: Number(limit[3]), left: Number(left[1]) }] : [];
}
