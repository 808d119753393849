import { ClaimcheckError, ConnectionLost, failure } from './errors.js'

/** How a client's requests are made. */
export interface Settings {
  /** How often a request is made at most; 5. */
  tries?: number
  /** The longest pause in seconds that the server may ask for; a longer one is an error at once, as after QUOTA_EXCEEDED. 120. */
  maxPause?: number
  /** How many seconds wait and watch bear a server that cannot be reached; 300. */
  outage?: number
  /** Instead of the global one. */
  fetch?: typeof fetch
  /** Instead of timers: seconds, for tests. */
  sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>
}

/** A key, or what reads one job: a token, or how to get one, which is asked again when it has expired. */
export type Key = string | { token: string | (() => Promise<string>) }

export interface Call {
  headers?: Record<string, string>
  body?: Uint8Array | undefined
  /** Statuses that are no failure; 200. */
  ok?: number[]
  /** false: it may not be done twice. */
  again?: boolean
  /** A time of now() after which no other try begins, instead of a number of tries. */
  until?: number | undefined
  failed?: (e: ClaimcheckError) => void
  signal?: AbortSignal | undefined
}

/** An answer that was read whole. */
export interface Answer {
  status: number
  headers: Headers
  text: string
}

/** Seconds. */
export const SILENCE = 45 // a stream has a sign of life every 15 seconds
export const UNKNOWN_PAUSE = 5 // where an answer does not say how long
const LONGEST_GROWN = 15 // of the pauses after lost connections
const LATE = 5 // how late an answer may be when there is a time for waiting
const WHOLE = 120 // for an answer to come

/** Seconds of a clock that never steps. */
export const now = (): number => performance.now() / 1000

/** Ends a request that is silent for too long, or whose caller wants it no longer. */
export class Watchdog {
  private readonly end = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  readonly signal: AbortSignal = this.end.signal
  private readonly abort = (): void => this.end.abort(this.caller?.reason)

  constructor(private readonly caller: AbortSignal | undefined, private readonly seconds: number) {
    if (caller?.aborted) this.abort()
    caller?.addEventListener('abort', this.abort)
    this.feed()
  }

  feed(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.end.abort(new DOMException('nothing came', 'TimeoutError')), this.seconds * 1000)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.caller?.removeEventListener('abort', this.abort)
  }
}

/** Makes requests with a key, and repeats those that may be. */
export class Calls {
  readonly base: string
  readonly tries: number
  readonly maxPause: number
  readonly outage: number
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>
  private readonly fetch: typeof fetch
  private token: string | undefined

  constructor(url: string, private readonly key: Key, s: Settings) {
    const u = URL.canParse(url) ? new URL(url) : undefined
    if (!u || (u.protocol !== 'http:' && u.protocol !== 'https:') || u.search || u.hash || u.username || u.password) {
      throw new TypeError('the URL must be http or https, with a host, and without a user name and a query') // it is not told: it may have secrets
    }
    if (typeof key === 'string' && !/^[\x21-\x7e]+$/.test(key)) throw new TypeError('the key must be printable ASCII and not empty')
    this.base = url.replace(/\/+$/, '')
    this.tries = Math.max(1, s.tries ?? 5)
    this.maxPause = s.maxPause ?? 120
    this.outage = s.outage ?? 300
    this.sleep = s.sleep ?? sleep
    this.fetch = s.fetch ?? ((input, init) => fetch(input, init)) // which wants to be called as its own
  }

  /** Makes a call, again where that is worth it, and returns its answer. */
  async send(method: string, path: string, c: Call = {}): Promise<Answer> {
    for (let n = 1, renewed = false; ; n++) {
      let error: ClaimcheckError
      try {
        const a = await this.once(method, path, c)
        const good = (c.ok ?? [200]).includes(a.r.status)
        if (good && brokenOff(a.r, a.text)) throw new ConnectionLost(`${method} ${path.split('?')[0]}: the answer breaks off`)
        if (good) return { status: a.r.status, headers: a.r.headers, text: a.text }
        error = failure(a.r, a.text)
      } catch (e) {
        if (!(e instanceof ConnectionLost)) throw e
        error = e
      }
      if (error.httpStatus === 401 && !renewed && this.forget()) {
        renewed = true
        continue
      }
      let pause = this.pauseAfter(error, n)
      const refused = ['RATE_LIMITED', 'TOO_MANY_JOBS', 'UNAVAILABLE'].includes(error.code) && !error.details['outcome']
      if (c.again === false && (!refused || method === 'PATCH')) pause = undefined // it may have been done
      if (pause === undefined || (c.until === undefined ? n >= this.tries : now() + pause > c.until)) throw error
      c.failed?.(error)
      await this.sleep(pause, c.signal)
    }
  }

