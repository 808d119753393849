import { WebhookRefused } from './errors.js'
import { equal, fromBase64, hmac } from './sha256.js'
import type { WebhookEvent } from './wire.js'

const TOLERANCE = 300
const MAX_SIGNATURES = 32 // looked at of one call
const PUBLIC_BYTES = 32 // of a key of ed25519
const SIGNATURE_BYTES = 64

/** Headers as fetch has them, or as Node's http module has. */
export type HeadersLike = Headers | Record<string, string | string[] | undefined>

/** Public keys, by which calls of webhooks with "signature": "v1a" are checked. Who has them can forge none. */
export interface WebhookKeys {
  /** Those of GET /.well-known/webhook-keys, texts that begin with whpk_; one of the signatures must be by one of them. */
  publicKeys: readonly string[]
  /**
   * The id of the receiver's own webhook (wh_ and 32 hexadecimal digits). It may be left out only with the keys of one
   * owner (?owner=): those of the server sign the calls of all owners, any of whom can have any address called.
   */
  webhook?: string
}

/**
 * Checks a webhook's call (Standard Webhooks) and returns its event; a WebhookRefused says why not.
 *
 * `secret` is the text that begins with whsec_, `body` the bytes as they came, `now` Unix seconds. One of the
 * signatures must be by the secret, and its time within `tolerance` seconds. A call may come twice: the header
 * webhook-id tells.
 *
 * With public keys instead of the secret it checks the signatures v1a and gives a promise, which must be awaited: it is
 * rejected with a WebhookRefused. It takes WebCrypto with Ed25519 (Node 20 and later, browsers on pages with https);
 * without it the promise is rejected with an Error that says so.
 */
export function verifyWebhook(secret: string, headers: HeadersLike, body: Uint8Array | string, now?: number, tolerance?: number): WebhookEvent
export function verifyWebhook(keys: WebhookKeys, headers: HeadersLike, body: Uint8Array | string, now?: number, tolerance?: number): Promise<WebhookEvent>
export function verifyWebhook(
  by: string | WebhookKeys, headers: HeadersLike, body: Uint8Array | string, now: number = Date.now() / 1000, tolerance: number = TOLERANCE,
): WebhookEvent | Promise<WebhookEvent> {
  if (typeof by !== 'string') return byKeys(by, headers, body, now, tolerance)
  if (by.startsWith('whpk_')) throw new TypeError('a public key is given as { publicKeys: [key] }, and what comes of it awaited')
  const key = fromBase64(by.startsWith('whsec_') ? by.slice(6) : by)
  if (!key || key.length === 0) throw new TypeError('the secret is not whsec_ and base64')
  const call = read(headers, body, now, tolerance)
  const want = hmac(key, call.begin, call.raw)
  let good = false
  for (const said of call.signed('v1')) if (equal(want, said)) good = true
  if (!good) throw new WebhookRefused('no signature is by this secret')
  return call.event()
}

async function byKeys(by: WebhookKeys, headers: HeadersLike, body: Uint8Array | string, now: number, tolerance: number): Promise<WebhookEvent> {
  const raw = by.publicKeys.map((text) => (text.startsWith('whpk_') ? fromBase64(text.slice(5)) : undefined))
  if (raw.length === 0) throw new TypeError('there is no public key')
  const keys = await Promise.all(raw.map(imported))
  const call = read(headers, body, now, tolerance)
  const message = new Uint8Array(call.begin.length + call.raw.length)
  message.set(call.begin)
  message.set(call.raw, call.begin.length)
  let good = false
  for (const said of call.signed('v1a')) {
    if (said.length !== SIGNATURE_BYTES) continue
    for (const key of keys) good ||= await crypto.subtle.verify('Ed25519', key, Uint8Array.from(said), message)
  }
  if (!good) throw new WebhookRefused('no signature is by one of these public keys')
  if (by.webhook && !call.id.endsWith('_' + by.webhook.replace(/^wh_/, ''))) throw new WebhookRefused('the call is of another webhook')
  return call.event()
}

async function imported(raw: Uint8Array | undefined): Promise<CryptoKey> {
  if (raw?.length !== PUBLIC_BYTES) throw new TypeError('a public key is not whpk_ and base64 of 32 bytes')
  const without = 'public keys need WebCrypto with Ed25519, which is not here: it is in Node 20 and later, and in newer browsers on pages with https'
  if (!globalThis.crypto?.subtle) throw new Error(without)
  try {
    return await crypto.subtle.importKey('raw', Uint8Array.from(raw), 'Ed25519', false, ['verify'])
  } catch (e) {
    if ((e as { name?: unknown } | null)?.name === 'NotSupportedError') throw new Error(without, { cause: e })
    throw new TypeError('a public key is none of ed25519', { cause: e })
  }
}

/** A call whose headers are well formed and whose time is good; nothing of its signatures is judged. */
interface Call {
  id: string
  /** What is signed: begin and raw. */
  begin: Uint8Array
  raw: Uint8Array
  /** The signatures of a version. */
  signed(version: string): Uint8Array[]
  event(): WebhookEvent
}

function read(headers: HeadersLike, body: Uint8Array | string, now: number, tolerance: number): Call {
  const id = header(headers, 'webhook-id')
  const at = header(headers, 'webhook-timestamp')
  const signatures = header(headers, 'webhook-signature')
  if (!id || !at || !signatures) throw new WebhookRefused('webhook-id, webhook-timestamp or webhook-signature is missing')
  if (!/^[0-9]{1,15}$/.test(at)) throw new WebhookRefused('webhook-timestamp is not a number of seconds')
  if (!(Math.abs(now - Number(at)) <= tolerance)) throw new WebhookRefused('webhook-timestamp is too far from now')
  const raw = typeof body === 'string' ? new TextEncoder().encode(body) : body
  return {
    id, raw, begin: new TextEncoder().encode(`${id}.${at}.`),
    signed: (version) =>
      signatures.split(' ').map((s) => s.split(',', 2)).filter(([v]) => v === version).slice(0, MAX_SIGNATURES).flatMap(([, text]) => fromBase64(text ?? '') ?? []),
    event() {
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as WebhookEvent
      } catch {
        throw new WebhookRefused('the body is not JSON')
      }
    },
  }
}

function header(headers: HeadersLike, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? ''
  for (const [k, v] of Object.entries(headers)) {
    if (k.toLowerCase() === name) return Array.isArray(v) ? v.join(' ') : (v ?? '')
  }
  return ''
}
