/** The words of the wire: answers are these, as they came. */

/** A job that was accepted. */
export interface Accepted {
  status: 'accepted'
  job_id: string
  status_url: string
  request_id: string
}

/** Why a job failed; details have line and column, from 1, where the input is text. */
export interface JobError {
  code: string
  message: string
  details: Record<string, unknown>
}

/** What a synchronous call answers. Tools may answer JSON of their own. */
export interface Result {
  request_id: string
  status: 'success'
  /** A link that needs no key, until it expires. */
  file: string
  /** At most 1,000 characters of the output. */
  preview: string
  content_type?: string
  /** Where an outputUrl was asked for. */
  delivered?: { url_host: string; bytes: number; digest: string }
}

interface Always {
  job_id: string
  /** Unix seconds. */
  created_at: number
  updated_at: number
}

/** A job that waits or runs. */
export interface Unfinished extends Always {
  status: 'queued' | 'processing'
  message: string
  /** Seconds after which to ask again. */
  retry_after: number
}

export interface Succeeded extends Always {
  status: 'success'
  result: Result
}

export interface Failed extends Always {
  status: 'failed'
  error: JobError
}

/** Where a job stands. */
export type Status = Unfinished | Succeeded | Failed

/** One try at a job. */
export interface Attempt {
  attempt: number
  started_at: number
  ended_at?: number
  worker?: string
  error?: string
}

/** What `full: true` adds to a status, whose message is then what those who do the work said last, if they say anything. */
export interface Full {
  tool: string
  attempt: number
  max_attempts: number
  progress?: number
  queue_position?: number
  waiting_reason?: string
  run_at?: number
  estimated_seconds?: number
  /** It ends by itself if no attempt has begun by then. */
  start_by?: number
  /** And by then in any case. */
  finish_by?: number
  group?: string
  started_at?: number
  finished_at?: number
  expires_at?: number
  attempts: Attempt[]
  metadata?: Record<string, string>
}

export type FullStatus = Status & Full

/** A job's status has changed. */
export interface StatusEvent {
  event: 'status'
  /** For `events(job, { after: id })`; empty where the server's events cannot be had. */
  id: string
  status: Status
}

interface Word<Name extends string> {
  event: Name
  id: string
  /** Who says it: what another attempt says begins anew. */
  attempt: number
  /** Unix seconds; not of progress. */
  at?: number
  /** Bytes that the attempt said just before, and that are not kept. */
  dropped?: number
}

/** How far a job is, in percent. */
export interface ProgressEvent extends Word<'progress'> {
  progress: number
}

/** What is being done now. */
export interface MessageEvent extends Word<'message'> {
  message: string
}

/** Lines of a job's log. */
export interface LogEvent extends Word<'log'> {
  log: string[]
}

/** A piece of what a job writes, which goes on where the attempt's last one ended. */
export interface OutputEvent extends Word<'output'> {
  output: string
}

/** What a job's event stream tells; `event` says which it is. */
export type JobEvent = StatusEvent | ProgressEvent | MessageEvent | LogEvent | OutputEvent

/** The lines that a job has said, oldest first; `dropped` are those for which there was no room. */
export interface JobLog {
  /** `at` is in Unix seconds. */
  lines: { at: number; text: string }[]
  dropped: number
}

/** How the jobs of a group stand. */
export interface Group {
  group: string
  jobs: { queued: number; processing: number; success: number; failed: number }
  total: number
  /** It takes no more jobs. */
  closed: boolean
  /** All of its jobs have ended. */
  done: boolean
  first_error?: JobError & { job_id: string }
  estimated_seconds?: number
  created_at: number
  updated_at: number
  /** Seconds after which to ask again, while it is not done. */
  retry_after?: number
}

/** Jobs that have ended, in the order of their ends, and where the feed goes on. */
export interface FeedPage<Job = Status> {
  jobs: Job[]
  next_cursor: string
}

/** A leave of five minutes to read one job, for browsers. */
export interface JobToken {
  token: string
  expires_at: number
}

/** How much of something is used; a limit of 0 is none. */
export interface Allowance {
  used: number
  limit: number
}

/** What the owner of the key has used. */
export interface Usage {
  owner: string
  subject?: string
  plan: string
  period: { start: number; end: number }
  jobs: Allowance
  stored_bytes: Allowance
  running: number
  queued: number
  paused: boolean
}

/** A request header that changes what a tool does. */
export interface ToolOption {
  header: string
  kind: string
  default?: string
  required?: boolean
  min?: number
  max?: number
  choices?: string[]
  summary: string
}

/** What there is to call, and how. */
export interface Tool {
  name: string
  path: string
  summary: string
  mode: string
  extensions: string[]
  input: { json: boolean; content_types: string[] }
  output: { extension?: string; content_type?: string }
  options: ToolOption[]
  limits: { max_bytes: number; timeout_seconds: number }
  input_schema?: unknown
  output_schema?: unknown
  annotations?: Record<string, unknown>
  paused: boolean
}

/** The body of a webhook's call. */
export interface WebhookEvent {
  type: string
  timestamp: string
  data: { sequence: number; job?: Status; result_url?: string; webhook_id?: string } & Record<string, unknown>
}
