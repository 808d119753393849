#!/bin/sh
# openapi-fetch gives an answer of 502 without a body, such as proxies send, an error that is undefined (with Content-Length: 0) or '' (without): "if (error)", as its documentation has it, goes on, and TypeScript
# then takes data, which is undefined, for the answer. One would expect an error that is truthy for each answer that is not 2xx, or data that TypeScript calls undefined.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --no-audit --no-fund --silent openapi-fetch@0.17.0 typescript@5.9.3
cat > run.ts <<'TS'
import createClient from 'openapi-fetch'

interface paths {
  '/job': {
    get: {
      responses: {
        200: { content: { 'application/json': { status: string } } }
        502: { content: { 'application/json': { message: string } } }
      }
    }
  }
}

const seen: string[] = []
for (const headers of [{ 'content-length': '0' }, {}] as Record<string, string>[]) {
  const client = createClient<paths>({ baseUrl: 'http://127.0.0.1', fetch: async () => new Response(null, { status: 502, headers }) })
  const { data, error } = await client.GET('/job')
  if (error) {
    seen.push('an error')
    continue
  }
  try {
    seen.push(data.status) // compiles: data cannot be undefined here
  } catch (thrown) {
    seen.push(`error ${JSON.stringify(error) ?? 'undefined'}, then ${(thrown as Error).name}`)
  }
}
console.log(`openapi-fetch 0.17.0, 502 without a body, after "if (error)": ${seen.join('; ')}`)
if (seen.join() !== 'error undefined, then TypeError,error "", then TypeError') throw new Error('it behaves otherwise now')
TS
npx tsc --strict --target es2022 --module nodenext --lib es2022,dom run.ts
node run.js
