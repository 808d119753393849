#!/bin/sh
# Runs every fuzz target of the module for the given time each.
set -eu
grep -rl --include='*_test.go' '^func Fuzz' . --exclude-dir=node_modules | while read -r file; do
	grep -o '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //' | while read -r target; do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$(dirname "$file")" </dev/null
	done
done
