import { type Calls, lost, SILENCE, Watchdog } from './calls.js'
import { ClaimcheckError, DigestMismatch, failure } from './errors.js'
import { equal, fromBase64, Sha256 } from './sha256.js'
import { files, join } from './sources.js'
import type { Progress } from './upload.js'

export interface DownloadOptions {
  /** Where the file is written, in Node; without it the bytes are returned. */
  path?: string
  progress?: Progress
  /** false: take files of which the server tells no digest. */
  check?: boolean
  signal?: AbortSignal
}

/** What has come so far. */
interface Sink {
  have: number
  write(bytes: Uint8Array): Promise<void>
  clear(): Promise<void>
  sum(): Promise<Uint8Array>
}

class Memory implements Sink {
  have = 0
  parts: Uint8Array[] = []

  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(bytes)
    this.have += bytes.length
  }

  async clear(): Promise<void> {
    this.parts = []
    this.have = 0
  }

  async sum(): Promise<Uint8Array> {
    const h = new Sha256()
    for (const p of this.parts) h.update(p)
    return h.digest()
  }
}

/** Fetches one output, in as many requests as it takes. `fresh` returns a new link where this one has expired. */
export class Download {
  private etag = ''

  constructor(
    private readonly calls: Calls, private link: string, private readonly fresh: (() => Promise<string>) | undefined, private readonly o: DownloadOptions,
  ) {}

  async bytes(): Promise<Uint8Array> {
    const m = new Memory()
    await this.into(m)
    return join(m.parts)
  }

  /** A file has its name only when it is whole and what the server says it is. */
  async file(path: string): Promise<void> {
    const fs = await files()
    // The path of a link is that of one output for ever.
    const sum = new Sha256().update(new TextEncoder().encode(new URL(this.link).pathname)).digest()
    const tag = [...sum.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join('')
    const part = `${path}.${tag}.part`
    const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1
    const folder = path.slice(0, slash) || '.'
    const base = path.slice(slash)
    for (const name of await fs.readdir(folder)) {
      const ours = name.startsWith(base + '.') && /^[0-9a-f]{16}\.part$/.test(name.slice(base.length + 1)) // of this name: data.json is not data
      if (ours && (name !== part.slice(slash) || this.o.check === false)) {
        await fs.rm(path.slice(0, slash) + name, { force: true })
      }
    }
    const f = await fs.open(part, 'a+')
    let keep = true
    try {
      const sink: Sink = {
        have: (await f.stat()).size,
        write: async (b) => {
          for (let at = 0; at < b.length; ) at += (await f.write(b.subarray(at))).bytesWritten // a disk that is nearly full takes some
          sink.have += b.length
        },
        clear: async () => {
          await f.truncate(0)
          sink.have = 0
        },
        sum: () => sumOf(part),
      }
      await this.into(sink)
      await f.sync()
    } catch (e) {
      keep = !(e instanceof ClaimcheckError) || e.name === 'ConnectionLost'
      throw e
    } finally {
      await f.close()
      if (!keep) await fs.rm(part, { force: true })
    }
    await fs.rename(part, path)
  }

  private async into(to: Sink): Promise<void> {
    let digest: Uint8Array | undefined
    for (let n = 0, before = -1, renewed = -1; ; ) {
      n = to.have > before ? 1 : n + 1
      before = to.have
      try {
        digest = await this.some(to)
        break
      } catch (e) {
        if (!(e instanceof ClaimcheckError)) throw e
        if (e.httpStatus === 403 && this.fresh && renewed !== to.have) {
          renewed = to.have // expired; a fresh one that brings nothing is not renewed
          this.link = await this.fresh()
          continue
        }
        const pause = this.calls.pauseAfter(e, n)
        if (pause === undefined || n >= this.calls.tries) throw e
        await this.calls.sleep(pause, this.o.signal)
      }
    }
    if (!digest && this.o.check === false) return
    if (!digest || !equal(await to.sum(), digest)) {
      const why = digest ? 'its SHA-256 is not what the server says' : 'the server tells no SHA-256 of it'
      throw new DigestMismatch(`the download is thrown away: ${why}`)
    }
  }

  /** Takes what one request brings; returns the digest of the whole. */
  private async some(to: Sink): Promise<Uint8Array | undefined> {
    const headers: Record<string, string> = { 'Accept-Encoding': 'identity' } // and no key: the link is enough
    if (to.have > 0) {
      headers['Range'] = `bytes=${to.have}-`
      if (this.etag) headers['If-Range'] = this.etag
    }
    const dog = new Watchdog(this.o.signal, SILENCE)
    try {
      const r = await this.calls.request(this.link, { headers, signal: dog.signal })
      if (r.status === 416 && r.headers.get('Content-Range')?.endsWith(`/${to.have}`)) {
        await r.body?.cancel().catch(() => undefined)
        return digestOf(await this.calls.request(this.link, { method: 'HEAD', signal: dog.signal })) // all of it is there
      }
      if (r.status !== 200 && r.status !== 206) throw failure(r, await r.text().catch(() => ''))
      if (r.status === 200 && to.have > 0) await to.clear()
      this.etag = r.headers.get('ETag') ?? ''
      await this.take(r, to, dog)
      return digestOf(r)
    } finally {
      dog.stop()
    }
  }

  private async take(r: Response, to: Sink, dog: Watchdog): Promise<void> {
    const length = r.headers.get('Content-Length')
    const total = length === null ? undefined : to.have + Number(length)
    const body = r.body?.getReader()
    try {
      while (body) {
        const { done, value } = await body.read().catch((e: unknown) => lost('GET', this.link, e, this.o.signal, true))
        if (done) return
        dog.feed()
        await to.write(value)
        this.o.progress?.(to.have, total)
      }
    } finally {
      await body?.cancel().catch(() => undefined) // nobody reads on where it could not be written
    }
  }
}

function digestOf(r: Response): Uint8Array | undefined {
  const found = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(r.headers.get('Repr-Digest') ?? '')
  return found?.[1] ? fromBase64(found[1]) : undefined
}

async function sumOf(path: string): Promise<Uint8Array> {
  const f = await (await files()).open(path, 'r')
  try {
    const h = new Sha256()
    const block = new Uint8Array(1 << 20)
    for (;;) {
      const { bytesRead } = await f.read(block, 0, block.length)
      if (bytesRead === 0) return h.digest()
      h.update(block.subarray(0, bytesRead))
    }
  } finally {
    await f.close()
  }
}
