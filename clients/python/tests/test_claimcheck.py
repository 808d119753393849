"""Tests that need no claimcheck server: python3 -m unittest, in the folder above."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import importlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import threading
import unittest
import unittest.mock
from typing import Any, Callable, Dict, List, Optional, Tuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import claimcheck  # noqa: E402
from claimcheck import Client, ClaimcheckError, ConnectionLost, DigestMismatch, WaitTimeout, WebhookRefused, verify_webhook  # noqa: E402

Step = Callable[["Handler"], None]
JOB = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    body = b""

    def handle_all(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        script: Script = self.server.script  # type: ignore[attr-defined]
        script.asked.append((self.command + " " + self.path, {k.lower(): v for k, v in self.headers.items()}, self.body))
        script.steps.pop(0)(self)

    do_GET = do_POST = do_DELETE = do_HEAD = do_PATCH = handle_all

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("length", str(len(text))))
        self.end_headers()
        self.wfile.write(text)

    def cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()


def say(status: int, body: Any = None, **headers: str) -> Step:
    return lambda h: h.say(status, body, **headers)


def cut(h: Handler) -> None:
    h.cut()


def stream(text: str) -> Step:
    """Event streams that end with the connection."""

    def step(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Content-Type", "text/event-stream")
        h.send_header("Connection", "close")
        h.end_headers()
        h.wfile.write(text.encode())
        h.cut()

    return step


def status(word: str, **more: Any) -> Dict[str, Any]:
    return {"job_id": JOB, "status": word, "created_at": 1, "updated_at": len(word), **more}


class Script:
    """A server that answers each request with its next step."""

    def __init__(self, *steps: Step) -> None:
        self.steps, self.asked, self.slept = list(steps), [], []  # type: List[Step], List[Tuple[str, Dict[str, str], bytes]], List[float]
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.script = self  # type: ignore[attr-defined]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.client = Client(f"http://127.0.0.1:{self.server.server_address[1]}", "key", sleep=self.slept.append)

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, *_: Any) -> None:
        self.client._http.close()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        assert not self.steps, f"{len(self.steps)} steps are left"


class Words(unittest.TestCase):
    def test_where_and_why(self) -> None:
        e = ClaimcheckError("JSON validation failed.", code="INVALID_JSON", details={"line": 3, "column": 2, "reason": "Expected a colon after the name."})
        self.assertEqual(str(e), "INVALID_JSON: JSON validation failed. (line 3, column 2) Expected a colon after the name.")
        e = ClaimcheckError("Excel validation failed.", code="INVALID_EXCEL", details={"reason": "Not one."})
        self.assertEqual(str(e), "INVALID_EXCEL: Excel validation failed. Not one.")


class Calls(unittest.TestCase):
    def test_waits_as_the_server_says(self) -> None:
        limited = {"status": "error", "error": "RATE_LIMITED", "details": {"message": "Slowly."}, "retry_after": 7}
        with Script(say(429, limited, Retry_After="7"), say(503, {"status": "error", "error": "UNAVAILABLE", "details": {"message": "Later."}}), say(502, b"<html>"), cut, say(200, status("queued"))) as s:
            self.assertEqual(s.client.get(JOB)["status"], "queued")
            self.assertEqual(s.slept, [7, 5, 4, 8])

    def test_does_not_wait_for_a_month(self) -> None:
        over = {"status": "error", "error": "QUOTA_EXCEEDED", "details": {"message": "All used.", "resets_at": 9}, "retry_after": 86400}
        with Script(say(429, over, Retry_After="86400", X_Request_Id="r")) as s, self.assertRaises(ClaimcheckError) as e:
            s.client.run("json-formatter", "[]")
        self.assertEqual((e.exception.code, e.exception.retry_after, e.exception.details, e.exception.request_id), ("QUOTA_EXCEEDED", 86400, {"resets_at": 9}, "r"))

    def test_an_answer_of_somebody_else(self) -> None:
        with Script(say(200, b"<html>"), say(200, b"<html>"), say(200, b"<html>")) as s:
            for call in (s.client.usage, lambda: s.client.get(JOB), lambda: s.client.submit("x", "y")):
                self.assertRaises(ClaimcheckError, call)

    def test_gives_up_after_its_tries(self) -> None:
        with Script(cut, cut, cut, cut, cut) as s, self.assertRaises(ConnectionLost):
            s.client.usage()
        self.assertEqual(s.slept, [1, 2, 4, 8])

    def test_a_retry_whose_answer_is_lost_is_not_sent_again(self) -> None:
        with Script(cut) as s, self.assertRaises(ConnectionLost):
            s.client.retry(JOB)
        gone = {"status": "error", "error": "UNAVAILABLE", "details": {"message": "?", "outcome": "unknown"}}
        with Script(say(503, gone)) as s, self.assertRaises(ClaimcheckError):
            s.client.retry(JOB)
        with Script(say(503, {**gone, "details": {"message": "?"}}), say(202, {"job_id": "x"})) as s:
            s.client.retry(JOB)

    def test_what_was_done_by_the_try_that_was_lost(self) -> None:
        no = {"status": "error", "error": "JOB_NOT_FOUND", "details": {"message": "Job not found"}}
        with Script(cut, say(404, no)) as s:
            s.client.delete(JOB)
        with Script(say(404, no)) as s, self.assertRaises(ClaimcheckError):
            s.client.delete(JOB)
        over = {"status": "error", "error": "JOB_FINISHED", "details": {"message": "It is over."}}
        canceled = status("failed", error={"code": "CANCELED", "message": "Canceled.", "details": {}})
        with Script(cut, say(409, over), say(200, canceled)) as s:
            self.assertEqual(s.client.cancel(JOB)["status"], "failed")
        with Script(say(409, over)) as s, self.assertRaises(ClaimcheckError):
            s.client.cancel(JOB)

    def test_one_key_for_all_tries_of_a_submission(self) -> None:
        with Script(cut, say(202, {"job_id": JOB}), say(202, {"job_id": JOB})) as s:
            s.client.submit("json-formatter", "[]")
            s.client.submit("json-formatter", "[]", idempotency_key="mine", options={"tab_space": 2, "x-deep": True}, metadata={"a": "é"}, priority=-1)
        first, second, third = (a[1] for a in s.asked)
        self.assertEqual(first["idempotency-key"], second["idempotency-key"])
        self.assertEqual(
            [third[n] for n in ("idempotency-key", "x-tab-space", "x-deep", "x-metadata", "x-priority", "prefer")],
            ["mine", "2", "true", '{"a": "\\u00e9"}', "-1", "respond-async"],
        )

    def test_nothing_of_netrc_is_sent(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            rc = pathlib.Path(home) / "netrc"
            rc.write_text("machine 127.0.0.1 login a password b\n")
            os.environ["NETRC"] = str(rc)
            try:
                with Script(say(200, {})) as s:
                    s.client.usage()
            finally:
                del os.environ["NETRC"]
        self.assertNotIn("authorization", s.asked[0][1])

    def test_refuses_what_cannot_work(self) -> None:
        for url in ("", "claimcheck.test", "ftp://a", "http://", "http://a/?b=c"):
            self.assertRaises(ValueError, Client, url, "key")
        for key in ("", "two\nlines", "é"):
            self.assertRaises(ValueError, Client, "http://a", key)
        self.assertRaises(TypeError, Client("http://a", "k").upload, "a path as text")
        self.assertRaises(TypeError, Client("http://a", "k").submit, "x", 7)
        self.assertRaises(ValueError, Client("http://a", "k").upload, b"x", "noextension")
        self.assertEqual(claimcheck._file_name("a b." + "x" * 200 + ".json"), "a_b_" + "x" * 91 + ".json")  # 100 characters


class Waiting(unittest.TestCase):
    def test_a_server_without_long_polls_is_asked_as_it_says(self) -> None:
        with Script(
            say(200, status("queued", retry_after=3), ETag='W/"1"', Retry_After="3"), say(304, None, Retry_After="4"),
            say(304), say(200, status("success", result={}), ETag='W/"2"'),
        ) as s:
            self.assertEqual(s.client.wait(JOB)["status"], "success")
        self.assertEqual(s.slept, [3, 4, 4])
        self.assertEqual([a[1].get("if-none-match") for a in s.asked], [None, 'W/"1"', 'W/"1"', 'W/"1"'])
        self.assertEqual({a[1].get("prefer") for a in s.asked}, {"wait=20"})

    def test_a_time_for_waiting(self) -> None:
        with Script(say(200, status("queued", retry_after=3))) as s, self.assertRaises(WaitTimeout) as e:
            s.client.wait(JOB, timeout=0)
        self.assertEqual(e.exception.last and e.exception.last["status"], "queued")

    def test_events_go_on_after_those_that_were_seen(self) -> None:
        def event(n: int, word: str) -> str:
            return f"event: status\nid: {n}\ndata: {json.dumps(status(word))}\n\n"

        with Script(stream("retry: 2000\n" + event(1, "queued") + ":\n" + event(2, "processing") + "event: sta"), stream(event(3, "success"))) as s:
            self.assertEqual([x["status"] for x in s.client.watch(JOB)], ["queued", "processing", "success"])
        self.assertEqual([a[1].get("last-event-id") for a in s.asked], [None, "2"])

    def test_where_there_are_no_events(self) -> None:
        with Script(
            say(200, {"not": "a stream"}), say(404, b"nothing"), say(200, status("queued"), ETag="a", Preference_Applied="wait=20"), say(200, status("success")),
        ) as s:
            self.assertEqual([x["status"] for x in s.client.watch(JOB)], ["queued", "success"])

    def test_a_job_that_is_gone(self) -> None:
        no = {"status": "error", "error": "JOB_NOT_FOUND", "details": {"message": "Job not found"}}
        with Script(say(404, no)) as s, self.assertRaises(ClaimcheckError):
            list(s.client.watch(JOB))


class Files(unittest.TestCase):
    TEXT = bytes(range(256)) * 4096

    def digest(self, text: bytes) -> str:
        return "sha-256=:" + base64.b64encode(hashlib.sha256(text).digest()).decode() + ":"

    def half(self, h: Handler) -> None:
        h.send_response(200)
        for name, value in (("Content-Length", str(len(self.TEXT))), ("ETag", '"a"'), ("Repr-Digest", self.digest(self.TEXT))):
            h.send_header(name, value)
        h.end_headers()
        h.wfile.write(self.TEXT[:300_000])
        h.cut()

    def test_another_process_goes_on(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out.bin"
            (pathlib.Path(folder) / "out.bin.0123456789abcdef.part").write_bytes(b"of another output")
            others = {"out.bin.old.part", "out.bin.json.0123456789abcdef.part"}  # of other downloads and programs
            for name in others:
                (pathlib.Path(folder) / name).write_bytes(b"not ours")
            with Script(self.half) as s, self.assertRaises(ConnectionLost):
                Client(s.client.url, "key", tries=1).download(s.client.url + "/downloads/a?expires=1", path)
            self.assertEqual([re.sub("[.][0-9a-f]{16}[.]", ".TAG.", n) for n in os.listdir(folder) if n not in others], ["out.bin.TAG.part"])
            with Script(lambda h: h.say(206, self.TEXT[int(h.headers["Range"][6:-1]) :], Repr_Digest=self.digest(self.TEXT))) as s:
                s.client.download(s.client.url + "/downloads/a?expires=2", path)
            self.assertEqual((path.read_bytes(), set(os.listdir(folder))), (self.TEXT, {"out.bin", *others}))
        self.assertGreater(int(s.asked[0][1]["range"][6:-1]), 200_000)  # urllib3 2 keeps what it has of a block that is cut
        self.assertNotIn("x-api-key", s.asked[0][1])

    def test_a_digest_that_is_wrong_or_lacking(self) -> None:
        cases: List[Dict[str, str]] = [{"Repr_Digest": self.digest(b"other")}, {}]
        for headers in cases:
            with tempfile.TemporaryDirectory() as folder:
                with Script(say(200, self.TEXT, **headers)) as s, self.assertRaises(DigestMismatch):
                    s.client.download(s.client.url + "/downloads/a", pathlib.Path(folder) / "x")
                self.assertEqual(os.listdir(folder), [])
        with Script(say(200, self.TEXT)) as s:
            self.assertEqual(s.client.download(s.client.url + "/downloads/a", check=False), self.TEXT)

    def test_a_link_that_expired(self) -> None:
        expired = {"status": "error", "error": "LINK_EXPIRED", "details": {"message": "It has."}}

        def job(h: Handler) -> None:
            h.say(200, status("success", result={"file": s.client.url + "/downloads/a"}))

        with Script(job, say(403, expired), job, say(200, b"x", Repr_Digest=self.digest(b"x"))) as s:
            self.assertEqual(s.client.download(JOB), b"x")

    def test_a_file_that_shrinks_is_not_sent_as_if_it_were_whole(self) -> None:
        def add(h: Handler) -> None:
            h.say(204, None, Upload_Offset=str(len(h.body)))

        with Script(say(201, None, Location="http://elsewhere/files/upl_1", Upload_Key="k"), add) as s, self.assertRaises(ClaimcheckError):
            s.client._upload(io.BytesIO(b"abc"), 9, "a.txt", None, None)
        self.assertEqual(s.asked[1][0], "PATCH /files/upl_1")


class Broken(unittest.TestCase):
    """What stands between client and server, and breaks."""

    EXPIRED = {"status": "error", "error": "LINK_EXPIRED", "details": {"message": "It has."}}

    def test_a_proxy_that_says_when_is_obeyed(self) -> None:
        for code in (502, 503, 504):
            with Script(say(code, b"<html>", Retry_After="7"), say(code, b"<html>"), say(200, status("queued"))) as s:
                s.client.get(JOB)
            self.assertEqual(s.slept, [7, 2])
        with Script(say(502, b"<html>", Retry_After="3600")) as s, self.assertRaises(ClaimcheckError) as e:
            s.client.get(JOB)
        self.assertEqual(e.exception.retry_after, 3600)

    def test_what_retry_after_says(self) -> None:
        def step(text: str) -> Step:
            def answer(h: Handler) -> None:
                h.send_response_only(429)
                for name, value in (("Date", "Sat, 01 Jan 2000 00:00:00 GMT"), ("Retry-After", text), ("Content-Length", "0")):
                    h.send_header(name, value)
                h.end_headers()

            return answer

        for text, pause in (("Sat, 01 Jan 2000 00:00:09 GMT", 9), ("0", 5), ("-5", 5), ("1.5", 5), ("soon", 5), ("\u00b2", 5), ("Sat, 99 Foo 2000 00:00:00 GMT", 5)):
            with Script(step(text), say(200, status("queued"))) as s:
                s.client.get(JOB)
            self.assertEqual(s.slept, [pause], text)
        for text in ("99999999999999999999999", "9" * 400, "Sat, 01 Jan 2028 00:00:00 GMT"):
            with Script(step(text)) as s, self.assertRaises(ClaimcheckError):
                s.client.get(JOB)

    def test_an_answer_that_breaks_off_unnoticed_is_a_lost_one(self) -> None:
        def half(h: Handler) -> None:  # as with HTTP/1.0
            h.send_response(202)
            h.send_header("Content-Type", "application/json")
            h.send_header("Connection", "close")
            h.end_headers()
            h.wfile.write(b'{"status":"accepted","job_')
            h.cut()

        garbled = say(202, b"no gzip at all", Content_Type="application/json", Content_Encoding="gzip")
        with Script(half, garbled, say(202, {"status": "accepted", "job_id": JOB})) as s:
            self.assertEqual(s.client.submit("json-minify", "[]")["job_id"], JOB)
        self.assertEqual(len({a[1]["idempotency-key"] for a in s.asked}), 1)
        for step in (half, garbled):
            with Script(step) as s, self.assertRaises(ConnectionLost):
                s.client.retry(JOB)

    def test_an_answer_that_names_no_job(self) -> None:
        with Script(say(200, {"status": "success", "file": "", "preview": "1"})) as s, self.assertRaises(ClaimcheckError) as e:
            s.client.submit("json-minify", "1", idempotency_key="that of a run")
        self.assertIn("no job", str(e.exception))

    def test_events_that_are_none(self) -> None:
        for garbage in ("data: {oops\n", "data: [1]\n", "data: {}\n", "data: null\ndata: 1\n"):
            with Script(
                stream("event: status\nid: 1\n" + garbage + "\n"), stream("event: status\nid: 1\n" + garbage + "\n"),
                say(200, status("queued"), ETag="a", Preference_Applied="wait=20"), say(200, status("success")),
            ) as s:
                self.assertEqual([x["status"] for x in s.client.watch(JOB)], ["queued", "success"], garbage)
        lines = json.dumps(status("success"), indent=1).replace("\n", "\r\ndata: ")
        with Script(stream(f"event: status\r\nid: 1\r\ndata: {lines}\r\n\r\n")) as s:
            self.assertEqual([x["status"] for x in s.client.watch(JOB)], ["success"])

    def test_long_polls_that_a_proxy_cuts_off(self) -> None:
        for broken in (say(504, b"<html>"), cut):
            with Script(broken, say(200, status("queued", retry_after=3), ETag="a"), broken, say(304), say(200, status("success"))) as s:
                self.assertEqual(s.client.wait(JOB)["status"], "success")
            self.assertEqual([a[1].get("prefer") for a in s.asked], ["wait=20", None, "wait=20", None, "wait=20"])

    def test_a_link_that_expires_while_the_line_is_bad(self) -> None:
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(b"x").digest()).decode() + ":"

        def job(h: Handler) -> None:
            h.say(200, status("success", result={"file": s.client.url + "/downloads/a"}))

        with Script(job, cut, cut, say(403, self.EXPIRED), job, say(200, b"x", Repr_Digest=digest)) as s:
            self.assertEqual(s.client.download(JOB), b"x")
        with Script(job, say(403, self.EXPIRED), job, say(403, self.EXPIRED)) as s, self.assertRaises(ClaimcheckError):
            s.client.download(JOB)

    def test_the_time_for_waiting_holds_for_a_silent_server(self) -> None:
        over = threading.Event()

        def silent(h: Handler) -> None:
            over.wait(60)
            h.cut()

        with Script(silent) as s:
            try:
                with self.assertRaises(WaitTimeout):
                    s.client.wait(JOB, timeout=0.3)
                self.assertFalse(over.is_set())
            finally:
                over.set()

    def test_options_beyond_ascii_are_sent_as_utf_8(self) -> None:
        with Script(say(202, {"job_id": JOB})) as s:
            s.client.submit("x", "y", options={"delimiter": "\u2013"}, metadata={"a": "\U0001f600"})
        self.assertEqual(s.asked[0][1]["x-delimiter"].encode("latin-1").decode(), "\u2013")
        self.assertEqual(json.loads(s.asked[0][1]["x-metadata"]), {"a": "\U0001f600"})

    def test_addresses_with_secrets_are_not_told(self) -> None:
        for url in ("http://me:hidden@a", "http://:hidden@a", "http://a/?k=hidden"):
            with self.assertRaises(ValueError) as e:
                Client(url, "key")
            self.assertNotIn("hidden", str(e.exception))
        self.assertRaises(ValueError, Client, "http://a", "two words")


class Webhooks(unittest.TestCase):
    SECRET, BODY = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode(), b'{"type":"job.succeeded","timestamp":"t","data":{}}'

    def sign(self, at: str = "1000", call: str = "msg_1", body: Optional[bytes] = None, key: bytes = b"0123456789abcdef01234567") -> str:
        mac = hmac.new(key, f"{call}.{at}.".encode() + (self.BODY if body is None else body), hashlib.sha256)
        return "v1," + base64.b64encode(mac.digest()).decode()

    def test_verdicts(self) -> None:
        good = self.sign()
        cases: List[Tuple[str, Dict[str, str], bool]] = [
            ("good", {}, True), ("other version", {"webhook-signature": "v2," + good[3:]}, False), ("second of two", {"webhook-signature": "v1,AAAA " + good}, True),
            ("not base64", {"webhook-signature": "v1,%%%"}, False), ("no version", {"webhook-signature": good[3:]}, False), ("empty", {"webhook-signature": ""}, False),
            ("no number", {"webhook-timestamp": "1e3"}, False), ("signed letters", {"webhook-timestamp": "1000x", "webhook-signature": self.sign("1000x")}, False),
            ("negative", {"webhook-timestamp": "-1000", "webhook-signature": self.sign("-1000")}, False), ("shorter", {"webhook-signature": good[:-4]}, False),
        ]
        for name, changed, want in cases:
            headers = {"webhook-id": "msg_1", "webhook-timestamp": "1000", "webhook-signature": good, **changed}
            for cased in (headers, {k.title(): v for k, v in headers.items()}):
                with self.subTest(name):
                    try:
                        self.assertEqual(verify_webhook(self.SECRET, cased, self.BODY, 1000)["type"], "job.succeeded")
                        self.assertTrue(want)
                    except WebhookRefused:
                        self.assertFalse(want)

    def test_secrets(self) -> None:
        for secret in ("", "whsec_", "whsec_!!!", "whsec_QQ"):
            self.assertRaises(ValueError, verify_webhook, secret, {}, b"")
        signed = {"webhook-id": "a", "webhook-timestamp": "1000", "webhook-signature": self.sign(call="a", body=b"no JSON")}
        self.assertRaises(WebhookRefused, verify_webhook, self.SECRET, signed, b"no JSON", 1000)

    def test_public_keys(self) -> None:
        # The first key of RFC 8032, section 7.1.
        own = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        for bad in ("whpk_", "whpk_!!!", "whpk_AAAA"):
            self.assertRaises(ValueError, verify_webhook, bad, {}, b"")
        with unittest.mock.patch.dict(sys.modules, {"cryptography": None, "cryptography.exceptions": None}):
            self.assertRaisesRegex(RuntimeError, "package cryptography", verify_webhook, own, {}, b"")
        try:
            ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        except ImportError:
            self.skipTest("the package cryptography is not installed")
        key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        signature = base64.b64encode(key.sign(b"msg_1_ab.1000." + self.BODY)).decode()
        headers = {"webhook-id": "msg_1_ab", "webhook-timestamp": "1000", "webhook-signature": f"v1,AAAA v1a,%% v1a,{signature}"}
        self.assertEqual(verify_webhook(own, headers, self.BODY, 1000, webhook="wh_ab")["type"], "job.succeeded")
        self.assertEqual(verify_webhook(own, headers, self.BODY, 1000)["type"], "job.succeeded")
        self.assertRaises(WebhookRefused, verify_webhook, own, headers, self.BODY, 1000, webhook="wh_cd")
        self.assertRaises(WebhookRefused, verify_webhook, own, headers, self.BODY + b" ", 1000)
        self.assertRaises(WebhookRefused, verify_webhook, own, headers, self.BODY, 1301)
        self.assertRaises(WebhookRefused, verify_webhook, own, {**headers, "webhook-signature": "v1," + signature}, self.BODY, 1000)
        self.assertRaises(WebhookRefused, verify_webhook, "whpk_" + base64.b64encode(bytes(range(32))).decode(), headers, self.BODY, 1000)


if __name__ == "__main__":
    unittest.main()
