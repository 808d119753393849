#!/bin/sh
# Has a JSON file laid out: hands it in, asks for the job until it is finished, prints the output.
#
#   CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... sh poll.sh FILE >OUT
#
# It needs curl 7.70 or newer, and jq.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf 'x-api-key: %s\n' "$CLAIMCHECK_API_KEY" >"$dir/key" # not an argument: others on the machine can read those

call() { # curl's arguments: prints the status; the answer is in $dir/answer. After 429 and 503 curl waits as Retry-After says.
	curl -sS --retry 20 --retry-max-time 600 -H @"$dir/key" -o "$dir/answer" -w '%{http_code}' "$@"
}

refused() {
	jq -r '"\(.error): \(.details.message)"' "$dir/answer" >&2
	exit 1
}

# The Idempotency-Key makes it safe to send this again: it is one job, however often it arrives.
code=$(call "$CLAIMCHECK_URL/json-formatter-api" -H 'Prefer: respond-async' -H 'x-tab-space: 2' \
	-H "Idempotency-Key: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" --data-binary @"$1")
[ "$code" = 202 ] || refused
job=$(jq -r .job_id "$dir/answer")
echo "job $job" >&2

while :; do # 304: nothing new since the ETag that curl has kept; the answer from before is still there
	code=$(call "$CLAIMCHECK_URL/jobs/$job" --etag-save "$dir/etag" --etag-compare "$dir/etag")
	case $code in 200 | 304) ;; *) refused ;; esac
	case $(jq -r .status "$dir/answer") in
	success) break ;;
	failed)
		jq -r --arg file "$1" '.error | $file + (.details | if .line then ":\(.line):\(.column)" else "" end) + ": \(.message) (\(.code))"' "$dir/answer" >&2
		exit 1
		;;
	esac
	sleep "$(jq .retry_after "$dir/answer")"
done
curl -sS --fail --retry 20 --retry-max-time 600 "$(jq -r .result.file "$dir/answer")" # a signed link: it needs no key
