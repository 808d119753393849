/**
 * A client of a claimcheck server: hand in work, wait for it, fetch what became of it.
 *
 *     import { Client } from 'claimcheck'
 *
 *     const client = new Client('https://jobs.example.org', key)
 *     const result = await client.run('json-formatter', '{"a":[1,2]}', { options: { 'tab-space': 2 } })
 *     const bytes = await client.download(result.file)
 *
 * For browsers and Node 20 and later; it needs no other package. Answers are objects in the words of the API.
 * Requests are repeated after 429, 503 and lost connections, as the server asks; each submission has an
 * Idempotency-Key, so that one whose answer was lost is not done twice.
 */

import { asked, type SubmitOptions } from './asked.js'
import { type Answer, Calls, type Key, now, type Settings, SILENCE, lost, UNKNOWN_PAUSE, Watchdog } from './calls.js'
import { Download, type DownloadOptions } from './download.js'
import { ClaimcheckError, ConnectionLost, failure, isObject, JobFailed, jobFailed, retryAfter, WaitTimeout } from './errors.js'
import { parseEvents } from './events.js'
import { type FeedFilter, type Filter, query } from './filter.js'
import { type Content, reader, type Reader, rejoined, type Source } from './sources.js'
import { upload, type UploadOptions } from './upload.js'
import type { Accepted, FeedPage, FullStatus, Group, JobEvent, JobLog, JobToken, Result, Status, Tool, Usage } from './wire.js'

export type { SubmitOptions } from './asked.js'
export type { Key, Settings } from './calls.js'
export type { DownloadOptions } from './download.js'
export { ClaimcheckError, ConnectionLost, DigestMismatch, JobFailed, WaitTimeout, WebhookRefused } from './errors.js'
export type { FeedFilter, Filter } from './filter.js'
export type { Content, FromPath, FromUpload, FromURL, Source } from './sources.js'
export type { Progress, UploadOptions } from './upload.js'
export { type HeadersLike, verifyWebhook, type WebhookKeys } from './webhook.js'
export type * from './wire.js'

const UPLOAD_ABOVE = 8 << 20 // larger inputs are uploaded before they are submitted
const HOLD = 20 // seconds that a poll is held
const OF_THE_REQUEST = ['', 'INVALID_JOB_ID', 'UNAUTHORIZED', 'FORBIDDEN', 'JOB_NOT_FOUND', 'RATE_LIMITED', 'UNAVAILABLE'] // not the job's

export interface WaitOptions {
  /** Seconds after which a WaitTimeout is thrown; the job goes on. */
  timeout?: number
  signal?: AbortSignal
}

export interface EventOptions extends WaitOptions {
  /** The `id` of the last event that was dealt with. */
  after?: string
}

/** Makes requests with one key. */
export class Client {
  readonly url: string
  private readonly calls: Calls

  /** `key` may be the token of one job, or a function that gets one, for pages that have no key. */
  constructor(url: string, key: Key, settings: Settings = {}) {
    this.calls = new Calls(url, key, settings)
    this.url = this.calls.base
  }

  /** Hands in work as a job. What is larger than 8 MiB is uploaded first. */
  async submit(tool: string, input: Source, o: SubmitOptions = {}): Promise<Accepted> {
    const a = await this.post(tool, input, o, 'respond-async')
    const accepted = json<Accepted>(a)
    if (typeof accepted?.job_id !== 'string') throw new ClaimcheckError('the answer names no job: the idempotencyKey is perhaps that of a run', { httpStatus: a.status })
    return accepted
  }

  /**
   * Hands in work and returns its result, whether it comes at once or the server makes a job of it. JobFailed or
   * another ClaimcheckError says why there is none.
   */
  async run(tool: string, input: Source, o: SubmitOptions & WaitOptions = {}): Promise<Result> {
    const a = await this.post(tool, input, o)
    if (a.status !== 202) return json<Result>(a)
    const s = await this.wait(json<Accepted>(a).job_id, o)
    if (s.status === 'failed') throw jobFailed(s)
    return (s as Extract<Status, { status: 'success' }>).result
  }

