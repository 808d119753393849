// Tells a story in Node: its name, then its settings as JSON.
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tell } from './stories.mjs'

const [name, json] = process.argv.slice(2)
const settings = JSON.parse(json)
const here = {
  file: async (path) => ({ path }),
  blob: openAsBlob,
  stream: async (path) => createReadStream(path),
  async download(c, job, as, progress) {
    const path = `${settings.folder}/${as}`
    await c.download(job, { path, ...(progress ? { progress } : {}) })
    return createHash('sha256').update(await readFile(path)).digest('hex')
  },
}
console.log(JSON.stringify(await tell(name, settings, here)))
