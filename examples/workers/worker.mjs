#!/usr/bin/env node
// A pull worker: takes jobs of one tool, counts their words, hands in the result.
//
//   CLAIMCHECK_URL=http://127.0.0.1:8080 CLAIMCHECK_API_KEY=... node worker.mjs TOOL [JOBS]
//
// It needs Node 18 or newer alone. JOBS is after how many jobs to end; without it, never.
import { setTimeout as sleep } from 'node:timers/promises'

const { CLAIMCHECK_URL: base, CLAIMCHECK_API_KEY: key } = process.env
const [tool, jobs] = process.argv.slice(2)

async function call(path, body) {
  for (;;) {
    const answer = await fetch(base + path, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (answer.status === 409) return null // somebody else has the job now
    if ([429, 503].includes(answer.status)) { // the same again, when the server says
      await sleep(Number(answer.headers.get('retry-after') ?? 5) * 1000)
      continue
    }
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? null : answer.json()
  }
}

async function work(lease, signal) {
  const source = await fetch(lease.input_url, { signal })
  if (!source.ok) throw new Error(`input: ${source.status}`)
  const words = (await source.text()).split(/\s+/).filter(Boolean)
  if (words.length === 0) return ['fail', { code: 'NO_TEXT', message: 'The input has no text.' }]
  return ['finish', { result: { words: words.length, worker: 'node' } }]
}

for (let left = jobs === undefined ? Infinity : Number(jobs); left > 0; ) {
  const { leases } = await call('/work/claim', { tools: [tool], max: 1, wait: 20, worker: 'node' })
  for (const lease of leases) {
    const stop = new AbortController()
    const alive = setInterval(async () => {
      const state = await call(`/work/${lease.lease}/heartbeat`, {}).catch(() => undefined)
      if (state === null || state?.cancel_requested) stop.abort() // lost or canceled
    }, lease.heartbeat_seconds * 1000)
    let end, report
    try {
      ;[end, report] = await work(lease, stop.signal)
    } catch (trouble) { // ours: worth another attempt
      ;[end, report] = ['fail', { code: 'WORKER_TROUBLE', message: String(trouble), retry: true }]
    } finally {
      clearInterval(alive)
    }
    await call(`/work/${lease.lease}/${end}`, report)
    left--
  }
}
