#!/usr/bin/env python3
"""A pull worker: takes jobs of one tool, upper-cases their text, hands in the result.

    CLAIMCHECK_URL=http://127.0.0.1:8080 CLAIMCHECK_API_KEY=... python3 worker.py TOOL [JOBS]

It needs Python 3 alone. JOBS is after how many jobs to end; without it, never.
"""
import json, os, sys, threading, time, urllib.error, urllib.request

BASE, KEY, TOOL = os.environ["CLAIMCHECK_URL"], os.environ["CLAIMCHECK_API_KEY"], sys.argv[1]
JOBS = int(sys.argv[2]) if len(sys.argv) > 2 else None


def call(path, body):
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(),
                                     {"x-api-key": KEY, "content-type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                raise
            time.sleep(int(refused.headers.get("Retry-After", 5)))  # the same again, when the server says


def stay_alive(lease, done):
    while not done.wait(lease["heartbeat_seconds"]):
        if call(f"/work/{lease['lease']}/heartbeat", {})["cancel_requested"]:
            os._exit(3)  # simplest way to stop; the lease ends by itself


def work(lease):
    with urllib.request.urlopen(lease["input_url"], timeout=60) as source:
        text = source.read().decode()
    if not text.strip():
        raise ValueError("The input has no text.")
    return {"text": text.upper(), "worker": "python"}


while JOBS is None or JOBS > 0:
    for lease in call("/work/claim", {"tools": [TOOL], "max": 1, "wait": 20, "worker": "python"})["leases"]:
        done = threading.Event()
        threading.Thread(target=stay_alive, args=(lease, done), daemon=True).start()
        try:
            end, report = "finish", {"result": work(lease)}
        except ValueError as wrong:  # the input's fault: the same again fails again
            end, report = "fail", {"code": "NO_TEXT", "message": str(wrong)}
        except Exception as trouble:  # ours: worth another attempt
            end, report = "fail", {"code": "WORKER_TROUBLE", "message": str(trouble), "retry": True}
        done.set()
        try:
            call(f"/work/{lease['lease']}/{end}", report)
        except urllib.error.HTTPError as refused:
            if refused.code != 409:  # 409: somebody else has the job now
                raise
        JOBS = JOBS and JOBS - 1
