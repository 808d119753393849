#!/bin/sh
# axios-retry counts the wait that Retry-After asks for against axios' own timeout: where the wait is longer, there is no second request at all. One would expect the timeout to be
# that of a request, and the retry to come after the wait.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent axios@1.21.1 axios-retry@4.5.0
cat > run.mjs <<'JS'
import http from 'node:http'
import axios from 'axios'
import axiosRetry from 'axios-retry'

let requests = 0
const server = http.createServer((_, answer) => {
  requests++
  answer.writeHead(503, { 'Retry-After': '2' })
  answer.end()
})
await new Promise(ready => server.listen(0, '127.0.0.1', ready))
const url = `http://127.0.0.1:${server.address().port}/`

async function count(timeout) {
  requests = 0
  const client = axios.create({ timeout })
  axiosRetry(client, { retries: 1 })
  await client.get(url).catch(() => {})
  return requests
}
const [short, long] = [await count(1500), await count(30000)]
server.close()
console.log(`axios-retry 4.5.0, 503 with Retry-After: 2, retries: 1: ${short} request with timeout 1500, ${long} requests with timeout 30000`)
process.exit(short === 1 && long === 2 ? 0 : 1)
JS
node run.mjs
