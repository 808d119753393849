// A receiver of webhooks: it answers calls that its secret has signed, and works once for each.
//
//   WEBHOOK_SECRET=whsec_... node receiver.mjs 9100
//
// Or without a secret, by the public keys of GET /.well-known/webhook-keys, where the webhook has "signature": "v1a":
//
//   WEBHOOK_PUBLIC_KEYS='whpk_... whpk_...' WEBHOOK_ID=wh_... node receiver.mjs 9100
import { createServer } from 'node:http'
import { verifyWebhook, WebhookRefused } from 'claimcheck'

const { WEBHOOK_SECRET = '', WEBHOOK_PUBLIC_KEYS, WEBHOOK_ID = '' } = process.env
const by = WEBHOOK_PUBLIC_KEYS ? { publicKeys: WEBHOOK_PUBLIC_KEYS.split(' '), webhook: WEBHOOK_ID } : WEBHOOK_SECRET
if (WEBHOOK_PUBLIC_KEYS && !WEBHOOK_ID) throw new Error('WEBHOOK_ID is missing: the same keys sign calls for others')
const MAX_BODY = 1 << 20 // the server's calls are under 20,000 bytes
const KEPT = 10_000 // calls that are remembered; keep them in your database if you have one
const done = new Set()

// What is to be done for an event; the call is answered after it, within seconds.
function work(event) {
  console.log(event.type, event.data.job?.job_id ?? '-')
}

async function receive(request) {
  if (request.method !== 'POST') return 405
  const parts = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > MAX_BODY) return 413
    parts.push(part)
  }
  let event
  try {
    event = await verifyWebhook(by, request.headers, Buffer.concat(parts)) // the bytes as they came, not parsed and written anew
  } catch (e) {
    if (!(e instanceof WebhookRefused)) throw e
    console.log('refused:', e.message)
    return 400
  }
  const call = request.headers['webhook-id']
  if (done.has(call)) {
    console.log('again', call) // its answer was lost, or it was sent anew
  } else {
    work(event)
    done.add(call)
    if (done.size > KEPT) done.delete(done.values().next().value)
  }
  return 204
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    (e) => {
      console.error(e)
      response.writeHead(500).end()
    },
  )
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
