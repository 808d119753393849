/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) of bytes that come piece by piece.
 * WebCrypto takes only whole inputs, and is not there on pages without https.
 */

const K = new Uint32Array(64)
const FIRST = new Uint32Array(8)

// The constants are the first bits of the fractions of roots of primes.
for (let n = 0, candidate = 2; n < 64; candidate++) {
  let prime = true
  for (let d = 2; d * d <= candidate; d++) prime &&= candidate % d !== 0
  if (!prime) continue
  const bits = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) >>> 0
  if (n < 8) FIRST[n] = bits(Math.sqrt(candidate))
  K[n++] = bits(Math.cbrt(candidate))
}

export class Sha256 {
  private readonly h = Uint32Array.from(FIRST)
  private readonly w = new Uint32Array(64)
  private readonly rest = new Uint8Array(64)
  private kept = 0
  private bytes = 0

  update(data: Uint8Array): this {
    this.bytes += data.length
    let at = 0
    if (this.kept > 0) {
      at = Math.min(64 - this.kept, data.length)
      this.rest.set(data.subarray(0, at), this.kept)
      this.kept += at
      if (this.kept < 64) return this
      this.block(this.rest, 0)
      this.kept = 0
    }
    for (; at + 64 <= data.length; at += 64) this.block(data, at)
    this.rest.set(data.subarray(at))
    this.kept = data.length - at
    return this
  }

  digest(): Uint8Array {
    const bits = this.bytes * 8
    const end = new Uint8Array(this.kept < 56 ? 64 - this.kept : 128 - this.kept)
    end[0] = 0x80
    const view = new DataView(end.buffer)
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(end.length - 4, bits >>> 0)
    this.update(end)
    const out = new DataView(new ArrayBuffer(32))
    this.h.forEach((word, i) => out.setUint32(4 * i, word))
    return new Uint8Array(out.buffer)
  }

  private block(p: Uint8Array, at: number): void {
    const { w, h } = this
    for (let i = 0; i < 16; i++, at += 4) w[i] = (p[at]! << 24) | (p[at + 1]! << 16) | (p[at + 2]! << 8) | p[at + 3]!
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
    }
    let a = h[0]!, b = h[1]!, c = h[2]!, d = h[3]!, e = h[4]!, f = h[5]!, g = h[6]!, j = h[7]!
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (j + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      j = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0
    }
    h[0]! += a; h[1]! += b; h[2]! += c; h[3]! += d; h[4]! += e; h[5]! += f; h[6]! += g; h[7]! += j
  }
}

export function hmac(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const k = new Uint8Array(64)
  k.set(key.length > 64 ? new Sha256().update(key).digest() : key)
  const inner = new Sha256().update(k.map((b) => b ^ 0x36))
  for (const p of parts) inner.update(p)
  return new Sha256().update(k.map((b) => b ^ 0x5c)).update(inner.digest()).digest()
}

/** Compares in a time that does not depend on where bytes differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  let differ = a.length ^ b.length
  for (let i = 0; i < a.length; i++) differ |= a[i]! ^ (b[i] ?? 0)
  return differ === 0
}

/** Decodes base64 (RFC 4648, section 4), strictly; undefined for anything else. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const b of bytes) text += String.fromCharCode(b)
  return btoa(text)
}
