#!/bin/sh
# parse-link-header returns null for a Link field of more than 2,000 characters, as for one that is absent: a client that pages by rel="next" takes the page for the last one.
# One would expect the links, or an error.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent parse-link-header@2.0.0 http-link-header@1.1.4
cat > run.mjs <<'JS'
import parse from 'parse-link-header'
import other from 'http-link-header'

const link = length => {
  const [before, after] = ['<https://api.example.com/jobs?cursor=', '>; rel="next"']
  return before + 'c'.repeat(length - before.length - after.length) + after
}
const [at, over] = [parse(link(2000)), parse(link(2001))]
const same = other.parse(link(2001)).refs.length
console.log(`parse-link-header 2.0.0: 2000 characters give ${at === null ? 'null' : Object.keys(at)}, 2001 give ${over}; http-link-header 1.1.4 finds ${same} link in those`)
process.exit(at?.next && over === null && same === 1 ? 0 : 1)
JS
node run.mjs
