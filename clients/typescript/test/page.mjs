// Tells stories in a page, one after the other, as its server names them.
import { Sha256 } from '../dist/sha256.js'
import { tell } from './stories.mjs'

const bytes = async (path) => (await fetch('/file?' + encodeURIComponent(path))).blob()
const here = {
  file: async (path) => new File([await bytes(path)], path.replace(/.*\//, '')),
  blob: bytes,
  stream: async (path) => (await bytes(path)).stream(),
  async download(c, job, as, progress) {
    const sum = new Sha256().update(await c.download(job, progress ? { progress } : {})).digest()
    return [...sum].map((b) => b.toString(16).padStart(2, '0')).join('')
  },
}

for (;;) {
  const { story, settings } = await (await fetch('/next')).json()
  let said
  try {
    said = { outcome: await tell(story, settings, here) }
  } catch (e) {
    said = { error: String(e?.stack ?? e) }
  }
  await fetch('/said', { method: 'POST', body: JSON.stringify(said) })
}
