#!/usr/bin/env node
// Has a JSON file laid out: hands it in, asks for the job until it is finished, prints the output.
//
//   CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... node poll.mjs FILE >OUT
//
// It needs Node 18 or newer alone.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const { CLAIMCHECK_URL: url, CLAIMCHECK_API_KEY: key } = process.env
const [file] = process.argv.slice(2)

// One request. It is sent again where the server says when (429, 503), but nobody waits for the next month.
async function call(path, { headers, ...options } = {}) {
  for (;;) {
    const answer = await fetch(url + path, { ...options, headers: { 'x-api-key': key, ...headers } })
    const wait = Number(answer.headers.get('retry-after') ?? 5)
    if (![429, 503].includes(answer.status) || wait > 600) return answer.status < 400 ? answer : refused(await answer.json())
    await sleep(wait * 1000)
  }
}

function refused({ error, details }) {
  console.error(`${error}: ${details.message}`)
  process.exit(1)
}

const accepted = await call('/json-formatter-api', {
  method: 'POST',
  headers: {
    prefer: 'respond-async',
    'idempotency-key': crypto.randomUUID(), // however often this arrives, it is one job
    'x-tab-space': '2',
  },
  body: await readFile(file),
})
const { job_id: job } = await accepted.json()
console.error('job', job)

let status, etag
for (;;) {
  const answer = await call(`/jobs/${job}`, { headers: etag && { 'if-none-match': etag } })
  if (answer.status === 200) [status, etag] = [await answer.json(), answer.headers.get('etag')] // else 304: nothing new
  if (status.status === 'success' || status.status === 'failed') break
  await sleep(Number(answer.headers.get('retry-after')) * 1000)
}

if (status.status === 'failed') {
  const { code, message, details } = status.error
  console.error(`${file}${details.line ? `:${details.line}:${details.column}` : ''}: ${message} (${code})`)
  process.exit(1)
}
const output = await fetch(status.result.file) // a signed link: it needs no key
if (!output.ok) throw new Error(`download: ${output.status}`)
for await (const piece of output.body) process.stdout.write(piece)
