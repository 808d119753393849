"""Tells one story of a client of a real server; what it prints is compared with what other languages say.

The first argument is the story's name, the second its settings as JSON.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
import pathlib
import sys
import time
from typing import Any, Callable, Dict, List

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import requests  # noqa: E402

import claimcheck  # noqa: E402
from claimcheck import Client, ClaimcheckError, File, URL, verify_webhook  # noqa: E402

Settings = Dict[str, Any]
BROKEN = '{"a": 1,\n "b" 2}'


def told(call: Callable[[], Any]) -> Dict[str, Any]:
    """What a call raises."""
    try:
        call()
    except ClaimcheckError as e:
        return {
            "type": type(e).__name__, "code": e.code, "message": e.message, "http_status": e.http_status, "line": e.details.get("line"),
            "column": e.details.get("column"), "request_id": bool(e.request_id), "retry_after": e.retry_after > 0, "details": sorted(e.details),
        }
    return {"type": "none"}


def sha256(b: bytes) -> str:
    return hashlib.sha256(b).hexdigest()


def digest(c: Client, source: Any, **o: Any) -> str:
    status = c.wait(c.submit("digest", source, **o)["job_id"])
    return str(c.result(status["job_id"])["sha256"])  # the tool's own words


def success(c: Client, s: Settings) -> Any:
    ran = c.run("json-formatter", '{"a":[1,2]}', options={"tab-space": 2}, request_id=s["request_id"])
    job = c.submit("json-formatter", b'{"a":[1,2]}', options={"x-tab-space": "2"}, request_id=s["request_id"])
    status = c.wait(job["job_id"])
    return {
        "ran": ran["preview"], "request_id": ran["request_id"], "accepted": job["status"], "status": status["status"], "job": job["job_id"],
        "same": c.result(job["job_id"]) == status["result"], "raw": c.result(job["job_id"], raw=True).decode(),
        "text": c.download(job["job_id"]).decode(), "link": c.download(ran["file"]).decode(),
    }


def failure(c: Client, s: Settings) -> Any:
    job = c.submit("json-formatter", BROKEN)["job_id"]
    status = c.wait(job)
    return {
        "run": told(lambda: c.run("json-formatter", BROKEN)), "status": status["status"], "code": status["error"]["code"],
        "result": told(lambda: c.result(job)), "download": told(lambda: c.download(job)),
        "job": told(lambda: c.run("json-formatter", BROKEN, run_at=int(time.time()) + 3)),
    }


def unauthorized(c: Client, s: Settings) -> Any:
    return told(lambda: Client(s["url"], "cc_wrong").get(s["nobody"]))


def not_found(c: Client, s: Settings) -> Any:
    return {"unknown": told(lambda: c.get(s["nobody"])), "malformed": told(lambda: c.get("no id")), "foreign": told(lambda: c.get(s["foreign"])), "tool": told(lambda: c.submit("no-such", "x"))}


def quota(c: Client, s: Settings) -> Any:
    return {"first": c.run("json-formatter", "[1]")["status"], "second": told(lambda: c.run("json-formatter", "[2]"))}


def limited(c: Client, s: Settings) -> Any:
    import time

    pauses: List[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    c = Client(s["url"], s["key"], sleep=sleep)
    for _ in range(1000):
        c.usage()
        if pauses:
            break
    return {"waited": bool(pauses)}


def lost_answer(c: Client, s: Settings) -> Any:
    job = c.submit("json-formatter", "[1]", metadata={"story": "lost"})
    ran = c.run("json-formatter", "[2]", metadata={"story": "lost"})
    c.wait(job["job_id"])
    return {"accepted": job["status"], "ran": ran["preview"], "jobs": len(list(c.list(metadata={"story": "lost"})))}


def restart_in_wait(c: Client, s: Settings) -> Any:
    return c.wait(s["job"])["status"]


def watch(c: Client, s: Settings) -> Any:
    return [status["status"] for status in c.watch(s["job"])]


def words(c: Client, s: Settings) -> Any:
    def of(events: List[claimcheck.Event], name: str) -> List[Any]:
        return [event[name] for event in events if event["event"] == name]  # type: ignore[literal-required]

    heard = list(c.events(s["job"]))
    pieces = [event["id"] for event in heard if event["event"] == "output"]
    ids = [event["id"] for event in heard if event["event"] != "progress"]
    later = list(c.events(s["job"], after=pieces[0]))
    return {
        "message": of(heard, "message"), "progress": all(0 <= n <= 100 for n in of(heard, "progress")), "log": sum(of(heard, "log"), []), "output": of(heard, "output"),
        "status": [status["status"] for status in of(heard, "status")], "once": len(set(ids)) == len(ids),
        "later": [of(later, "message"), of(later, "output"), [status["status"] for status in of(later, "status")]],
        "kept": [line["text"] for line in c.log(s["job"])["lines"]], "dropped": c.log(s["job"])["dropped"],
        "watch": [status["status"] for status in c.watch(s["job"])],
    }


def many(c: Client, s: Settings) -> Any:
    def ended(cursor: str) -> List[claimcheck.FeedPage]:
        return list(c.feed(cursor, group="many", limit=2, timeout=0))

    begin = next(c.feed())
    jobs = [c.submit("json-minify", text, group="many")["job_id"] for text in ("[1]", "[2]", BROKEN)]
    over = c.wait_group("many")
    waiting = c.submit("json-minify", "[4]", group="many", run_at=s["now"] + 3600)["job_id"]
    try:
        c.wait_group("many", timeout=0)
    except claimcheck.WaitTimeout as e:
        late = e.group and e.group["jobs"]
    pages = ended(begin["next_cursor"])
    c.cancel(waiting)
    last = next(c.feed(pages[-1]["next_cursor"], full=True))  # waits for it
    return {
        "begin": begin["jobs"], "over": [over["done"], over["closed"], over["total"], over["jobs"]], "first error": over["first_error"]["job_id"] == jobs[2],
        "late": late, "fed": sorted(j["job_id"] for page in pages for j in page["jobs"]) == sorted(jobs), "sizes": [len(page["jobs"]) for page in pages],
        "last": [[j["job_id"] == waiting, j["status"], j["group"]] for j in last["jobs"]], "none": ended(last["next_cursor"]),
        "listed": len(list(c.list(group="many"))), "closed": c.close_group("many")["closed"], "again": told(lambda: c.submit("json-minify", "[5]", group="many"))["code"],
        "unknown": told(lambda: c.group("no-such"))["code"], "now": c.group("many")["jobs"],
    }


def terms(c: Client, s: Settings) -> Any:
    start = datetime.datetime.fromtimestamp(s["now"] + 3600, datetime.timezone.utc)
    o: Any = {"start_by": start, "finish_by": datetime.timedelta(hours=2), "retention": datetime.timedelta(minutes=2), "retention_failed": 90, "delete_on_read": True}
    job = c.submit("json-minify", "[1]", group="terms", output_name="Zoë's.json", **o)["job_id"]
    c.wait(job)
    full = c.get(job, full=True)
    late = c.wait(c.submit("gate", "terms", finish_by=1)["job_id"])
    return {
        "start_by": full["start_by"] - s["now"], "finish_by": full["finish_by"] - full["created_at"] in (7200, 7201), "group": full["group"], "late": late["error"]["code"],
        "link": full["result"]["file"], "wrong": told(lambda: c.submit("json-minify", "[3]", finish_by=s["now"] - 60))["details"],
        "url": told(lambda: c.submit("json-minify", "[4]", output_url="http://192.0.2.1/out"))["details"],
    }


def cut_download(c: Client, s: Settings) -> Any:
    job = c.submit("json-minify", "[" + "1," * 400_000 + "1]")["job_id"]
    c.wait(job)
    path = pathlib.Path(s["folder"]) / "out.json"
    seen: List[int] = []
    c.download(job, path, progress=lambda done, total: seen.append(done))
    return {"sha256": sha256(path.read_bytes()), "grew": seen == sorted(seen), "last": seen[-1]}


def wrong_digest(c: Client, s: Settings) -> Any:
    job = c.submit("json-minify", "[1,2]")["job_id"]
    c.wait(job)
    return told(lambda: c.download(job, pathlib.Path(s["folder"]) / "wrong.json"))["type"]


def big_upload(c: Client, s: Settings) -> Any:
    seen: List[int] = []
    ran: Any = c.run("digest", pathlib.Path(s["file"]), progress=lambda done, total: seen.append(done))
    return {"sha256": ran["sha256"], "bytes": ran["bytes"], "grew": seen == sorted(seen), "last": seen[-1]}


class _Stream:
    """A file of which only the next bytes are known."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "rb")

    def read(self, n: int) -> bytes:
        return self.file.read(min(n, 77_777))