  /** Waits until a job is finished, well or not, and returns its last status. */
  async wait(jobId: string, o: WaitOptions = {}): Promise<Status> {
    let last: Status | undefined
    for await (last of this.changes(jobId, o, true)) if (final(last)) return last
    throw new WaitTimeout(jobId, last)
  }

  /**
   * Yields each change of a job, first what it is now, until it is finished. It follows the server's events and goes on
   * after those it has seen when the line or the server was gone; where events cannot be had it asks again and again.
   */
  async *watch(jobId: string, o: WaitOptions = {}): AsyncGenerator<Status, void, void> {
    for await (const e of this.events(jobId, o)) if (e.event === 'status') yield e.status
  }

  /**
   * Yields what watch does as events and, between them, what those who do the work say of it: first what they have said
   * so far, then each message, progress, lines of the log and piece of the output as it comes, once each, also where the
   * line or the server was gone, and, with the `id` of an event as `after`, in another program. What another attempt
   * says begins anew. Where events cannot be had there are the statuses alone.
   */
  async *events(jobId: string, o: EventOptions = {}): AsyncGenerator<JobEvent, void, void> {
    const until = o.timeout === undefined ? Infinity : now() + o.timeout
    let seen = o.after ?? ''
    let last: Status | undefined
    let contact = now()
    // Twice nothing but an end: events cannot be had.
    for (let poor = 1, lostTimes = 0, renewed = false; poor <= 2; poor++) {
      let pause = 1
      try {
        for await (const e of this.stream(jobId, seen, Math.max(0.1, Math.min(SILENCE, until - now())), o.signal)) {
          contact = now()
          lostTimes = poor = 0
          renewed = false
          if (now() >= until) break
          if (!e) continue
          seen = e.id
          if (e.event !== 'status') {
            yield e
            continue
          }
          if (!last || moved(last, e.status)) yield e
          last = e.status
          if (final(last)) return
        }
      } catch (e) {
        if (!(e instanceof ClaimcheckError)) throw e
        if (e.httpStatus === 401 && !renewed && this.calls.forget()) {
          renewed = true
          poor = 0
          continue
        }
        const wanted = this.calls.pauseAfter(e, ++lostTimes)
        if ((wanted === undefined && e.code) || (e instanceof ConnectionLost && now() - contact > this.calls.outage)) throw e
        if ((e instanceof ConnectionLost && !e.brokeOff) || e.code) poor = 0 // that says nothing of streams
        pause = wanted ?? 0
      }
      if (now() >= until) throw new WaitTimeout(jobId, last)
      await this.calls.sleep(Math.max(0, Math.min(pause, until - now())), o.signal)
    }
    const rest = until === Infinity ? o : { ...o, timeout: Math.max(0, until - now()) }
    for await (const s of this.changes(jobId, rest, false)) {
      if (!last || moved(last, s)) yield { event: 'status', id: '', status: s }
      last = s
      if (final(s)) return
    }
    throw new WaitTimeout(jobId, last)
  }

  /** Returns the lines that a job's attempts have said, as far as they are kept. */
  async log(jobId: string): Promise<JobLog> {
    return json<JobLog>(await this.calls.send('GET', job(jobId) + '/log'))
  }

  /** Asks once where a job stands; `full` for all that is known of it. */
  async get(jobId: string, o: { full: true; signal?: AbortSignal }): Promise<FullStatus>
  async get(jobId: string, o?: { full?: boolean; signal?: AbortSignal }): Promise<Status>
  async get(jobId: string, o: { full?: boolean; signal?: AbortSignal } = {}): Promise<Status> {
    return json<Status>(await this.calls.send('GET', job(jobId) + (o.full ? '?view=full' : ''), { signal: o.signal }))
  }

