#!/bin/sh
# Runs all tests, or those of the given packages, with the race detector. The detector itself may break down ("ThreadSanitizer: CHECK failed", seen once in a package that
# starts very many goroutines): that says nothing of the program, and the packages to which it happened are run once more, if nothing else has failed.
set -u
out=$(mktemp) code=$(mktemp)
trap 'rm -f "$out" "$code"' EXIT
[ $# -gt 0 ] || set -- ./...

# The detector does not look into code in which no goroutines meet. There it would find nothing and make everything many times slower: SQLite as translated from C, whose
# connections have one user at a time; compression, the reading and writing of formats of data, and the comparing and drawing of values in tests, which one goroutine does from its beginning to its
# end. What calls them is looked at.
flags=-race
for alone in modernc.org/... github.com/andybalholm/brotli/... github.com/klauspost/compress/... github.com/go-json-experiment/json/... claimcheck/internal/data/... \
	github.com/google/go-cmp/... pgregory.net/rapid/...; do
	flags="$flags -gcflags=$alone=-race=false"
done
# Four packages at once, also on two processors: many tests wait for processes, disks and clocks.
# make lint runs go vet over everything, tests included; here it would be done once more.
flags="$flags -p 4 -timeout 20m -vet=off"

# shellcheck disable=SC2086
{ go test $flags "$@" 2>&1 </dev/null; echo $? >"$code"; } | tee "$out"
[ "$(cat "$code")" != 0 ] || exit 0

broken=$(grep -A1 '^ThreadSanitizer: CHECK failed' "$out" | awk '$1 == "FAIL" && NF == 3 { print $2 }')
failed=$(awk '$1 == "FAIL" && NF >= 3 { print $2 }' "$out")
if [ -z "$broken" ] || [ "$broken" != "$failed" ] || grep -qE '^ *--- FAIL|DATA RACE|^panic:' "$out"; then
	exit 1
fi
echo "unit.sh: the race detector broke down, once more:" $broken
# shellcheck disable=SC2086
go test $flags -count=1 $broken