def stream_upload(c: Client, s: Settings) -> Any:
    stream: Any = _Stream(s["file"])
    ran: Any = c.run("digest", stream, filename="stream.log")
    return {"sha256": ran["sha256"], "bytes": ran["bytes"]}


def webhook(c: Client, s: Settings) -> Any:
    def verdict(secret: str, call: Any, body: bytes, now: float) -> str:
        try:
            return verify_webhook(secret, call["headers"], body, now)["type"]
        except claimcheck.WebhookRefused:
            return "refused"

    first, second = s["calls"]
    body, at = base64.b64decode(first["body"]), int(first["headers"]["webhook-timestamp"])
    later = base64.b64decode(second["body"])
    return {
        "good": verdict(s["secret"], first, body, at), "early": verdict(s["secret"], first, body, at - 300), "late": verdict(s["secret"], first, body, at + 300),
        "too early": verdict(s["secret"], first, body, at - 301), "too late": verdict(s["secret"], first, body, at + 301),
        "changed": verdict(s["secret"], first, body.replace(b"succeeded", b"exceeded!"), at), "other": verdict(s["other"], first, body, at),
        "other call": verdict(s["secret"], {"headers": {**first["headers"], "webhook-id": "another"}}, body, at),
        "unsigned": verdict(s["secret"], {"headers": {}}, body, at),
        "rotated": [verdict(secret, second, later, int(second["headers"]["webhook-timestamp"])) for secret in (s["secret"], s["rotated"], s["other"])],
    }