  /** Yields the jobs that pass all filters, the newest first, page after page. */
  list(f: Filter & { full: true }): AsyncGenerator<FullStatus, void, void>
  list(f?: Filter): AsyncGenerator<Status, void, void>
  async *list(f: Filter = {}): AsyncGenerator<Status, void, void> {
    const q = query(f)
    for (;;) {
      const page = json<{ jobs: Status[]; next_cursor: string | null }>(await this.calls.send('GET', '/jobs?' + q.toString(), { signal: f.signal }))
      yield* page.jobs
      if (page.next_cursor === null) return // a page with few jobs, or none, is not the last
      q.set('cursor', page.next_cursor)
    }
  }

  /**
   * Yields the jobs that end, in the order of their ends, in pages of at most `limit`. It goes on after `cursor`; without
   * one it begins now, and its first page has no jobs but a cursor. Who keeps the `next_cursor` of each page once its
   * jobs are dealt with, and begins there again, misses no job and sees none twice, but those of a page that was not
   * dealt with. It waits for jobs without end or, with `timeout`, for so many seconds; 0 takes what there is.
   */
  feed(cursor: string | undefined, f: FeedFilter & WaitOptions & { full: true }): AsyncGenerator<FeedPage<FullStatus>, void, void>
  feed(cursor?: string, f?: FeedFilter & WaitOptions): AsyncGenerator<FeedPage, void, void>
  async *feed(cursor = '', f: FeedFilter & WaitOptions = {}): AsyncGenerator<FeedPage, void, void> {
    const until = f.timeout === undefined ? Infinity : now() + f.timeout
    const q = query(f)
    q.set('feed', '1')
    for (;;) {
      const began = now()
      const headers: Record<string, string> = {}
      if (cursor) q.set('cursor', cursor)
      if (cursor && until - began >= 1) headers['Prefer'] = `wait=${Math.trunc(Math.min(HOLD, until - began))}`
      const askPlainly = (): void => void delete headers['Prefer'] // perhaps too many are held already, or a proxy cuts them off
      const a = await this.calls.send('GET', '/jobs?' + q.toString(), { headers, until: began + this.calls.outage, failed: askPlainly, signal: f.signal })
      const page = json<FeedPage>(a)
      if (typeof page?.next_cursor !== 'string' || !Array.isArray(page.jobs)) {
        throw new ClaimcheckError('what came is no page of a feed: the server is perhaps older than feeds', { httpStatus: a.status })
      }
      const news = page.jobs.length > 0 || page.next_cursor !== cursor
      cursor = page.next_cursor
      if (news) yield page
      if (now() >= until && page.jobs.length < (f.limit ?? 50)) return
      if (!news && !('Prefer' in headers && now() - began >= 1)) {
        await this.calls.sleep(Math.max(0, Math.min(retryAfter(a.headers, page) || UNKNOWN_PAUSE, until - now())), f.signal)
      }
    }
  }

  /** Asks once how a group stands: the jobs that were handed in with its name as `group`. */
  async group(name: string): Promise<Group> {
    return asGroup(json(await this.calls.send('GET', group(name))))
  }

  /** Waits until all jobs that a group has are over, well or not. Until it is closed more may come afterwards. */
  async waitGroup(name: string, o: WaitOptions = {}): Promise<Group> {
    let last: Group | undefined
    for await (last of this.polls(group(name), o, { toTheEnd: true, tagged: false, check: asGroup, over: (g) => g.done })) if (last.done) return last
    throw new WaitTimeout('', undefined, { name, group: last })
  }

  /** Lets a group take no more jobs; once none is unfinished, webhooks with the event group.finished are called. */
  async closeGroup(name: string): Promise<Group> {
    return asGroup(json(await this.calls.send('POST', group(name) + '/close')))
  }

