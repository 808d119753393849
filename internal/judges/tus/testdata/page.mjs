// A page that sends a file with @uppy/tus and says what came of it.
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'

const s = JSON.parse(document.getElementById('settings').textContent)
const said = { key: '', url: '', error: '', requests: [] }

// The bytes of xorshift32, which the test makes too.
const words = new Uint32Array(s.size / 4)
for (let i = 0, x = 2463534242; i < words.length; i++) {
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  words[i] = x
}

const uppy = new Uppy()
uppy.use(Tus, {
  endpoint: s.url + '/files/',
  headers: { 'x-api-key': s.key },
  chunkSize: s.chunk || Infinity,
  retryDelays: Array(100).fill(100),
  onAfterResponse(req, res) {
    said.requests.push(req.getMethod() + ' ' + res.getStatus())
    said.key = res.getHeader('Upload-Key') ?? said.key
  },
})
uppy.addFile({ name: s.name, type: 'text/plain', data: new Blob([words]) })
uppy
  .upload()
  .then(({ successful, failed }) => {
    said.url = successful?.[0]?.uploadURL ?? ''
    said.error = failed?.[0]?.error ?? ''
  })
  .catch((err) => {
    said.error = String(err)
  })
  .finally(() => fetch('/said', { method: 'POST', body: JSON.stringify(said) }))
