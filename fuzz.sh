#!/bin/sh
# fuzz.sh TIME runs every fuzz target of the module, or of the folders in FUZZ_FOLDERS, for the given time, two at once, each with one worker.
# fuzz.sh TIME TARGET FOLDER runs one.
set -eu

if [ $# -eq 1 ]; then
	# shellcheck disable=SC2086
	grep -rl --include='*_test.go' '^func Fuzz' ${FUZZ_FOLDERS:-.} --exclude-dir=node_modules | while read -r file; do
		grep -o '^func Fuzz[A-Za-z0-9_]*' "$file" | sed "s|^func \(.*\)|\1 ./$(dirname "${file#./}")|"
	done | xargs -P 2 -n 2 sh "$0" "$1"
	exit 0
fi

out=$(mktemp)
trap 'rm -f "$out"' EXIT
# A target whose time ends while a busy machine still runs an input is
# called failed by Go before 1.27, with nothing but "context deadline exceeded"; a true failure names its input.
if go test -run '^$' -fuzz "^$2\$" -fuzztime "$1" -parallel 1 "$3" >"$out" 2>&1 </dev/null; then
	cat "$out"
elif grep -q '^    context deadline exceeded$' "$out" && ! grep -qE 'Failing input|panic|hung|FAIL: .*/' "$out"; then
	grep -v FAIL "$out"
	echo "fuzz.sh: $2: the time ended within an input; none failed"
else
	cat "$out"
	exit 1
fi