  /** Stops a job. One that runs stays processing until its attempt has stopped. */
  async cancel(jobId: string): Promise<Status> {
    let wasLost = false
    try {
      return json<Status>(await this.calls.send('POST', job(jobId) + '/cancel', { ok: [200, 202], failed: (e) => (wasLost ||= e instanceof ConnectionLost) }))
    } catch (e) {
      if (wasLost && e instanceof ClaimcheckError && e.code === 'JOB_FINISHED') {
        const is = await this.get(jobId)
        if (is.status === 'failed' && is.error.code === 'CANCELED') return is // by the try whose answer was lost
      }
      throw e
    }
  }

  /** Does a finished job's work again, as a new job. It is sent once: where its answer is lost there may be one. */
  async retry(jobId: string): Promise<Accepted> {
    return json<Accepted>(await this.calls.send('POST', job(jobId) + '/retry', { ok: [202], again: false }))
  }

  /** Removes a job and its files; it stops first. */
  async delete(jobId: string): Promise<void> {
    let wasLost = false
    try {
      await this.calls.send('DELETE', job(jobId), { ok: [204], failed: (e) => (wasLost ||= e instanceof ConnectionLost) })
    } catch (e) {
      if (!(wasLost && e instanceof ClaimcheckError && e.code === 'JOB_NOT_FOUND')) throw e
    }
  }

  /**
   * Returns exactly what the synchronous call would have answered: decoded, or as text with `raw` (numbers may have
   * more digits than JavaScript keeps). A job that failed throws JobFailed, one that is not finished JOB_UNFINISHED.
   */
  async result(jobId: string, o: { raw: true }): Promise<string>
  async result(jobId: string, o?: { raw?: false }): Promise<Result>
  async result(jobId: string, o: { raw?: boolean } = {}): Promise<Result | string> {
    const a = await this.calls.send('GET', job(jobId) + '/result', { ok: [200, 202] }).catch((e: unknown) => {
      if (!(e instanceof ClaimcheckError) || OF_THE_REQUEST.includes(e.code) || e.httpStatus >= 500) throw e
      throw new JobFailed(e.reason, { code: e.code, details: e.details, requestId: e.requestId, httpStatus: e.httpStatus, jobId })
    })
    if (a.status === 202) {
      const facts = { code: 'JOB_UNFINISHED', httpStatus: 202, retryAfter: retryAfter(a.headers, json(a)), requestId: a.headers.get('X-Request-Id') ?? '', jobId }
      throw new ClaimcheckError('The job is not finished.', facts)
    }
    return o.raw ? a.text : json<Result>(a)
  }

  /** Makes a token with which a browser may read this job for five minutes. */
  async token(jobId: string): Promise<JobToken> {
    return json<JobToken>(await this.calls.send('POST', job(jobId) + '/token'))
  }

  /** Returns what the owner of the key has used of the month and of the plan. */
  async usage(): Promise<Usage> {
    return json<Usage>(await this.calls.send('GET', '/usage'))
  }

  /** Returns the tools that the key may call, sorted by name. */
  async tools(): Promise<Tool[]> {
    return json<{ tools: Tool[] }>(await this.calls.send('GET', '/tools')).tools
  }

  /** Returns one tool. */
  async tool(name: string): Promise<Tool> {
    return json<Tool>(await this.calls.send('GET', '/tools/' + encodeURIComponent(name)))
  }

  /** Sends a file in parts and returns its key, for `{ file: key }`. What arrived is not sent again after a cut. */
  async upload(source: Exclude<Content, string>, o: UploadOptions = {}): Promise<string> {
    if (typeof source === 'string') throw new TypeError('upload takes bytes, a Blob, a stream or {path}')
    const r = await reader(source)
    try {
      return await upload(this.calls, r, o)
    } finally {
      await r.close()
    }
  }

