import type { Calls } from './calls.js'
import { ClaimcheckError } from './errors.js'
import { toBase64 } from './sha256.js'
import type { Reader } from './sources.js'

const CHUNK = 8 << 20 // bytes of one request
const TUS = { 'Tus-Resumable': '1.0.0' }

/** Bytes so far, and of all where that is known. */
export type Progress = (done: number, total: number | undefined) => void

export interface UploadOptions {
  /** What the file is called, with its extension; needed where the source has no name. */
  name?: string | undefined
  contentType?: string | undefined
  progress?: Progress | undefined
  signal?: AbortSignal | undefined
}

/** Sends a file in parts (tus 1.0) and returns its key. What arrived is not sent again after a cut. */
export async function upload(calls: Calls, source: Reader, o: UploadOptions): Promise<string> {
  const text = (s: string): string => toBase64(new TextEncoder().encode(s))
  const meta = 'filename ' + text(fileName(o.name ?? source.name)) + (o.contentType ? ',filetype ' + text(o.contentType) : '')
  let size = source.size
  const deferred = size === undefined
  const length: Record<string, string> = deferred ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(size) }
  const begun = await calls.send('POST', '/files/', { headers: { ...TUS, 'Upload-Metadata': meta, ...length }, ok: [201], signal: o.signal })
  const where = '/files/' + (begun.headers.get('Location') ?? '').replace(/[?#].*$/, '').replace(/^.*\//, '') // at the server that we know: the key goes nowhere else
  let key = begun.headers.get('Upload-Key') ?? ''
  let done = 0
  let chunk = await source.read(CHUNK)
  while (chunk.length > 0 || size === undefined) {
    const more = await source.read(CHUNK)
    const last = more.length === 0
    if (last) size ??= done + chunk.length
    key = (await add(calls, where, chunk, done, deferred && last ? size : undefined, o.signal)) || key
    done += chunk.length
    o.progress?.(done, size)
    chunk = more
    if (last) break
  }
  if (done !== size) throw new ClaimcheckError(`the file had ${size} bytes when the upload began and ${done} when it ended`)
  return key
}

/** Adds bytes to an upload, from where the server says that it is. */
async function add(calls: Calls, where: string, chunk: Uint8Array, begin: number, length: number | undefined, signal: AbortSignal | undefined): Promise<string> {
  let at = begin
  for (let failures = 0; ; ) {
    const headers: Record<string, string> = { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(at) }
    if (length !== undefined) headers['Upload-Length'] = String(length)
    let said: Headers
    try {
      said = (await calls.send('PATCH', where, { headers, body: chunk.subarray(at - begin), ok: [204], again: false, signal })).headers
    } catch (e) {
      if (!(e instanceof ClaimcheckError)) throw e
      const pause = [0, 409, 423, 460].includes(e.httpStatus) ? Math.min(2 ** failures, 15) : calls.pauseAfter(e, failures + 1)
      failures++
      if (pause === undefined || failures >= calls.tries) throw e
      await calls.sleep(pause, signal)
      said = (await calls.send('HEAD', where, { headers: TUS, signal })).headers
      if (said.has('Upload-Length')) length = undefined // it may be said once
    }
    const now = Number(said.get('Upload-Offset') ?? NaN)
    if (!(now >= begin && now <= begin + chunk.length)) throw new ClaimcheckError(`the server has ${now} bytes of an upload of which ${at} were sent`)
    if (now !== at) failures = 0
    at = now
    if (at === begin + chunk.length) return said.get('Upload-Key') ?? ''
  }
}

/** Makes a name that uploads may have: letters, digits, _ and -, one dot, an extension. */
function fileName(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = name.slice(dot + 1)
  if (dot < 0 || !/^[A-Za-z0-9]+$/.test(extension)) throw new TypeError(`an upload needs a name with an extension, as data.json; ${JSON.stringify(name)} has none`)
  return (name.slice(0, dot).replace(/[^A-Za-z0-9_-]/gu, '_').slice(0, 99 - extension.length) || 'input') + '.' + extension
}
