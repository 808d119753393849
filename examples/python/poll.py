#!/usr/bin/env python3
"""Has a JSON file laid out: hands it in, asks for the job until it is finished, prints the output.

    CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... python3 poll.py FILE >OUT

It needs requests (pip install requests).
"""
import os, sys, time, uuid

import requests

URL, FILE = os.environ["CLAIMCHECK_URL"], sys.argv[1]
service = requests.Session()
service.headers["x-api-key"] = os.environ["CLAIMCHECK_API_KEY"]


def call(method, path, **options):
    """One request. It is sent again where the server says when (429, 503), but nobody waits for the next month."""
    while True:
        answer = service.request(method, URL + path, timeout=60, **options)
        wait = int(answer.headers.get("Retry-After", 5))
        if answer.status_code not in (429, 503) or wait > 600:
            break
        time.sleep(wait)
    if not answer.ok:
        refusal = answer.json()
        sys.exit(f"{refusal['error']}: {refusal['details']['message']}")
    return answer


with open(FILE, "rb") as source:
    document = source.read()
job = call("POST", "/json-formatter-api", data=document, headers={
    "Prefer": "respond-async",
    "Idempotency-Key": str(uuid.uuid4()),  # however often this arrives, it is one job
    "x-tab-space": "2",
}).json()["job_id"]
print("job", job, file=sys.stderr)

status, etag = None, None
while True:
    answer = call("GET", f"/jobs/{job}", headers={"If-None-Match": etag} if etag else {})
    if answer.status_code == 200:  # else 304: nothing new
        status, etag = answer.json(), answer.headers["ETag"]
    if status["status"] in ("success", "failed"):
        break
    time.sleep(int(answer.headers["Retry-After"]))

if status["status"] == "failed":
    error = status["error"]
    place = ":{line}:{column}".format(**error["details"]) if "line" in error["details"] else ""
    sys.exit(f"{FILE}{place}: {error['message']} ({error['code']})")
with requests.get(status["result"]["file"], stream=True, timeout=60) as output:  # a signed link: it needs no key
    output.raise_for_status()
    for piece in output.iter_content(1 << 16):
        sys.stdout.buffer.write(piece)
