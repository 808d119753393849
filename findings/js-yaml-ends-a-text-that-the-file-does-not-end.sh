#!/bin/sh
# A block text (|) in the last line of a file that does not end with a line break is "text" to go.yaml.in/yaml, as YAML 1.2 has it (section 8.1.1.2: the end of the input ends the line, and is no
# line break), and "text\n" to js-yaml and yaml: a key or password that is kept so is another one in Node. One would expect the same text in all.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent js-yaml@5.5.0 yaml@2.9.1
cat > go.mod <<'MOD'
module run
go 1.24
require go.yaml.in/yaml/v4 v4.0.0
MOD
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"os"

	"go.yaml.in/yaml/v4"
)

func main() {
	var v any
	if err := yaml.Load([]byte("a: |\n  text"), &v); err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
		panic(err)
	}
}
GO
cat > run.mjs <<'JS'
import { load } from 'js-yaml'
import { parse } from 'yaml'

const file = 'a: |\n  text'
const go = process.argv[2]
const [a, b] = [load(file), parse(file)].map(v => JSON.stringify(v))
console.log(`the same file is ${go} to go.yaml.in/yaml 4.0.0, ${a} to js-yaml 5.5.0 and ${b} to yaml 2.9.1`)
process.exit(go === '{"a":"text"}' && a === '{"a":"text\\n"}' && b === a ? 0 : 1)
JS
GOFLAGS=-mod=mod go mod tidy >/dev/null 2>&1
node run.mjs "$(GOFLAGS=-mod=mod go run .)"
