#!/bin/sh
# koa-bodyparser answers a body whose type it does not know, application/vnd.x+json among them, with an empty object and no error: the endpoint works on {} and reports success.
# One would expect undefined, as for a request without a body, or 415, as Fastify answers.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent koa@3.3.0 koa-bodyparser@4.4.1
cat > run.mjs <<'JS'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'

const app = new Koa()
app.use(bodyParser())
app.use(context => { context.body = JSON.stringify(context.request.body) })
const server = app.listen(0, '127.0.0.1')
await new Promise(ready => server.on('listening', ready))

const seen = {}
for (const type of ['application/json', 'application/vnd.x+json', 'text/csv']) {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', headers: { 'Content-Type': type }, body: '{"a":1}' })
  seen[type] = `${answer.status} ${await answer.text()}`
}
server.close()
console.log('koa-bodyparser 4.4.1, the body {"a":1} sent as', Object.entries(seen).map(([type, is]) => `${type}: ${is}`).join('; '))
process.exit(seen['application/json'] === '200 {"a":1}' && seen['application/vnd.x+json'] === '200 {}' && seen['text/csv'] === '200 {}' ? 0 : 1)
JS
node run.mjs
