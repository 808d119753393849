// Tells one story of a client of a real server, in Node and in pages; what it says is compared with what other
// languages say. `here` has what differs: files, and bytes of files where there are none.
import { Client, ClaimcheckError, verifyWebhook, WebhookRefused, WaitTimeout } from '../dist/index.js'

const BROKEN = '{"a": 1,\n "b" 2}'

// What a call throws.
async function told(call) {
  try {
    await call()
  } catch (e) {
    if (!(e instanceof ClaimcheckError)) throw e
    return {
      type: e.name, code: e.code, message: e.reason, http_status: e.httpStatus, line: e.details.line ?? null, column: e.details.column ?? null,
      request_id: e.requestId !== '', retry_after: e.retryAfter > 0, details: Object.keys(e.details).sort(),
    }
  }
  return { type: 'none' }
}

const text = (bytes) => new TextDecoder().decode(bytes)
const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

async function all(iterable, of = (x) => x) {
  const list = []
  for await (const x of iterable) list.push(of(x))
  return list
}

async function digest(c, source, o) {
  const job = (await c.submit('digest', source, o)).job_id
  await c.wait(job)
  return (await c.result(job)).sha256 // the tool's own words
}

export const stories = {
  async success(c, s) {
    const ran = await c.run('json-formatter', '{"a":[1,2]}', { options: { 'tab-space': 2 }, requestId: s.request_id })
    const job = await c.submit('json-formatter', new TextEncoder().encode('{"a":[1,2]}'), { options: { 'x-tab-space': '2' }, requestId: s.request_id })
    const status = await c.wait(job.job_id)
    return {
      ran: ran.preview, request_id: ran.request_id, accepted: job.status, status: status.status, job: job.job_id,
      same: JSON.stringify(await c.result(job.job_id)) === JSON.stringify(status.result), raw: await c.result(job.job_id, { raw: true }),
      text: text(await c.download(job.job_id)), link: text(await c.download(ran.file)),
    }
  },

  async failure(c, s) {
    const job = (await c.submit('json-formatter', BROKEN)).job_id
    const status = await c.wait(job)
    return {
      run: await told(() => c.run('json-formatter', BROKEN)), status: status.status, code: status.error.code,
      result: await told(() => c.result(job)), download: await told(() => c.download(job)),
      job: await told(() => c.run('json-formatter', BROKEN, { runAt: Math.floor(Date.now() / 1000) + 3 })),
    }
  },

  unauthorized: (c, s) => told(() => new Client(s.url, 'cc_wrong').get(s.nobody)),

  async not_found(c, s) {
    return { unknown: await told(() => c.get(s.nobody)), malformed: await told(() => c.get('no id')), foreign: await told(() => c.get(s.foreign)), tool: await told(() => c.submit('no-such', 'x')) }
  },

  async quota(c) {
    return { first: (await c.run('json-formatter', '[1]')).status, second: await told(() => c.run('json-formatter', '[2]')) }
  },

  async limited(c, s) {
    const pauses = []
    const sleep = (seconds) => new Promise((done) => setTimeout(done, (pauses.push(seconds), seconds * 1000)))
    c = new Client(s.url, s.key, { sleep })
    for (let i = 0; i < 1000 && pauses.length === 0; i++) await c.usage()
    return { waited: pauses.length > 0 }
  },

  async lost_answer(c) {
    const job = await c.submit('json-formatter', '[1]', { metadata: { story: 'lost' } })
    const ran = await c.run('json-formatter', '[2]', { metadata: { story: 'lost' } })
    await c.wait(job.job_id)
    return { accepted: job.status, ran: ran.preview, jobs: (await all(c.list({ metadata: { story: 'lost' } }))).length }
  },

  restart_in_wait: async (c, s) => (await c.wait(s.job)).status,

  watch: (c, s) => all(c.watch(s.job), (status) => status.status),

  async words(c, s) {
    const of = (events, name) => events.filter((e) => e.event === name).map((e) => e[name])
    const heard = await all(c.events(s.job))
    const ids = heard.filter((e) => e.event !== 'progress').map((e) => e.id)
    const later = await all(c.events(s.job, { after: heard.find((e) => e.event === 'output').id }))
    const kept = await c.log(s.job)
    return {
      message: of(heard, 'message'), progress: of(heard, 'progress').every((n) => n >= 0 && n <= 100), log: of(heard, 'log').flat(), output: of(heard, 'output'),
      status: of(heard, 'status').map((status) => status.status), once: new Set(ids).size === ids.length,
      later: [of(later, 'message'), of(later, 'output'), of(later, 'status').map((status) => status.status)],
      kept: kept.lines.map((line) => line.text), dropped: kept.dropped, watch: await all(c.watch(s.job), (status) => status.status),
    }
  },

  async many(c, s) {
    const ended = (cursor) => all(c.feed(cursor, { group: 'many', limit: 2, timeout: 0 }))
    const first = async (feed) => (await feed.next()).value
    const begin = await first(c.feed())
    const jobs = []
    for (const input of ['[1]', '[2]', BROKEN]) jobs.push((await c.submit('json-minify', input, { group: 'many' })).job_id)
    const over = await c.waitGroup('many')
    const waiting = (await c.submit('json-minify', '[4]', { group: 'many', runAt: s.now + 3600 })).job_id
    const late = await c.waitGroup('many', { timeout: 0 }).catch((e) => (e instanceof WaitTimeout ? e.group.jobs : e))
    const pages = await ended(begin.next_cursor)
    await c.cancel(waiting)
    const last = await first(c.feed(pages.at(-1).next_cursor, { full: true })) // waits for it
    return {
      begin: begin.jobs, over: [over.done, over.closed, over.total, over.jobs], 'first error': over.first_error.job_id === jobs[2],
      late, fed: String(pages.flatMap((page) => page.jobs.map((j) => j.job_id)).sort()) === String(jobs.sort()), sizes: pages.map((page) => page.jobs.length),
      last: last.jobs.map((j) => [j.job_id === waiting, j.status, j.group]), none: await ended(last.next_cursor),
      listed: (await all(c.list({ group: 'many' }))).length, closed: (await c.closeGroup('many')).closed,
      again: (await told(() => c.submit('json-minify', '[5]', { group: 'many' }))).code, unknown: (await told(() => c.group('no-such'))).code, now: (await c.group('many')).jobs,
    }
  },

  async terms(c, s) {
    const o = { startBy: new Date((s.now + 3600) * 1000), finishBy: 7200, retention: 120, retentionFailed: 90, deleteOnRead: true, outputName: "Zoë's.json", group: 'terms' }
    const job = (await c.submit('json-minify', '[1]', o)).job_id
    await c.wait(job)
    const full = await c.get(job, { full: true })
    const late = await c.wait((await c.submit('gate', 'terms', { finishBy: 1 })).job_id)
    return {
      start_by: full.start_by - s.now, finish_by: [7200, 7201].includes(full.finish_by - full.created_at), group: full.group, late: late.error.code,
      link: full.result.file, wrong: (await told(() => c.submit('json-minify', '[3]', { finishBy: s.now - 60 }))).details,
      url: (await told(() => c.submit('json-minify', '[4]', { outputUrl: 'http://192.0.2.1/out' }))).details,
    }
  },

  async cut_download(c, s, here) {
    const job = (await c.submit('json-minify', '[' + '1,'.repeat(400_000) + '1]')).job_id
    await c.wait(job)
    const seen = []
    const sha256 = await here.download(c, job, 'out.json', (done) => seen.push(done))
    return { sha256, grew: seen.every((n, i) => i === 0 || n >= seen[i - 1]), last: seen.at(-1) }
  },

  async wrong_digest(c, s, here) {
    const job = (await c.submit('json-minify', '[1,2]')).job_id
    await c.wait(job)
    return (await told(() => here.download(c, job, 'wrong.json'))).type
  },

  async big_upload(c, s, here) {
    const seen = []
    const ran = await c.run('digest', await here.file(s.file), { progress: (done) => seen.push(done) })
    return { sha256: ran.sha256, bytes: ran.bytes, grew: seen.every((n, i) => i === 0 || n >= seen[i - 1]), last: seen.at(-1) }
  },

  async stream_upload(c, s, here) {
    const ran = await c.run('digest', await here.stream(s.file), { filename: 'stream.log' })
    return { sha256: ran.sha256, bytes: ran.bytes }
  },

  async webhook(c, s) {
    const verdict = (secret, call, body, now) => {
      try {
        return verifyWebhook(secret, call.headers, body, now).type
      } catch (e) {
        if (e instanceof WebhookRefused) return 'refused'
        throw e
      }
    }
    const [first, second] = s.calls
    const body = bytesOf(first.body)
    const at = Number(first.headers['webhook-timestamp'])
    const later = bytesOf(second.body)
    return {
      good: verdict(s.secret, first, body, at), early: verdict(s.secret, first, body, at - 300), late: verdict(s.secret, first, body, at + 300),
      'too early': verdict(s.secret, first, body, at - 301), 'too late': verdict(s.secret, first, body, at + 301),
      changed: verdict(s.secret, first, text(body).replace('succeeded', 'exceeded!'), at), other: verdict(s.other, first, body, at),
      'other call': verdict(s.secret, { headers: { ...first.headers, 'webhook-id': 'another' } }, body, at),
      unsigned: verdict(s.secret, { headers: {} }, body, at),
      rotated: [s.secret, s.rotated, s.other].map((secret) => verdict(secret, { headers: new Headers(second.headers) }, later, Number(second.headers['webhook-timestamp']))),
    }
  },

  async lists(c, s) {
    const jobs = []
    for (const input of ['[1]', '[2]', '[3]', BROKEN, '[4]']) jobs.push((await c.submit('json-formatter', input, { metadata: { story: 'list' } })).job_id)
    for (const job of jobs) await c.wait(job)
    const failed = await all(c.list({ status: ['failed'], tool: 'json-formatter', error: ['INVALID_JSON', 'TIMEOUT'], metadata: { story: 'list' }, full: true }))
    const same = (list, ids) => list.map((j) => j.job_id).join() === ids.join()
    return {
      all: same(await all(c.list({ metadata: { story: 'list' }, limit: 2 })), jobs.toReversed()), failed: same(failed, [jobs[3]]),
      tool: failed[0].tool, none: await all(c.list({ created_after: s.now + 86_400 })), wrong: (await told(() => all(c.list({ limit: 0 })))).code,
    }
  },

  async change(c, s) {
    const canceled = (await c.cancel(s.job)).job_id === s.job
    const over = await c.wait(s.job)
    const done = (await c.submit('json-formatter', '[1]')).job_id
    await c.wait(done)
    const again = await c.retry(done)
    await c.delete(done)
    const finished = await told(async () => (await c.cancel(again.job_id), await c.wait(again.job_id), await c.cancel(again.job_id)))
    return {
      canceled, over: over.error.code, finished: finished.code, again: again.job_id !== done && (await c.wait(again.job_id)).status,
      gone: (await told(() => c.get(done))).code, twice: (await told(() => c.delete(done))).code,
    }
  },

  async redirect(c) {
    const job = (await c.submit('json-formatter', '[7]')).job_id
    await c.wait(job)
    return { usage: (await told(() => c.usage())).type, file: text(await c.download(job)) }
  },

  async inputs(c, s, here) {
    const o = { metadata: { name: 'Zoë' }, priority: 3, runAt: s.now, contentType: 'text/x-story', webhookUrl: s.hook }
    const job = (await c.submit('digest', 'with options', o)).job_id
    await c.wait(job)
    const full = await c.get(job, { full: true })
    return {
      file: await digest(c, await here.blob(s.small)), 'text file': await digest(c, await here.stream(s.small)), text: await digest(c, 'Zoë'),
      bytes: await digest(c, new Uint8Array([0, 255]).buffer), path: await digest(c, await here.file(s.small)), url: await digest(c, { url: s.at }),
      upload: await digest(c, { file: await c.upload(await here.file(s.small), { name: 'my file.log' }) }), empty: (await told(() => c.run('digest', ''))).code,
      metadata: full.metadata, run_at: full.run_at === undefined || full.run_at === s.now, type: (await c.result(job)).type,
    }
  },

  async timeout(c, s) {
    const of = (p) => p.catch((e) => {
      if (!(e instanceof WaitTimeout)) throw e
      return e.last?.status ?? null
    })
    return [await of(c.wait(s.job, { timeout: 1.2 })), await of(c.wait(s.job, { timeout: 0 })), await of(all(c.watch(s.job, { timeout: 2.5 })))]
  },

  async about(c) {
    const tools = (await c.tools()).map((t) => t.name).filter((name) => name.startsWith('json-'))
    return { owner: (await c.usage()).owner, tools, option: (await c.tool('json-formatter')).options[0].header }
  },

  held: async (c, s) => (await c.wait(s.job)).status,

  async token(c, s) {
    const job = (await c.submit('json-formatter', '[1]')).job_id
    await c.wait(job)
    let made = 0
    const page = new Client(s.url, { token: async () => (made++ === 0 ? 'worn~out' : (await c.token(job)).token) }) // the first is refused
    const seen = await all(page.watch(job), (status) => status.status)
    if (made !== 2 || (await page.wait(job)).status !== seen.at(-1) || text(await page.download(job)) !== '[\n 1\n]') throw new Error(`${made} tokens, ${seen}`)
    return seen.at(-1)
  },
}

export const tell = (name, s, here) => stories[name](new Client(s.url, s.key), s, here)
