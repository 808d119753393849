#!/bin/sh
# A pull worker: takes jobs of one tool, sorts the lines of their input, hands the output in as a file.
#
#   CLAIMCHECK_URL=http://127.0.0.1:8080 CLAIMCHECK_API_KEY=... sh worker.sh TOOL [JOBS]
#
# It needs curl, sed and sort alone. JOBS is after how many jobs to end; without it, never.
set -u
tool=$1
jobs=${2:--1}
dir=$(mktemp -d)
trap 'rm -rf "$dir"; [ -z "${alive:-}" ] || kill "$alive" 2>/dev/null' EXIT INT TERM

printf 'x-api-key: %s\n' "$CLAIMCHECK_API_KEY" >"$dir/key" # not an argument: others on the machine can read those

call() { # path body [file]: the answer is in the file, or in $dir/answer. After 429 and 503 curl sends the same again, when the server says.
	curl -sS --fail-with-body -m 60 --retry 20 --retry-max-time 600 -H @"$dir/key" -H 'content-type: application/json' -o "${3:-$dir/answer}" -d "$2" "$CLAIMCHECK_URL$1"
}

member() { # name: its value in the answer; addresses and ids hold no quotes
	sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$dir/answer" | sed 's/\\u0026/\&/g'
}

while [ "$jobs" -ne 0 ]; do
	call /work/claim "{\"tools\":[\"$tool\"],\"max\":1,\"wait\":20,\"worker\":\"shell\"}" || { sleep 2; continue; }
	lease=$(member lease)
	[ -n "$lease" ] || continue
	every=$(member heartbeat_seconds) input=$(member input_url) output=$(member output_url)
	while sleep "$every"; do call "/work/$lease/heartbeat" '{}' /dev/null || exit; done >/dev/null 2>&1 &
	alive=$!
	if ! curl -sS --fail -m 600 "$input" >"$dir/in"; then
		end=fail report='{"code":"WORKER_TROUBLE","message":"The input could not be read.","retry":true}'
	elif ! grep -q . "$dir/in"; then
		end=fail report='{"code":"NO_TEXT","message":"The input has no text."}'
	elif LC_ALL=C sort "$dir/in" >"$dir/out" && curl -sS --fail -m 600 -T "$dir/out" -H 'content-type: text/plain; charset=utf-8' "$output"; then
		end=finish report='{}'
	else
		end=fail report='{"code":"WORKER_TROUBLE","message":"The output could not be handed in.","retry":true}'
	fi
	kill "$alive" 2>/dev/null
	alive=
	call "/work/$lease/$end" "$report" || echo "lease lost: $lease" >&2 # somebody else has the job now
	jobs=$((jobs - 1))
done
