"""Asks for a job with requests, at most so many times, and tells how it stands.

It knows what the public page of the status API says and nothing more: the
address, the header, and the members of the three answers.
"""

import sys
import time

import requests

base, key, job, times = sys.argv[1:]

for left in range(int(times) - 1, -1, -1):
    status = requests.get(base + "/status-api/" + job, headers={"x-api-key": key}, timeout=30).json()
    if status["status"] in ("success", "failed"):
        break
    print(status["status"], status["message"], "again in", status["retry_after"], "s")
    if left:
        time.sleep(status["retry_after"])

if status["status"] == "success":
    print("result", status["result"])
elif status["status"] == "failed":
    print("error", status["error"], file=sys.stderr)