  private async once(method: string, path: string, c: Call): Promise<{ r: Response; text: string }> {
    const dog = new Watchdog(c.signal, c.until === undefined ? WHOLE : Math.min(WHOLE, Math.max(0, c.until - now()) + LATE))
    try {
      const r = await this.open(method, path, { Accept: 'application/json', ...c.headers }, dog.signal, c.body)
      return { r, text: await r.text().catch((e: unknown) => lost(method, path, e, c.signal, true)) }
    } finally {
      dog.stop()
    }
  }

  /** Makes one request with the key, which follows no redirect; its body is the caller's to read. */
  async open(method: string, path: string, headers: Record<string, string>, signal: AbortSignal, body?: Uint8Array): Promise<Response> {
    let url = this.base + path
    if (typeof this.key === 'string') headers = { ...headers, 'x-api-key': this.key }
    else url += (url.includes('?') ? '&' : '?') + 'access_token=' + encodeURIComponent((this.token ??= await this.fresh(this.key.token)))
    return this.request(url, { method, headers, redirect: 'manual', signal, ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}) })
  }

  /** Makes one request; a lost one is ConnectionLost. */
  async request(url: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const headers = new Headers() // which tells what cannot be sent at all
    for (const [name, value] of Object.entries(init.headers ?? {})) headers.set(name, utf8(value))
    try {
      return await this.fetch(url, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', ...init, headers })
    } catch (e) {
      return lost(init.method ?? 'GET', url, e, init.signal ?? undefined)
    }
  }

  private async fresh(token: string | (() => Promise<string>)): Promise<string> {
    return typeof token === 'string' ? token : token()
  }

  /** Forgets a token that can be had anew. */
  forget(): boolean {
    const again = typeof this.key !== 'string' && typeof this.key.token !== 'string' && this.token !== undefined
    if (again) this.token = undefined
    return again
  }

  /** Says how long to wait after the n-th failure; undefined: another try is not worth it. */
  pauseAfter(e: ClaimcheckError, n: number): number | undefined {
    const grown = Math.min(2 ** Math.min(n - 1, 10), LONGEST_GROWN, this.maxPause)
    if (e instanceof ConnectionLost) return grown
    const byProxy = !e.code && e.httpStatus >= 500 // it speaks for a server that is down
    if (e.httpStatus !== 429 && e.httpStatus !== 503 && !byProxy) return undefined
    const pause = e.retryAfter || (byProxy ? grown : Math.min(UNKNOWN_PAUSE, this.maxPause))
    return pause <= this.maxPause ? pause : undefined
  }
}

/** A text as header fields carry it: a character for each byte of its UTF-8. */
function utf8(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Array.from(new TextEncoder().encode(text), (b) => String.fromCharCode(b)).join('')
}

/** Tells whether an answer says that it is JSON and is none: with HTTP/1.0 nothing else tells that it was cut. */
function brokenOff(r: Response, text: string): boolean {
  const kind = (r.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (text === '' || kind !== 'application/json') return false
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}

/** Throws what became of a request: the caller's own wish, or ConnectionLost. */
export function lost(method: string, url: string, cause: unknown, signal: AbortSignal | undefined, brokeOff = false): never {
  const reason: unknown = signal?.aborted ? signal.reason : undefined
  if (reason !== undefined && !(reason instanceof DOMException && reason.name === 'TimeoutError' && reason.message === 'nothing came')) throw reason
  throw new ConnectionLost(`${method} ${url.split('?')[0]}: the connection was lost`, { cause }, brokeOff)
}

function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
