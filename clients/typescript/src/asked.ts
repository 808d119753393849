import type { Progress } from './upload.js'

/** What is asked for beside the work itself. */
export interface SubmitOptions {
  /** The tool's own, with or without their x-. */
  options?: Record<string, string | number | boolean>
  metadata?: Record<string, string>
  /** -10 to 10. */
  priority?: number
  /** Unix seconds, or a date. */
  runAt?: number | Date
  /**
   * A job that has not begun by then fails with EXPIRED and is not charged: a date, Unix seconds, or, up to 31 days,
   * seconds from its acceptance.
   */
  startBy?: number | Date
  /** A job that is not finished by then is stopped and fails with TIMEOUT; as startBy. */
  finishBy?: number | Date
  /** 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-": jobs that are counted and waited for together. */
  group?: string
  /** Seconds that the job is kept after its end: at least 60, at most as long as the plan keeps jobs. */
  retention?: number
  /** The same of a job that fails. */
  retentionFailed?: number
  /** The job and its files go a minute after its outcome was fetched. */
  deleteOnRead?: boolean
  /** An https address that takes the output by a PUT before the job succeeds. It is a secret. */
  outputUrl?: string
  /** What those who download the output save it as. */
  outputName?: string
  webhookUrl?: string
  contentType?: string
  /** 1 to 255 printable characters: the same one within 24 hours gives the same job. Without it a random one. */
  idempotencyKey?: string
  /** A UUID that the result will carry. */
  requestId?: string
  /** The name of an input of more than 8 MiB, which is uploaded. */
  filename?: string
  progress?: Progress
  signal?: AbortSignal
}

/** The options as header fields. */
export function asked(o: SubmitOptions): Record<string, string> {
  const headers: Record<string, string> = { 'Idempotency-Key': o.idempotencyKey ?? random() }
  for (const [name, value] of Object.entries(o.options ?? {})) {
    const dashed = name.toLowerCase().replaceAll('_', '-')
    headers[dashed.startsWith('x-') ? dashed : 'x-' + dashed] = String(value)
  }
  const given = {
    'x-priority': o.priority,
    'x-run-at': o.runAt instanceof Date ? Math.trunc(o.runAt.getTime() / 1000) : o.runAt,
    'x-start-by': whole(o.startBy),
    'x-finish-by': whole(o.finishBy),
    'x-group': o.group,
    'x-retention': whole(o.retention),
    'x-retention-failed': whole(o.retentionFailed),
    'x-delete': o.deleteOnRead ? 'on-read' : undefined,
    'x-output-url': o.outputUrl,
    'x-output-name': ascii(o.outputName),
    'x-webhook-url': o.webhookUrl,
    'X-Request-Id': o.requestId,
    'x-metadata': o.metadata && JSON.stringify(o.metadata).replace(/[^\x20-\x7e]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')),
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = String(value)
  return headers
}

/** Seconds, or a date as Unix seconds, rounded up. */
function whole(at: number | Date | undefined): number | undefined {
  return at === undefined ? undefined : Math.ceil(at instanceof Date ? at.getTime() / 1000 : at)
}

/** A name as a header field can carry it (RFC 8187). */
function ascii(name: string | undefined): string | undefined {
  return name === undefined || (/^[\x00-\x7f]*$/.test(name) && !/^utf-8'/i.test(name)) ? name : "UTF-8''" + encodeURIComponent(name)
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')
}
