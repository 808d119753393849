import type { Failed, Group, JobError, Status } from './wire.js'

/** What is known of a failure beside its message. */
export interface Facts {
  code?: string
  details?: Record<string, unknown>
  requestId?: string
  httpStatus?: number
  retryAfter?: number
  jobId?: string
  cause?: unknown
}

/** A refused request. `code` is empty where the answer was not the API's. */
export class ClaimcheckError extends Error {
  override name = 'ClaimcheckError'
  /** For instance INVALID_JSON. */
  readonly code: string
  /** One sentence for people. */
  readonly reason: string
  readonly details: Record<string, unknown>
  readonly requestId: string
  /** 0: there was no answer, or the job failed, not the request. */
  readonly httpStatus: number
  /** Seconds that the server asks to wait; 0: it does not say. */
  readonly retryAfter: number
  readonly jobId: string

  constructor(reason: string, facts: Facts = {}) {
    const { code = '', details = {}, httpStatus = 0 } = facts
    const prefix = code ? `${code}: ` : httpStatus ? `HTTP ${httpStatus}: ` : ''
    const where = typeof details['line'] === 'number' ? ` (line ${details['line']}, column ${String(details['column'])})` : ''
    const why = typeof details['reason'] === 'string' ? ` ${details['reason']}` : ''
    super(prefix + reason + where + why, facts.cause === undefined ? {} : { cause: facts.cause })
    this.code = code
    this.reason = reason
    this.details = details
    this.requestId = facts.requestId ?? ''
    this.httpStatus = httpStatus
    this.retryAfter = facts.retryAfter ?? 0
    this.jobId = facts.jobId ?? ''
  }
}

/** The job of a run ended as failed. */
export class JobFailed extends ClaimcheckError {
  override name = 'JobFailed'
}

/** The server could not be reached, or its answer was lost. */
export class ConnectionLost extends ClaimcheckError {
  override name = 'ConnectionLost'
  /** The answer had begun. */
  readonly brokeOff: boolean

  constructor(reason: string, facts: Facts = {}, brokeOff = false) {
    super(reason, facts)
    this.brokeOff = brokeOff
  }
}

/** What was downloaded is not what the server says the file is, or it does not say. */
export class DigestMismatch extends ClaimcheckError {
  override name = 'DigestMismatch'
}

/** The time for waiting is over; the job, or the group, goes on. */
export class WaitTimeout extends ClaimcheckError {
  override name = 'WaitTimeout'
  /** The job's status as last seen. */
  readonly last: Status | undefined
  /** How the group stood that was waited for. */
  readonly group: Group | undefined

  constructor(jobId: string, last: Status | undefined, of?: { name: string; group: Group | undefined }) {
    super(of ? `group ${of.name} is not done; it goes on` : `job ${jobId} is not finished; it goes on`, { jobId })
    this.last = last
    this.group = of?.group
  }
}

/** A call that was not signed with the secret, or not now. */
export class WebhookRefused extends Error {
  override name = 'WebhookRefused'
}

export function jobFailed(s: Failed): JobFailed {
  const e: JobError = s.error
  return new JobFailed(e.message, { code: e.code, details: e.details, jobId: s.job_id })
}

/** What Retry-After says in seconds, else what the body says, else 0. */
export function retryAfter(headers: Headers, body: unknown): number {
  const said = (headers.get('Retry-After') ?? '').trim()
  if (/^[0-9]+$/.test(said)) return Math.min(Number(said), ENDLESS)
  const at = date(said)
  if (at !== undefined) return Math.max(1, (at - (date(headers.get('Date') ?? '') ?? Date.now())) / 1000) // by the clock of who sent it
  const n = isObject(body) ? body['retry_after'] : undefined
  return typeof n === 'number' && n > 0 ? n : 0
}

const ENDLESS = 2 ** 31

/** A date of HTTP, in milliseconds; Date.parse alone takes much else. */
function date(text: string): number | undefined {
  const at = / GMT$/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(at) ? undefined : at
}

export function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v)
}

/** An answer of 300 and more as an error. */
export function failure(r: Response, text: string): ClaimcheckError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // not the API's
  }
  let code = ''
  let details: Record<string, unknown> = {}
  let reason = r.statusText || 'the server refused the request'
  const line = /^([A-Z][A-Z_]+): (.*)/.exec(text) // of uploads in parts
  if (isObject(body) && body['status'] === 'error' && typeof body['error'] === 'string') {
    code = body['error']
    const { message, ...rest } = isObject(body['details']) ? body['details'] : {}
    details = rest
    if (typeof message === 'string') reason = message
  } else if (line && (r.headers.get('Content-Type') ?? '').startsWith('text/plain')) {
    code = line[1] ?? ''
    reason = line[2] ?? ''
  } else if (r.type === 'opaqueredirect' || (r.status >= 300 && r.status < 400)) {
    reason = 'the server sends requests elsewhere; the key is not sent along: use the address that it names'
  }
  const requestId = r.headers.get('X-Request-Id') ?? ''
  return new ClaimcheckError(reason, { code, details, requestId, httpStatus: r.status, retryAfter: retryAfter(r.headers, body) })
}
