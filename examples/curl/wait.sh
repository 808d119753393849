#!/bin/sh
# The same as poll.sh, but the server holds each request until there is news (Prefer: wait): fewer requests, and the end is known at once.
#
#   CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... sh wait.sh FILE >OUT
#
# It needs curl 7.70 or newer, and jq.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf 'x-api-key: %s\n' "$CLAIMCHECK_API_KEY" >"$dir/key" # not an argument: others on the machine can read those

call() { # curl's arguments: prints the status; the answer is in $dir/answer. After 429 and 503 curl waits as Retry-After says.
	curl -sS --retry 20 --retry-max-time 600 -H @"$dir/key" -o "$dir/answer" -w '%{http_code}' "$@"
}

# What is done soon is answered at once, with 200 or, where the file is wrong, 400. What is large or takes long becomes a job: 202.
code=$(call "$CLAIMCHECK_URL/json-formatter-api" -H 'x-tab-space: 2' \
	-H "Idempotency-Key: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" --data-binary @"$1")
while [ "$code" = 202 ]; do # the job's result: 202 until it is there, then what the first answer would have been
	: "${job:=$(jq -r .job_id "$dir/answer")}"
	code=$(call "$CLAIMCHECK_URL/jobs/$job/result" -H 'Prefer: wait=25')
done

if [ "$code" != 200 ]; then
	jq -r --arg file "$1" '$file + (.details | if .line then ":\(.line):\(.column)" else "" end) + ": \(.details.message) (\(.error))"' "$dir/answer" >&2
	exit 1
fi
curl -sS --fail --retry 20 --retry-max-time 600 "$(jq -r .file "$dir/answer")" # a signed link: it needs no key
