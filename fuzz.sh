#!/bin/sh
# Runs every fuzz target of the module for the given time each.
set -eu
out=$(mktemp)
trap 'rm -f "$out"' EXIT

# fuzz runs one target. A target whose time ends while a busy machine still runs an input is
# called failed by Go before 1.27, with nothing but "context deadline exceeded"; a true failure names its input.
fuzz() {
	if go test -run '^$' -fuzz "^$1\$" -fuzztime "$2" "$3" >"$out" 2>&1 </dev/null; then
		cat "$out"
	elif grep -q '^    context deadline exceeded$' "$out" && ! grep -qE 'Failing input|panic|hung|FAIL: .*/' "$out"; then
		grep -v FAIL "$out"
		echo "fuzz.sh: $1: the time ended within an input; none failed"
	else
		cat "$out"
		return 1
	fi
}

grep -rl --include='*_test.go' '^func Fuzz' . --exclude-dir=node_modules | while read -r file; do
	grep -o '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //' | while read -r target; do
		fuzz "$target" "$1" "$(dirname "$file")"
	done
done