  /**
   * Fetches the output of a job (its id, or the link in its result): as bytes or, with `path` in Node, to a file. A file
   * has its name only when it is whole and its SHA-256 is what the server says. What a lost connection leaves in
   * `<path>.<tag>.part` the next call goes on from.
   */
  async download(jobOrLink: string, o: DownloadOptions & { path: string }): Promise<void>
  async download(jobOrLink: string, o?: DownloadOptions): Promise<Uint8Array>
  async download(jobOrLink: string, o: DownloadOptions = {}): Promise<Uint8Array | void> {
    const given = jobOrLink.includes('://')
    const fresh = (): Promise<string> => this.link(jobOrLink)
    const d = new Download(this.calls, given ? jobOrLink : await fresh(), given ? undefined : fresh, o)
    return o.path === undefined ? d.bytes() : d.file(o.path)
  }

  private async link(jobId: string): Promise<string> {
    const s = await this.get(jobId)
    if (s.status === 'failed') throw jobFailed(s)
    if (s.status !== 'success') throw new ClaimcheckError('The job is not finished.', { jobId })
    if (typeof s.result?.file !== 'string') throw new ClaimcheckError('The job has no file.', { jobId })
    return s.result.file
  }

  private async post(tool: string, input: Source, o: SubmitOptions, prefer?: string): Promise<Answer> {
    const headers: Record<string, string> = { ...asked(o), ...(prefer ? { Prefer: prefer } : {}) }
    let body = await this.body(tool, input, o)
    if (body instanceof Uint8Array) headers['Content-Type'] = o.contentType ?? 'application/octet-stream'
    else {
      headers['x-source-type'] = 'url' in body ? 'url' : 'file'
      headers['Content-Type'] = 'application/json'
      body = new TextEncoder().encode(JSON.stringify(body))
    }
    return this.calls.send('POST', '/' + encodeURIComponent(tool) + '-api', { headers, body, ok: [200, 202], signal: o.signal })
  }

  /** Returns what is sent as the body, or where it is. */
  private async body(tool: string, input: Source, o: SubmitOptions): Promise<Uint8Array | { url: string } | { file: string }> {
    if (typeof input === 'object' && 'url' in input) return { url: input.url }
    if (typeof input === 'object' && 'file' in input) return { file: input.file }
    const r: Reader = await reader(input)
    try {
      const begin = await r.read(UPLOAD_ABOVE + 1)
      if (begin.length <= UPLOAD_ABOVE) return begin
      let name = o.filename ?? r.name
      if (!name.includes('.')) name = (name || 'input') + '.' + ((await this.tool(tool)).extensions[0] ?? 'txt')
      return { file: await upload(this.calls, rejoined(begin, r), { name, contentType: o.contentType, progress: o.progress, signal: o.signal }) }
    } finally {
      await r.close()
    }
  }

  /** Yields each status that long polls see; ends when the time is over. */
  private changes(jobId: string, o: WaitOptions, toTheEnd: boolean): AsyncGenerator<Status, void, void> {
    return this.polls(job(jobId), o, { toTheEnd, tagged: true, check: asStatus, over: final })
  }

  /** Yields what long polls see: each change where they are tagged, else now and then how it stands. */
  private async *polls<T>(path: string, o: WaitOptions, how: { toTheEnd: boolean; tagged: boolean; check: (v: unknown) => T; over: (v: T) => boolean }): AsyncGenerator<T, void, void> {
    const until = o.timeout === undefined ? Infinity : now() + o.timeout
    let tag = ''
    let hint = UNKNOWN_PAUSE
    for (;;) {
      const began = now()
      const left = until - began
      const headers: Record<string, string> = tag ? { 'If-None-Match': tag } : {}
      if (left >= 1 && (tag || how.toTheEnd)) headers['Prefer'] = `wait=${Math.min(Math.trunc(left), HOLD)}`
      const askPlainly = (): void => void delete headers['Prefer'] // perhaps too many are held already, or a proxy cuts them off
      let a: Answer
      try {
        a = await this.calls.send('GET', path, { headers, ok: [200, 304], until: Math.min(began + this.calls.outage, until), failed: askPlainly, signal: o.signal })
      } catch (e) {
        if (!(e instanceof ClaimcheckError)) throw e
        const rest = Math.max(0, until - now())
        if (rest > 0 && !(['RATE_LIMITED', 'UNAVAILABLE'].includes(e.code) && (e.retryAfter || UNKNOWN_PAUSE) > rest)) throw e
        await this.calls.sleep(rest, o.signal)
        return
      }
      if (a.status === 200) {
        tag = how.tagged ? (a.headers.get('ETag') ?? '') : ''
        const s = how.check(json(a))
        yield s
        if (how.over(s)) return
        hint = retryAfter(a.headers, s) || UNKNOWN_PAUSE
      } else hint = retryAfter(a.headers, undefined) || hint
      const held = 'Prefer' in headers && (a.headers.get('Preference-Applied') ?? '').includes('wait')
      const heldNext = (!how.toTheEnd && a.status === 200) || (held && ((a.status === 200 && how.tagged) || now() - began >= 1))
      if (now() >= until) return
      await this.calls.sleep(heldNext ? 0 : Math.min(hint, until - now()), o.signal)
    }
  }