def lists(c: Client, s: Settings) -> Any:
    jobs = [c.submit("json-formatter", text, metadata={"story": "list"})["job_id"] for text in ("[1]", "[2]", "[3]", BROKEN, "[4]")]
    for job in jobs:
        c.wait(job)
    failed = list(c.list(status=["failed"], tool="json-formatter", error=["INVALID_JSON", "TIMEOUT"], metadata={"story": "list"}, full=True))
    return {
        "all": [j["job_id"] for j in c.list(metadata={"story": "list"}, limit=2)] == jobs[::-1], "failed": [j["job_id"] for j in failed] == [jobs[3]],
        "tool": failed[0]["tool"], "none": list(c.list(created_after=s["now"] + 86_400)), "wrong": told(lambda: list(c.list(limit=0)))["code"],
    }


def change(c: Client, s: Settings) -> Any:
    canceled = c.cancel(s["job"])["job_id"] == s["job"]
    over = c.wait(s["job"])
    done = c.submit("json-formatter", "[1]")["job_id"]
    c.wait(done)
    again = c.retry(done)
    c.delete(done)
    return {
        "canceled": canceled, "over": over["error"]["code"], "finished": told(lambda: c.cancel(again["job_id"]) and c.wait(again["job_id"]) and c.cancel(again["job_id"]))["code"],
        "again": again["job_id"] != done and c.wait(again["job_id"])["status"], "gone": told(lambda: c.get(done))["code"], "twice": told(lambda: c.delete(done))["code"],
    }


def redirect(c: Client, s: Settings) -> Any:
    job = c.submit("json-formatter", "[7]")["job_id"]
    c.wait(job)
    return {"usage": told(c.usage)["type"], "file": c.download(job).decode()}


def inputs(c: Client, s: Settings) -> Any:
    path = pathlib.Path(s["small"])
    with path.open("rb") as f, path.open() as text:
        made = {"file": digest(c, f), "text file": digest(c, text)}
    o = {"metadata": {"name": "Zoë"}, "priority": 3, "run_at": s["now"], "content_type": "text/x-story", "webhook_url": s["hook"]}
    job = c.submit("digest", "with options", **o)["job_id"]
    full = (c.wait(job), c.get(job, full=True))[1]
    return {
        **made, "text": digest(c, "Zoë"), "bytes": digest(c, b"\x00\xff"), "path": digest(c, path), "url": digest(c, URL(s["at"])),
        "upload": digest(c, File(c.upload(path, "my file.log"))), "empty": told(lambda: c.run("digest", ""))["code"],
        "metadata": full["metadata"], "run_at": full["run_at"] == s["now"] if "run_at" in full else True, "type": c.result(job)["type"],
    }


def timeout(c: Client, s: Settings) -> Any:
    def of(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except claimcheck.WaitTimeout as e:
            return e.last and e.last["status"]

    return [of(lambda: c.wait(s["job"], timeout=1.2)), of(lambda: c.wait(s["job"], timeout=0)), of(lambda: list(c.watch(s["job"], timeout=2.5)))]


def about(c: Client, s: Settings) -> Any:
    return {"owner": c.usage()["owner"], "tools": [t["name"] for t in c.tools() if t["name"].startswith("json-")], "option": c.tool("json-formatter")["options"][0]["header"]}


def held(c: Client, s: Settings) -> Any:
    return c.wait(s["job"])["status"]


def token(c: Client, s: Settings) -> Any:
    job = c.submit("json-formatter", "[1]")["job_id"]
    c.wait(job)
    made = c.token(job)["token"]
    return requests.get(s["url"] + "/jobs/" + job, params={"access_token": made}, timeout=60).json()["status"]


if __name__ == "__main__":
    settings = json.loads(sys.argv[2])
    story = globals()[sys.argv[1]]
    print(json.dumps(story(Client(settings["url"], settings["key"]), settings)))
