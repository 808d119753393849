import { WebhookRefused } from './errors.js'
import { equal, fromBase64, hmac } from './sha256.js'
import type { WebhookEvent } from './wire.js'

const TOLERANCE = 300

/** Headers as fetch has them, or as Node's http module has. */
export type HeadersLike = Headers | Record<string, string | string[] | undefined>

/**
 * Checks a webhook's call (Standard Webhooks) and returns its event; a WebhookRefused says why not.
 *
 * `secret` is the text that begins with whsec_, `body` the bytes as they came, `now` Unix seconds. One of the
 * signatures must be by the secret, and its time within `tolerance` seconds. A call may come twice: the header
 * webhook-id tells.
 */
export function verifyWebhook(
  secret: string, headers: HeadersLike, body: Uint8Array | string, now: number = Date.now() / 1000, tolerance: number = TOLERANCE,
): WebhookEvent {
  const key = fromBase64(secret.startsWith('whsec_') ? secret.slice(6) : secret)
  if (!key || key.length === 0) throw new TypeError('the secret is not whsec_ and base64')
  const id = header(headers, 'webhook-id')
  const at = header(headers, 'webhook-timestamp')
  const signatures = header(headers, 'webhook-signature')
  if (!id || !at || !signatures) throw new WebhookRefused('webhook-id, webhook-timestamp or webhook-signature is missing')
  if (!/^[0-9]{1,15}$/.test(at)) throw new WebhookRefused('webhook-timestamp is not a number of seconds')
  if (!(Math.abs(now - Number(at)) <= tolerance)) throw new WebhookRefused('webhook-timestamp is too far from now')
  const raw = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const want = hmac(key, new TextEncoder().encode(`${id}.${at}.`), raw)
  let good = false
  for (const signature of signatures.split(' ')) {
    const [version, text] = signature.split(',', 2)
    const said = version === 'v1' && text ? fromBase64(text) : undefined
    if (said && equal(want, said)) good = true
  }
  if (!good) throw new WebhookRefused('no signature is by this secret')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as WebhookEvent
  } catch {
    throw new WebhookRefused('the body is not JSON')
  }
}

function header(headers: HeadersLike, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? ''
  for (const [k, v] of Object.entries(headers)) {
    if (k.toLowerCase() === name) return Array.isArray(v) ? v.join(' ') : (v ?? '')
  }
  return ''
}
