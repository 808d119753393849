// Sends a file with tus-js-client and prints what it saw.
import fs from 'node:fs'
import * as tus from 'tus-js-client'

const s = JSON.parse(process.argv[2])
const said = { requests: [], key: '', url: '', error: '', found: 0, resumed: -1 }
const end = () => {
  said.url = upload.url ?? ''
  process.stdout.write(JSON.stringify(said), () => process.exit(0))
}
const options = {
  endpoint: s.url + '/files/',
  headers: { 'x-api-key': s.key },
  metadata: { filename: s.name },
  chunkSize: s.chunk || Infinity,
  parallelUploads: s.parallel || 1,
  retryDelays: Array(s.retries ?? 200).fill(100),
  onAfterResponse(req, res) {
    said.requests.push({ method: req.getMethod(), path: new URL(req.getURL()).pathname, status: res.getStatus(), offset: res.getHeader('Upload-Offset') ?? '' })
    said.key = res.getHeader('Upload-Key') ?? said.key
    if (req.getMethod() === 'HEAD' && said.resumed < 0) said.resumed = Number(res.getHeader('Upload-Offset'))
  },
  onProgress(sent) {
    if (s.terminateAfter && sent >= s.terminateAfter) {
      s.terminateAfter = 0
      upload.abort(true).then(end, (err) => {
        said.error = String(err)
        end()
      })
    }
  },
  onSuccess: end,
  onError(err) {
    said.error = String(err)
    end()
  },
}
if (s.store) options.urlStorage = new tus.FileUrlStorage(s.store)
const upload = new tus.Upload(fs.createReadStream(s.file), options)
if (s.resume) {
  const earlier = await upload.findPreviousUploads()
  said.found = earlier.length
  if (earlier.length > 0) upload.resumeFromPreviousUpload(earlier[0])
}
upload.start()
