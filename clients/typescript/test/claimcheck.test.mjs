// Tests that need no claimcheck server: npm test.
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign as sign25519 } from 'node:crypto'
import http from 'node:http'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, ClaimcheckError, ConnectionLost, DigestMismatch, verifyWebhook, WaitTimeout, WebhookRefused } from '../dist/index.js'
import { equal, fromBase64, hmac, Sha256, toBase64 } from '../dist/sha256.js'

const JOB = '01997f3e-5b80-7c41-9d02-6f1a8be3d274'

const say = (status, body, headers = {}) => (_, s) => s.writeHead(status, headers).end(typeof body === 'string' || body instanceof Uint8Array ? body : body && JSON.stringify(body))
const cut = (q) => q.socket.destroy()
const status = (word, more = {}) => ({ job_id: JOB, status: word, created_at: 1, updated_at: word.length, ...more })
const error = (code, details = {}) => ({ status: 'error', error: code, details: { message: 'No.', ...details } })
const digest = (text) => 'sha-256=:' + createHash('sha256').update(text).digest('base64') + ':'

// A server that answers each request with its next step, and a client of it that does not sleep.
async function script(steps, use, settings = {}) {
  const asked = []
  const slept = []
  const server = http.createServer(async (q, s) => {
    const parts = []
    for await (const p of q) parts.push(p)
    asked.push({ what: `${q.method} ${q.url}`, headers: q.headers, body: Buffer.concat(parts) })
    await steps.shift()(q, s)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${server.address().port}`
  try {
    await use(new Client(url, 'key', { sleep: async (n) => void slept.push(n), ...settings }), url)
  } finally {
    server.closeAllConnections()
    server.close()
  }
  assert.equal(steps.length, 0, 'steps are left')
  return { asked, slept }
}

const refused = (code) => (e) => e instanceof ClaimcheckError && e.code === code
const all = async (it) => {
  const list = []
  for await (const x of it) list.push(x)
  return list
}
const words = async (it) => (await all(it)).map((s) => s.status)

test('waits as the server says', async () => {
  const { slept } = await script(
    [say(429, { ...error('RATE_LIMITED'), retry_after: 7 }, { 'Retry-After': 7 }), say(503, error('UNAVAILABLE')), say(502, '<html>'), cut, say(200, status('queued'))],
    async (c) => assert.equal((await c.get(JOB)).status, 'queued'),
  )
  assert.deepEqual(slept, [7, 5, 4, 8])
})

test('says where an input is wrong, and why', () => {
  const e = new ClaimcheckError('JSON validation failed.', { code: 'INVALID_JSON', details: { line: 3, column: 2, reason: 'Expected a colon after the name.' } })
  assert.equal(e.message, 'INVALID_JSON: JSON validation failed. (line 3, column 2) Expected a colon after the name.')
  assert.equal(new ClaimcheckError('Excel validation failed.', { code: 'INVALID_EXCEL', details: { reason: 'Not one.' } }).message, 'INVALID_EXCEL: Excel validation failed. Not one.')
})

test('does not wait for a month', () => script([say(429, { ...error('QUOTA_EXCEEDED', { resets_at: 9 }), retry_after: 86400 }, { 'Retry-After': 86400, 'X-Request-Id': 'r' })], (c) =>
  assert.rejects(c.run('json-formatter', '[]'), (e) => refused('QUOTA_EXCEEDED')(e) && e.retryAfter === 86400 && e.details.resets_at === 9 && e.requestId === 'r')))

test('an answer of somebody else', () => script([say(200, '<html>'), say(200, '<html>'), say(200, '<html>')], async (c) => {
  for (const call of [() => c.usage(), () => c.get(JOB), () => c.submit('x', 'y')]) await assert.rejects(call, ClaimcheckError)
}))

test('gives up after its tries', async () => {
  const { slept } = await script([cut, cut, cut, cut, cut], (c) => assert.rejects(c.usage(), ConnectionLost))
  assert.deepEqual(slept, [1, 2, 4, 8])
})

test('a retry whose answer is lost is not sent again', async () => {
  await script([cut], (c) => assert.rejects(c.retry(JOB), ConnectionLost))
  await script([say(503, error('UNAVAILABLE', { outcome: 'unknown' }))], (c) => assert.rejects(c.retry(JOB), refused('UNAVAILABLE')))
  await script([say(503, error('UNAVAILABLE')), say(202, { job_id: 'x' })], (c) => c.retry(JOB))
})

test('what was done by the try that was lost', async () => {
  await script([cut, say(404, error('JOB_NOT_FOUND'))], (c) => c.delete(JOB))
  await script([say(404, error('JOB_NOT_FOUND'))], (c) => assert.rejects(c.delete(JOB), refused('JOB_NOT_FOUND')))
  const canceled = status('failed', { error: { code: 'CANCELED', message: 'Canceled.', details: {} } })
  await script([cut, say(409, error('JOB_FINISHED')), say(200, canceled)], async (c) => assert.equal((await c.cancel(JOB)).status, 'failed'))
  await script([say(409, error('JOB_FINISHED'))], (c) => assert.rejects(c.cancel(JOB), refused('JOB_FINISHED')))
})

test('one key for all tries of a submission', async () => {
  const { asked } = await script([cut, say(202, { job_id: JOB }), say(202, { job_id: JOB })], async (c) => {
    await c.submit('json-formatter', '[]')
    await c.submit('json-formatter', '[]', { idempotencyKey: 'mine', options: { tab_space: 2, 'x-deep': true }, metadata: { a: 'é' }, priority: -1 })
  })
  const [first, second, third] = asked.map((a) => a.headers)
  assert.equal(first['idempotency-key'], second['idempotency-key'])
  assert.deepEqual(
    ['idempotency-key', 'x-tab-space', 'x-deep', 'x-metadata', 'x-priority', 'prefer'].map((n) => third[n]),
    ['mine', '2', 'true', '{"a":"\\u00e9"}', '-1', 'respond-async'],
  )
})

test('refuses what cannot work', async () => {
  for (const url of ['', 'claimcheck.test', 'ftp://a', 'http://a/?b=c']) assert.throws(() => new Client(url, 'key'), TypeError)
  for (const key of ['', 'two\nlines', 'é']) assert.throws(() => new Client('http://a', key), TypeError)
  await assert.rejects(new Client('http://a', 'k').upload('a path as text'), TypeError)
  await assert.rejects(new Client('http://a', 'k').submit('x', { other: 1 }), TypeError)
  await assert.rejects(new Client('http://a', 'k').upload(new Uint8Array(1), { name: 'noextension' }), TypeError)
})

test('a server without long polls is asked as it says', async () => {
  const { asked, slept } = await script(
    [
      say(200, status('queued', { retry_after: 3 }), { ETag: 'W/"1"', 'Retry-After': 3 }), say(304, undefined, { 'Retry-After': 4 }), say(304),
      say(200, status('success', { result: {} })),
    ],
    async (c) => assert.equal((await c.wait(JOB)).status, 'success'),
  )
  assert.deepEqual(slept, [3, 4, 4])
  assert.deepEqual(asked.map((a) => a.headers['if-none-match']), [undefined, 'W/"1"', 'W/"1"', 'W/"1"'])
  assert.deepEqual([...new Set(asked.map((a) => a.headers.prefer))], ['wait=20'])
})

test('a time for waiting', () => script([say(200, status('queued', { retry_after: 3 }))], (c) =>
  assert.rejects(c.wait(JOB, { timeout: 0 }), (e) => e instanceof WaitTimeout && e.last.status === 'queued')))

test('a signal ends the waiting, and is no lost connection', () => {
  const end = new AbortController()
  return script([() => end.abort(new Error('enough'))], (c) => assert.rejects(c.wait(JOB, { signal: end.signal }), /enough/))
})

const event = (n, word) => `event: status\nid: ${n}\ndata: ${JSON.stringify(status(word))}\n\n`
const stream = (text) => (_, s) => s.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(text) // cut off, what was not read yet might be lost

test('events go on after those that were seen', async () => {
  const { asked } = await script(
    [stream('retry: 2000\n' + event(1, 'queued') + ':\n' + event(2, 'processing') + 'event: sta'), stream(event(3, 'success'))],
    async (c) => assert.deepEqual(await words(c.watch(JOB)), ['queued', 'processing', 'success']),
  )
  assert.deepEqual(asked.map((a) => a.headers['last-event-id']), [undefined, '2'])
})

test('where there are no events', () => script(
  [say(200, { not: 'a stream' }), say(404, 'nothing'), say(200, status('queued'), { ETag: 'a', 'Preference-Applied': 'wait=20' }), say(200, status('success'))],
  async (c) => assert.deepEqual(await words(c.watch(JOB)), ['queued', 'success']),
))

test('a job that is gone', () => script([say(404, error('JOB_NOT_FOUND'))], (c) => assert.rejects(all(c.watch(JOB)), refused('JOB_NOT_FOUND'))))

const TEXT = randomBytes(20_000)

test('another process goes on with a download', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'claimcheck-'))
  try {
    const path = join(folder, 'out.bin')
    await writeFile(path + '.0123456789abcdef.part', 'of another output')
    const others = ['out.bin.json.0123456789abcdef.part', 'out.bin.old.part'] // of other downloads and programs
    for (const name of others) await writeFile(join(folder, name), 'not ours')
    let cutNow
    const half = (_, s) => {
      s.writeHead(200, { 'Content-Length': TEXT.length, ETag: '"a"', 'Repr-Digest': digest(TEXT) }).write(TEXT.subarray(0, 5000))
      cutNow = () => s.destroy()
    }
    const progress = (done) => done === 5000 && cutNow()
    await script([half], (c, url) => assert.rejects(c.download(url + '/downloads/a?expires=1', { path, progress }), ConnectionLost), { tries: 1 })
    const ours = (await readdir(folder)).filter((n) => !others.includes(n))
    assert.deepEqual(ours.map((n) => n.replace(/\.[0-9a-f]{16}\./, '.TAG.')), ['out.bin.TAG.part'])
    const { asked } = await script([say(206, TEXT.subarray(5000), { 'Repr-Digest': digest(TEXT) })], (c, url) => c.download(url + '/downloads/a?expires=2', { path }))
    assert.deepEqual([await readFile(path), (await readdir(folder)).sort()], [TEXT, ['out.bin', ...others]])
    assert.equal(asked[0].headers.range, 'bytes=5000-')
    assert.equal(asked[0].headers['x-api-key'], undefined)
    for (const headers of [{ 'Repr-Digest': digest('other') }, {}]) {
      await script([say(200, TEXT, headers)], (c, url) => assert.rejects(c.download(url + '/downloads/b', { path: join(folder, 'x') }), DigestMismatch))
    }
    assert.deepEqual((await readdir(folder)).sort(), ['out.bin', ...others])
  } finally {
    await rm(folder, { recursive: true })
  }
  await script([say(200, TEXT)], async (c, url) => assert.deepEqual(Buffer.from(await c.download(url + '/downloads/a', { check: false })), TEXT))
})

test('a link that expired', () => {
  let base
  const job = (_, s) => s.end(JSON.stringify(status('success', { result: { file: base + '/downloads/a' } })))
  return script([job, say(403, error('LINK_EXPIRED')), job, say(200, 'x', { 'Repr-Digest': digest('x') })], async (c, url) => {
    base = url
    assert.equal(Buffer.from(await c.download(JOB)).toString(), 'x')
  })
})

test('a file that shrinks is not sent as if it were whole', async () => {
  const source = { size: 9, arrayBuffer: async () => new ArrayBuffer(3), slice: (from) => new Blob(from ? [] : ['abc']), __proto__: Blob.prototype }
  Object.defineProperty(source, 'size', { value: 9 })
  const { asked } = await script([say(201, undefined, { Location: 'http://elsewhere/files/upl_1', 'Upload-Key': 'k' }), say(204, undefined, { 'Upload-Offset': 3 })], (c) =>
    assert.rejects(c.upload(source, { name: 'a b.' + 'x'.repeat(200) + '.txt' }), /had 9 bytes/))
  const name = Buffer.from(asked[0].headers['upload-metadata'].split(' ')[1], 'base64').toString()
  assert.equal(name, 'a_b_' + 'x'.repeat(92) + '.txt') // 100 characters
  assert.equal(asked[1].what, 'PATCH /files/upl_1')
})

test('SHA-256, HMAC and base64 are as Node has them', () => {
  for (let n = 0; n < 300; n++) {
    const text = randomBytes(n)
    const h = new Sha256()
    for (let at = 0; at < n; at += 37) h.update(text.subarray(at, at + 37))
    assert.deepEqual(Buffer.from(h.digest()), createHash('sha256').update(text).digest())
    const key = randomBytes(n % 100)
    assert.deepEqual(Buffer.from(hmac(key, text.subarray(0, 9), text.subarray(9))), createHmac('sha256', key).update(text).digest())
    assert.equal(toBase64(text), text.toString('base64'))
    assert.deepEqual(Buffer.from(fromBase64(text.toString('base64'))), text)
  }
  for (const bad of ['A', 'AA', 'AAA', '====', 'AA==AA==', 'A-_=', ' AAAA', 'AAAA\n']) assert.equal(fromBase64(bad), undefined)
  assert.deepEqual([equal(Uint8Array.of(1), Uint8Array.of(1)), equal(Uint8Array.of(1), Uint8Array.of(1, 0)), equal(Uint8Array.of(1, 0), Uint8Array.of(1)), equal(Uint8Array.of(1), Uint8Array.of(2))], [true, false, false, false])
})

test('webhooks are judged as standardwebhooks judges them', async () => {
  const { Webhook } = await import('standardwebhooks')
  const key = Buffer.from('0123456789abcdef01234567')
  const secret = 'whsec_' + key.toString('base64')
  const body = '{"type":"job.succeeded","timestamp":"t","data":{"é":1}}'
  const at = Math.floor(Date.now() / 1000)
  const sign = (id, when, text) => 'v1,' + createHmac('sha256', key).update(`${id}.${when}.${text}`).digest('base64')
  const good = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(at), 'webhook-signature': sign('msg_1', at, body) }
  assert.equal(good['webhook-signature'], new Webhook(secret).sign('msg_1', new Date(at * 1000), body))
  const cases = [
    good, { ...good, 'webhook-signature': 'v1,AAAA ' + good['webhook-signature'] }, { ...good, 'webhook-signature': 'v2' + good['webhook-signature'].slice(2) },
    { ...good, 'webhook-signature': 'v1,%%%' }, { ...good, 'webhook-signature': '' }, { ...good, 'webhook-id': 'msg_2' }, {}, { ...good, 'webhook-timestamp': 'x' },
    ...[-301, -299, 299, 302].map((n) => ({ ...good, 'webhook-timestamp': String(at + n), 'webhook-signature': sign('msg_1', at + n, body) })),
  ]
  const verdict = (call) => {
    try {
      return call()
    } catch (e) {
      return 'refused'
    }
  }
  let taken = 0
  for (const headers of cases) {
    const ours = verdict(() => verifyWebhook(secret, headers, body))
    assert.deepEqual(ours, verdict(() => new Webhook(secret).verify(body, headers)), JSON.stringify(headers))
    taken += ours === 'refused' ? 0 : 1
  }
  assert.equal(taken, 4)
  for (const bad of ['', 'whsec_', 'whsec_!!!', 'whsec_QQ']) assert.throws(() => verifyWebhook(bad, good, body), TypeError)
  assert.throws(() => verifyWebhook(secret, { ...good, 'webhook-timestamp': '1e3' }, body, 1000), WebhookRefused)
})

test('webhooks are judged by public keys', async () => {
  const pair = () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    return { privateKey, text: 'whpk_' + Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64') }
  }
  const [own, other] = [pair(), pair()]
  const hook = 'wh_0123456789abcdef0123456789abcdef'
  const id = 'msg_1_' + hook.slice(3)
  const body = '{"type":"job.succeeded","timestamp":"t","data":{"é":1}}'
  const sign = (key, when = 1000, call = id) => 'v1a,' + sign25519(null, Buffer.from(`${call}.${when}.${body}`), key.privateKey).toString('base64')
  const good = { 'webhook-id': id, 'webhook-timestamp': '1000', 'webhook-signature': 'v1,AAAA ' + sign(other) + ' ' + sign(own) }
  const verdict = (headers, publicKeys = [own.text], webhook = hook, now = 1000, text = body) =>
    verifyWebhook({ publicKeys, webhook }, headers, text, now).then((e) => e.type, (e) => (e instanceof WebhookRefused ? 'refused' : e.name))
  assert.deepEqual(await verifyWebhook({ publicKeys: [own.text] }, new Headers(good), Buffer.from(body), 1000), JSON.parse(body))
  for (const [want, ...call] of [
    ['job.succeeded', good], ['job.succeeded', good, [pair().text, own.text]], ['job.succeeded', good, [own.text], hook, 1300], ['refused', good, [own.text], hook, 1301],
    ['refused', good, [pair().text]], ['refused', good, [own.text], 'wh_fedcba9876543210fedcba9876543210'], ['refused', good, [own.text], hook, 1000, body + ' '],
    ['refused', { ...good, 'webhook-id': 'msg_2_' + hook.slice(3) }], ['refused', { ...good, 'webhook-signature': 'v1' + sign(own).slice(3) }],
    ['refused', { ...good, 'webhook-signature': 'v1a,AAAA v1a,%%% v1a' }], ['refused', { ...good, 'webhook-signature': '' }], ['refused', {}],
    ['TypeError', good, []], ['TypeError', good, ['whpk_AAAA']], ['TypeError', good, ['whpk_%']], ['TypeError', good, ['whsec_' + own.text.slice(5)]],
  ]) assert.equal(await verdict(...call), want, JSON.stringify(call))
  assert.throws(() => verifyWebhook(own.text, good, body, 1000), TypeError) // nobody takes a promise for an event
  const subtle = Object.getOwnPropertyDescriptor(globalThis, 'crypto')
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: {} })
  try {
    await assert.rejects(verifyWebhook({ publicKeys: [own.text] }, good, body, 1000), /WebCrypto with Ed25519/)
  } finally {
    Object.defineProperty(globalThis, 'crypto', subtle)
  }
})

// What stands between client and server, and breaks.

test('a proxy that says when is obeyed', async () => {
  for (const code of [502, 503, 504]) {
    const { slept } = await script([say(code, '<html>', { 'Retry-After': 7 }), say(code, '<html>'), say(200, status('queued'))], (c) => c.get(JOB))
    assert.deepEqual(slept, [7, 2])
  }
  await script([say(502, '<html>', { 'Retry-After': 3600 })], (c) => assert.rejects(c.get(JOB), (e) => e.retryAfter === 3600))
})

test('what Retry-After says', async () => {
  const date = { Date: 'Sat, 01 Jan 2000 00:00:00 GMT' }
  for (const [text, pause] of [['Sat, 01 Jan 2000 00:00:09 GMT', 9], ['0', 5], ['-5', 5], ['1.5', 5], ['soon', 5], ['\u00b2', 5], ['Sat, 99 Foo 2000 00:00:00 GMT', 5]]) {
    const { slept } = await script([say(429, '', { ...date, 'Retry-After': text }), say(200, status('queued'))], (c) => c.get(JOB))
    assert.deepEqual(slept, [pause], text)
  }
  for (const text of ['99999999999999999999999', '9'.repeat(400), 'Sat, 01 Jan 2028 00:00:00 GMT']) {
    await script([say(429, '', { ...date, 'Retry-After': text })], (c) => assert.rejects(c.get(JOB), ClaimcheckError))
  }
})

test('an answer that breaks off unnoticed is a lost one', async () => {
  const kind = { 'Content-Type': 'application/json' }
  const half = say(202, '{"status":"accepted","job_', kind)
  const garbled = say(202, 'no gzip at all', { ...kind, 'Content-Encoding': 'gzip' })
  const { asked } = await script([half, garbled, say(202, { status: 'accepted', job_id: JOB }, kind)], async (c) => assert.equal((await c.submit('json-minify', '[]')).job_id, JOB))
  assert.equal(new Set(asked.map((a) => a.headers['idempotency-key'])).size, 1)
  for (const step of [half, garbled]) await script([step], (c) => assert.rejects(c.retry(JOB), ConnectionLost))
})

test('an answer that names no job', () => script([say(200, { status: 'success', file: '', preview: '1' })], (c) =>
  assert.rejects(c.submit('json-minify', '1', { idempotencyKey: 'that of a run' }), /no job/)))

test('events that are none', async () => {
  for (const garbage of ['data: {oops\n', 'data: [1]\n', 'data: {}\n', 'data: null\ndata: 1\n']) {
    const bad = stream('event: status\nid: 1\n' + garbage + '\n')
    await script([bad, bad, say(200, status('queued'), { ETag: 'a', 'Preference-Applied': 'wait=20' }), say(200, status('success'))], async (c) =>
      assert.deepEqual(await words(c.watch(JOB)), ['queued', 'success'], garbage))
  }
  const lines = JSON.stringify(status('success'), undefined, 1).replaceAll('\n', '\r\ndata: ')
  await script([stream(`event: status\r\nid: 1\r\ndata: ${lines}\r\n\r\n`)], async (c) => assert.deepEqual(await words(c.watch(JOB)), ['success']))
})

test('long polls that a proxy cuts off', async () => {
  for (const broken of [say(504, '<html>'), cut]) {
    const { asked } = await script(
      [broken, say(200, status('queued', { retry_after: 3 }), { ETag: 'a' }), broken, say(304), say(200, status('success'))],
      async (c) => assert.equal((await c.wait(JOB)).status, 'success'),
    )
    assert.deepEqual(asked.map((a) => a.headers.prefer), ['wait=20', undefined, 'wait=20', undefined, 'wait=20'])
  }
})

test('a link that expires while the line is bad', async () => {
  let base
  const job = (_, s) => s.end(JSON.stringify(status('success', { result: { file: base + '/downloads/a' } })))
  const expired = say(403, error('LINK_EXPIRED'))
  await script([job, cut, cut, expired, job, say(200, 'x', { 'Repr-Digest': digest('x') })], async (c, url) => {
    base = url
    assert.equal(Buffer.from(await c.download(JOB)).toString(), 'x')
  })
  await script([job, expired, job, expired], async (c, url) => {
    base = url
    await assert.rejects(c.download(JOB), refused('LINK_EXPIRED'))
  })
})

test('the time for waiting holds for a silent server', () => script([() => {}], (c) => assert.rejects(c.wait(JOB, { timeout: 0.3 }), WaitTimeout)))

test('options beyond ASCII are sent as UTF-8, and what cannot be sent is told at once', async () => {
  const { asked } = await script([say(202, { job_id: JOB })], async (c) => {
    await c.submit('x', 'y', { options: { delimiter: '\u2013' } })
    await assert.rejects(c.submit('x', 'y', { options: { delimiter: 'a\nb' } }), TypeError)
  })
  assert.equal(Buffer.from(asked[0].headers['x-delimiter'], 'latin1').toString(), '\u2013')
})

test('addresses with secrets are not told', () => {
  for (const url of ['http://me:hidden@a', 'http://:hidden@a', 'http://a/?k=hidden', '://hidden']) {
    assert.throws(() => new Client(url, 'key'), (e) => e instanceof TypeError && !JSON.stringify([e.message, e.input]).includes('hidden'))
  }
})
