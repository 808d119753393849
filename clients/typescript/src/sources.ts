/** What inputs may be, and how they are read piece by piece. */

/** An input that the job fetches. */
export interface FromURL {
  url: string
}
/** An input that was uploaded: the key that `upload` returned. */
export interface FromUpload {
  file: string
}
/** A file of this machine, in Node. */
export interface FromPath {
  path: string
}

/** Bytes that are here. A Blob is also a File of a page's form. */
export type Content = string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | FromPath
export type Source = Content | FromURL | FromUpload

export interface Reader {
  /** In bytes; undefined where nobody knows. */
  size: number | undefined
  /** A name that the source has by itself, or ''. */
  name: string
  /** Returns n bytes, fewer only at the end. */
  read(n: number): Promise<Uint8Array>
  close(): Promise<void>
}

interface FileHandle {
  read(buffer: Uint8Array, at: number, n: number): Promise<{ bytesRead: number }>
  write(buffer: Uint8Array): Promise<{ bytesWritten: number }>
  truncate(n: number): Promise<void>
  sync(): Promise<void>
  stat(): Promise<{ size: number }>
  close(): Promise<void>
}

export interface Files {
  open(path: string, flags: string): Promise<FileHandle>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { force: boolean }): Promise<void>
  readdir(path: string): Promise<string[]>
}

/** Node's files; no bundler may look for them. */
export async function files(): Promise<Files> {
  const name = 'node:fs/promises'
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Files
  } catch (cause) {
    throw new TypeError('paths are for Node; a page has Blobs and bytes', { cause })
  }
}

const nothing = async (): Promise<void> => {}

export async function reader(source: Content): Promise<Reader> {
  if (typeof source === 'string') return bytes(new TextEncoder().encode(source))
  if (source instanceof Uint8Array) return bytes(source)
  if (source instanceof ArrayBuffer) return bytes(new Uint8Array(source))
  if (source instanceof Blob) return blob(source)
  if (Symbol.asyncIterator in source) return pieces(source[Symbol.asyncIterator](), '')
  if ('getReader' in source) return pieces(ofStream(source), '')
  if ('path' in source && typeof source.path === 'string') return file(source.path)
  throw new TypeError('an input is text, bytes, a Blob, a stream, {path}, {url} or {file}')
}

function bytes(all: Uint8Array): Reader {
  let at = 0
  return { size: all.length, name: '', read: async (n) => all.subarray(at, (at = Math.min(at + n, all.length))), close: nothing }
}

function blob(all: Blob): Reader {
  let at = 0
  const name = 'name' in all && typeof all.name === 'string' ? all.name : ''
  return { size: all.size, name, read: async (n) => new Uint8Array(await all.slice(at, (at = Math.min(at + n, all.size))).arrayBuffer()), close: nothing }
}

async function file(path: string): Promise<Reader> {
  const f = await (await files()).open(path, 'r')
  const read = async (n: number): Promise<Uint8Array> => {
    const all = new Uint8Array(n)
    let have = 0
    while (have < n) {
      const { bytesRead } = await f.read(all, have, n - have)
      if (bytesRead === 0) break
      have += bytesRead
    }
    return all.subarray(0, have)
  }
  return { size: (await f.stat()).size, name: path.replace(/^.*[\\/]/, ''), read, close: () => f.close() }
}

function ofStream(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  const r = stream.getReader() // browsers cannot iterate over all streams
  return { next: async () => ((await r.read()) as IteratorResult<Uint8Array>), return: async () => (await r.cancel(), { done: true, value: undefined }) }
}

function pieces(it: AsyncIterator<Uint8Array>, name: string): Reader {
  let rest: Uint8Array = new Uint8Array(0)
  const read = async (n: number): Promise<Uint8Array> => {
    const parts: Uint8Array[] = []
    let have = 0
    while (have < n) {
      if (rest.length === 0) {
        const { done, value } = await it.next()
        if (done) break
        rest = value
        continue
      }
      const part = rest.subarray(0, n - have)
      rest = rest.subarray(part.length)
      have += part.length
      parts.push(part)
    }
    return join(parts)
  }
  return { size: undefined, name, read, close: async () => void (await it.return?.()) }
}

/** A reader that begins with bytes which were read already. */
export function rejoined(begin: Uint8Array, rest: Reader): Reader {
  const read = async (n: number): Promise<Uint8Array> => {
    const part = begin.subarray(0, n)
    begin = begin.subarray(part.length)
    return part.length === n ? part : join([part, await rest.read(n - part.length)])
  }
  return { ...rest, read }
}

export function join(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0]
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    all.set(p, at)
    at += p.length
  }
  return all
}
