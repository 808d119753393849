#!/bin/sh
# @microsoft/fetch-event-source works in Node with openWhenHidden: true (it then listens to no page) until the stream ends: disposing of it removes a listener from document all the
# same. The ReferenceError is nobody's to catch, and the promise is never settled. One would expect it to resolve.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @microsoft/fetch-event-source@2.0.1
cat > run.mjs <<'JS'
import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import source from '@microsoft/fetch-event-source'

globalThis.window = { fetch, setTimeout, clearTimeout } // what it asks for at the beginning
const server = http.createServer((_, answer) => {
  answer.writeHead(200, { 'Content-Type': 'text/event-stream' })
  answer.end('event: status\ndata: {"status":"success"}\n\n')
})
await new Promise(ready => server.listen(0, '127.0.0.1', ready))
let events = 0
const unhandled = new Promise(caught => process.on('unhandledRejection', error => caught(`${error.name}: ${error.message}`)))
const promise = source.fetchEventSource(`http://127.0.0.1:${server.address().port}/`, {
  openWhenHidden: true,
  onmessage: () => { events++ },
  onerror: error => { throw error },
}).then(() => 'resolved', error => `rejected with ${error}`)
const raised = await Promise.race([unhandled, pause(5000, 'nothing')])
const outcome = await Promise.race([promise, pause(500, 'not settled')])
server.close()
console.log(`@microsoft/fetch-event-source 2.0.1 in Node, openWhenHidden: true: ${events} event delivered, the promise is ${outcome}, unhandled: ${raised}`)
process.exit(events === 1 && outcome === 'not settled' && raised === 'ReferenceError: document is not defined' ? 0 : 1)
JS
node run.mjs