  /** Yields one stream's events, and undefined for a sign of life. */
  private async *stream(jobId: string, seen: string, silence: number, signal: AbortSignal | undefined): AsyncGenerator<JobEvent | undefined> {
    const dog = new Watchdog(signal, silence)
    const path = job(jobId) + '/events'
    try {
      const r = await this.calls.open('GET', path, { Accept: 'text/event-stream', ...(seen ? { 'Last-Event-ID': seen } : {}) }, dog.signal)
      if (r.status === 204) {
        yield { event: 'status', id: seen, status: await this.get(jobId) }
        return
      }
      if (r.status !== 200) throw failure(r, await r.text().catch(() => ''))
      if (!r.body || !(r.headers.get('Content-Type') ?? '').startsWith('text/event-stream')) {
        await r.body?.cancel().catch(() => undefined)
        throw new ClaimcheckError('the answer is no event stream', { httpStatus: r.status })
      }
      const events = parseEvents(r.body, () => dog.feed())
      try {
        for (;;) {
          const { done, value: e } = await events.next().catch((cause: unknown) => lost('GET', path, cause, signal, true))
          if (done) return
          const name = e.event ?? ''
          if (e.data === undefined || (name !== 'status' && !WORDS.includes(name))) {
            yield undefined
            continue
          }
          const said = parsed(e.data)
          seen = e.id ?? seen
          if (name === 'status') yield { event: 'status', id: seen, status: asStatus(said) }
          else if (!isObject(said) || !(name in said)) throw new ClaimcheckError(`an event ${name} of the stream has no ${name}`)
          else yield { ...said, event: name, id: seen } as JobEvent
        }
      } finally {
        await events.return(undefined)
      }
    } finally {
      dog.stop()
    }
  }
}

const WORDS = ['progress', 'message', 'log', 'output'] // that those who do the work say

const group = (name: string): string => '/groups/' + encodeURIComponent(name)
const job = (id: string): string => '/jobs/' + encodeURIComponent(id)
const final = (s: Status): boolean => s.status === 'success' || s.status === 'failed'
const moved = (a: Status, b: Status): boolean => a.status !== b.status || a.updated_at !== b.updated_at

function json<T>(a: Answer): T {
  try {
    return JSON.parse(a.text) as T
  } catch (cause) {
    throw new ClaimcheckError('the answer is not JSON', { httpStatus: a.status, cause })
  }
}

function asStatus(v: unknown): Status {
  const is = v as Partial<Status> | null | undefined
  if (typeof is !== 'object' || is === null || is.job_id === undefined || is.status === undefined || is.updated_at === undefined) {
    throw new ClaimcheckError('what came is no status of a job')
  }
  return is as Status
}

function asGroup(v: unknown): Group {
  if (!isObject(v) || v['group'] === undefined || v['jobs'] === undefined || v['done'] === undefined) throw new ClaimcheckError('what came is no group')
  return v as unknown as Group
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClaimcheckError('an event of the stream is no JSON', { cause })
  }
}
