// Has a JSON file laid out, by a client whose types are made from the server's own description.
//
//   npm install
//   npm run types       schema.d.ts, from $CLAIMCHECK_URL/openapi.json
//   npm run build       type-checks, and writes poll.js
//   CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... node poll.js FILE >OUT
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import createClient from 'openapi-fetch'
import type { components, paths } from './schema.js'

type Status = components['schemas']['Status']
type Refusal = components['schemas']['Error']

const { CLAIMCHECK_URL: baseUrl, CLAIMCHECK_API_KEY: key } = process.env
const file = process.argv[2]
if (!baseUrl || !key || !file) throw new Error('usage: CLAIMCHECK_URL=... CLAIMCHECK_API_KEY=... node poll.js FILE')

// The second type has errors typed as the envelope, not also as problem details.
const service = createClient<paths, 'application/json'>({ baseUrl, headers: { 'x-api-key': key }, fetch: patient })

// A request is sent again where the server says when (429, 503), but nobody waits for the next month.
async function patient(request: Request): Promise<Response> {
  for (;;) {
    const answer = await fetch(request.clone())
    const wait = Number(answer.headers.get('retry-after') ?? 5)
    if (![429, 503].includes(answer.status) || wait > 600) return answer
    await sleep(wait * 1000)
  }
}

async function submit(document: string): Promise<string> {
  const { data, error, response } = await service.POST('/json-formatter-api', {
    params: { header: { Prefer: 'respond-async', 'Idempotency-Key': crypto.randomUUID(), 'x-tab-space': 2 } },
    body: document,
    bodySerializer: (text) => text as string, // it is the input itself
  })
  if (!data) return refused(response, error)
  if (!('job_id' in data)) throw new Error('a job was asked for') // 200 has a result, 202 a job_id
  return data.job_id
}

async function finished(job: string): Promise<Exclude<Status, { status: 'queued' | 'processing' }>> {
  for (let last: Status | undefined, tag: string | undefined; ; ) {
    const { data, error, response } = await service.GET('/jobs/{job_id}', {
      params: { path: { job_id: job }, header: { 'If-None-Match': tag } },
    })
    if (!data && response.status !== 304) return refused(response, error)
    if (data) [last, tag] = [data, response.headers.get('etag') ?? undefined] // else 304: nothing new
    if (last?.status === 'success' || last?.status === 'failed') return last
    await sleep(Number(response.headers.get('retry-after')) * 1000)
  }
}

// What is no answer of the server's may have no body, and then there is no error either.
function refused({ status }: Response, refusal?: Refusal): never {
  console.error(refusal ? `${refusal.error}: ${refusal.details.message}` : `HTTP ${status}`)
  process.exit(1)
}

const job = await submit(await readFile(file, 'utf8'))
console.error('job', job)
const status = await finished(job)
if (status.status === 'failed') {
  const { code, message, details } = status.error
  console.error(`${file}${details.line ? `:${details.line}:${details.column}` : ''}: ${message} (${code})`)
  process.exit(1)
}
const output = await fetch(status.result.file) // a signed link: it needs no key
if (!output.ok) throw new Error(`download: ${output.status}`)
process.stdout.write(await output.text())
