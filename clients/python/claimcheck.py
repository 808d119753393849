"""A client of a claimcheck server: hand in work, wait for it, fetch what became of it.

    from claimcheck import Client

    client = Client("https://jobs.example.org", key)
    result = client.run("json-formatter", '{"a":[1,2]}', options={"tab-space": 2})
    client.download(result["file"], "pretty.json")

One file, which needs ``requests`` and Python 3.9 or later. Answers are dicts in the
words of the API. Requests are repeated after 429, 503 and lost connections, as the
server asks; each submission has an Idempotency-Key, so that one whose answer was lost
is not done twice. A Client may be used by one thread at a time.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import email.utils
import hashlib
import hmac
import importlib
import io
import json
import math
import os
import re
import time
import uuid
from dataclasses import dataclass
from typing import IO, Any, Callable, Dict, Iterable, Iterator, List, Literal, Mapping, Optional, Sequence, Tuple, TypedDict, TypeVar, Union, cast, overload
from urllib.parse import quote, urlsplit

import requests

__version__ = "0.1.0"
__all__ = [
    "Accepted", "ClaimcheckError", "Client", "ConnectionLost", "DigestMismatch", "Event", "FeedPage", "File", "FullStatus", "Group", "JobError", "JobFailed",
    "JobLog", "JobToken", "LogEvent", "LogLine", "MessageEvent", "OutputEvent", "ProgressEvent", "Result", "Status", "StatusEvent", "Tool", "URL", "Usage",
    "WaitTimeout", "WebhookEvent", "WebhookRefused", "verify_webhook",
]

# ---- the words of the wire ----

StatusWord = Literal["queued", "processing", "success", "failed"]


class Accepted(TypedDict):
    """A job that was accepted."""

    status: Literal["accepted"]
    job_id: str
    status_url: str
    request_id: str


class JobError(TypedDict):
    """Why a job failed; details have line and column, from 1, where the input is text."""

    code: str
    message: str
    details: Dict[str, Any]


class Delivered(TypedDict):
    """Where an output was put."""

    url_host: str
    bytes: int
    digest: str


class Result(TypedDict, total=False):
    """What a synchronous call answers. Tools may answer JSON of their own."""

    request_id: str
    status: Literal["success"]
    file: str  # a link that needs no key, until it expires
    preview: str  # at most 1,000 characters
    content_type: str
    delivered: Delivered  # where an output_url was asked for


class _StatusAlways(TypedDict):
    job_id: str
    status: StatusWord
    created_at: int  # Unix seconds
    updated_at: int


class Status(_StatusAlways, total=False):
    """Where a job stands."""

    message: str  # while it is not finished
    retry_after: int  # seconds, while it is not finished
    result: Result  # of success
    error: JobError  # of failed


class Attempt(TypedDict, total=False):
    """One try at a job."""

    attempt: int
    started_at: int
    ended_at: int
    worker: str
    error: str


class FullStatus(Status, total=False):
    """All that is known of a job (``full=True``); message is then what those who do the work said last, if they say anything."""

    tool: str
    attempt: int
    max_attempts: int
    progress: int  # percent
    queue_position: int
    waiting_reason: str
    run_at: int
    estimated_seconds: int
    start_by: int  # it ends by itself if no attempt has begun by then
    finish_by: int  # and by then in any case
    group: str
    started_at: int
    finished_at: int
    expires_at: int
    attempts: List[Attempt]
    metadata: Dict[str, str]


class StatusEvent(TypedDict):
    """A job's status has changed."""

    event: Literal["status"]
    id: str  # for ``events(after=id)``; empty where the server's events cannot be had
    status: Status


class _Word(TypedDict):
    id: str
    attempt: int  # who says it: what another attempt says begins anew


class _SaidWord(_Word, total=False):
    at: int  # Unix seconds
    dropped: int  # bytes that the attempt said just before, and that are not kept


class ProgressEvent(_SaidWord):
    """How far a job is; without ``at``."""

    event: Literal["progress"]
    progress: int  # percent


class MessageEvent(_SaidWord):
    """What is being done now."""

    event: Literal["message"]
    message: str


class LogEvent(_SaidWord):
    """Lines of a job's log."""

    event: Literal["log"]
    log: List[str]


class OutputEvent(_SaidWord):
    """A piece of what a job writes, which goes on where the attempt's last one ended."""

    event: Literal["output"]
    output: str


Event = Union[StatusEvent, ProgressEvent, MessageEvent, LogEvent, OutputEvent]
_WORDS = ("progress", "message", "log", "output")


class LogLine(TypedDict):
    """A line of a job's log."""

    at: int  # Unix seconds
    text: str


class JobLog(TypedDict):
    """The lines that a job has said, oldest first; dropped are those for which there was no room."""

    lines: List[LogLine]
    dropped: int


class GroupError(JobError):
    """Why the first job of a group that failed did."""

    job_id: str


class GroupJobs(TypedDict):
    """How many jobs of a group stand where."""

    queued: int
    processing: int
    success: int
    failed: int


class _GroupAlways(TypedDict):
    group: str
    jobs: GroupJobs
    total: int
    closed: bool  # it takes no more jobs
    done: bool  # all of its jobs have ended
    created_at: int
    updated_at: int


class Group(_GroupAlways, total=False):
    """How a group stands."""

    first_error: GroupError
    estimated_seconds: int
    retry_after: int  # seconds, while it is not done


class FeedPage(TypedDict):
    """Jobs that have ended, in the order of their ends, and where the feed goes on."""

    jobs: List[FullStatus]
    next_cursor: str


class JobToken(TypedDict):
    """A leave of five minutes to read one job, for browsers."""

    token: str
    expires_at: int


class Allowance(TypedDict):
    """How much of something is used; a limit of 0 is none."""

    used: int
    limit: int


class Period(TypedDict):
    """A month, in Unix seconds."""

    start: int
    end: int


class Usage(TypedDict):
    """What the owner of the key has used."""

    owner: str
    plan: str
    period: Period
    jobs: Allowance
    stored_bytes: Allowance
    running: int
    queued: int
    paused: bool


class Tool(TypedDict, total=False):
    """What there is to call, and how."""

    name: str
    path: str
    summary: str
    mode: str
    extensions: List[str]
    input: Dict[str, Any]
    output: Dict[str, Any]
    options: List[Dict[str, Any]]
    limits: Dict[str, int]
    input_schema: Any
    output_schema: Any
    annotations: Dict[str, Any]
    paused: bool


class WebhookEvent(TypedDict):
    """The body of a webhook's call; data has sequence and job."""

    type: str
    timestamp: str
    data: Dict[str, Any]


# ---- what can go wrong ----


class ClaimcheckError(Exception):
    """A refused request. ``code`` is empty where the answer was not the API's."""

    def __init__(
        self, message: str, *, code: str = "", details: Optional[Mapping[str, Any]] = None, request_id: str = "",
        http_status: int = 0, retry_after: float = 0, job_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details: Dict[str, Any] = dict(details or {})
        self.request_id = request_id
        self.http_status = http_status  # 0: there was no answer, or the job failed, not the request
        self.retry_after = retry_after  # seconds that the server asks to wait; 0: it does not say
        self.job_id = job_id

    def __str__(self) -> str:
        text = self.message
        if self.code:
            text = f"{self.code}: {text}"
        elif self.http_status:
            text = f"HTTP {self.http_status}: {text}"
        if isinstance(self.details.get("line"), int):
            text += f" (line {self.details['line']}, column {self.details.get('column')})"
        if isinstance(self.details.get("reason"), str):
            text += f" {self.details['reason']}"
        return text


class JobFailed(ClaimcheckError):
    """The job of a run ended as failed."""


class ConnectionLost(ClaimcheckError):
    """The server could not be reached, or its answer was lost."""

    broke_off = False  # True: the answer had begun
    hopeless = False  # True: the certificate is wrong, and will be


class DigestMismatch(ClaimcheckError):
    """What was downloaded is not what the server says the file is, or it does not say."""


class WaitTimeout(ClaimcheckError):
    """The time for waiting is over; the job goes on. ``last`` is its status as last seen, ``group`` how a group stood that was waited for."""

    def __init__(self, job_id: str, last: Optional[Status], *, name: str = "", group: Optional[Group] = None) -> None:
        super().__init__(f"group {name} is not done; it goes on" if name else f"job {job_id} is not finished; it goes on", job_id=job_id)
        self.last = last
        self.group = group


class WebhookRefused(Exception):
    """A call that was not signed with the secret, or not now."""


# ---- inputs ----


@dataclass(frozen=True)
class URL:
    """An input that the job fetches."""

    url: str


@dataclass(frozen=True)
class File:
    """An input that was uploaded: the key that :meth:`Client.upload` returned."""

    key: str


Source = Union[str, bytes, "os.PathLike[str]", IO[bytes], IO[str], URL, File]
Progress = Callable[[int, Optional[int]], None]  # bytes so far, and of all where that is known
Duration = Union[None, float, datetime.timedelta]  # seconds
Deadline = Union[None, float, datetime.timedelta, datetime.datetime]  # from the acceptance, or Unix seconds as all numbers above 31 days are
Choice = Union[None, str, Sequence[str]]
_T = TypeVar("_T")

_CHUNK = 8 << 20  # bytes of one request of an upload
_UPLOAD_ABOVE = 8 << 20  # larger inputs are uploaded before they are submitted
_HOLD = 20  # seconds that a poll is held
_UNKNOWN_PAUSE = 5.0  # where an answer does not say how long
_LONGEST_GROWN = 15.0  # of the pauses after lost connections
_SILENCE = 45.0  # a stream has a sign of life every 15 seconds
_LATE = 5.0  # how late an answer may be when there is a time for waiting
_ENDLESS = 2.0**31
_TIMES = (10.0, 120.0)  # to connect; until something comes
_FINAL = ("success", "failed")
_OF_THE_REQUEST = ("", "INVALID_JOB_ID", "UNAUTHORIZED", "FORBIDDEN", "JOB_NOT_FOUND", "RATE_LIMITED", "UNAVAILABLE")  # not the job's


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps what ~/.netrc has for the host out of requests."""
    return request


class Client:
    """Makes requests with one key.

    ``tries`` is how often a request is made at most; ``max_pause`` the longest pause in
    seconds that the client makes because the server asks for one (a longer one is an
    error at once, as after QUOTA_EXCEEDED); ``outage`` how many seconds wait and watch
    bear a server that cannot be reached. ``session`` may bring proxies and certificates.
    """

    def __init__(
        self, url: str, key: str, *, tries: int = 5, max_pause: float = 120, outage: float = 300,
        session: Optional[requests.Session] = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("the URL must be http or https, with a host, and without a user name and a query")  # it is not told: it may have secrets
        if not re.fullmatch("[!-~]+", key or ""):
            raise ValueError("the key must be printable ASCII without spaces, and not empty")
        self.url = url.rstrip("/")
        self._key, self._tries, self._max_pause, self._outage = key, max(1, tries), max_pause, outage
        self._http = session or requests.Session()
        self._sleep = sleep

    # ---- work ----

    def submit(
        self, tool: str, input: Source, *, options: Optional[Mapping[str, Any]] = None, metadata: Optional[Mapping[str, str]] = None,
        priority: Optional[int] = None, run_at: Union[None, int, datetime.datetime] = None, start_by: Deadline = None, finish_by: Deadline = None,
        group: Optional[str] = None, retention: Duration = None, retention_failed: Duration = None, delete_on_read: bool = False,
        output_url: Optional[str] = None, output_name: Optional[str] = None, webhook_url: Optional[str] = None, content_type: Optional[str] = None,
        idempotency_key: Optional[str] = None, request_id: Optional[str] = None, filename: Optional[str] = None, progress: Optional[Progress] = None,
    ) -> Accepted:
        """Hands in work as a job.

        ``input`` is text (str), bytes, a path (pathlib.Path), an open file, a :class:`URL` or a
        :class:`File`. What is larger than 8 MiB is uploaded first, under ``filename``.

        A job that has not begun by ``start_by`` fails with EXPIRED and is not charged, one that is
        not finished by ``finish_by`` is stopped and fails with TIMEOUT: dates, or durations from the
        acceptance. It belongs to a ``group``, and is kept for ``retention`` after its end, for
        ``retention_failed`` if it fails; with ``delete_on_read`` it goes a minute after its outcome
        was fetched. Its output is put to ``output_url``, an https address that takes a PUT, before it
        succeeds. Those who download the output save it as ``output_name``.
        """
        asked = _asked(
            options, metadata, priority, run_at, start_by, finish_by, group, retention, retention_failed, delete_on_read, output_url, output_name, webhook_url,
            idempotency_key, request_id,
        )
        r = self._post(tool, input, "respond-async", asked, content_type, filename, progress)
        job = _json(r)
        if not isinstance(job, dict) or not isinstance(job.get("job_id"), str):
            raise ClaimcheckError("the answer names no job: the idempotency_key is perhaps that of a run", http_status=r.status_code)
        return cast(Accepted, job)

    def run(
        self, tool: str, input: Source, *, timeout: Optional[float] = None, options: Optional[Mapping[str, Any]] = None, metadata: Optional[Mapping[str, str]] = None,
        priority: Optional[int] = None, run_at: Union[None, int, datetime.datetime] = None, start_by: Deadline = None, finish_by: Deadline = None,
        group: Optional[str] = None, retention: Duration = None, retention_failed: Duration = None, delete_on_read: bool = False,
        output_url: Optional[str] = None, output_name: Optional[str] = None, webhook_url: Optional[str] = None, content_type: Optional[str] = None,
        idempotency_key: Optional[str] = None, request_id: Optional[str] = None, filename: Optional[str] = None, progress: Optional[Progress] = None,
    ) -> Result:
        """Hands in work, as submit does, and returns its result, whether it comes at once or the server makes a job of it.

        :class:`JobFailed` or another :class:`ClaimcheckError` says why there is none. After ``timeout``
        seconds of waiting for a job :class:`WaitTimeout` names it; it goes on.
        """
        asked = _asked(
            options, metadata, priority, run_at, start_by, finish_by, group, retention, retention_failed, delete_on_read, output_url, output_name, webhook_url,
            idempotency_key, request_id,
        )
        r = self._post(tool, input, None, asked, content_type, filename, progress)
        if r.status_code != 202:
            return cast(Result, _json(r))
        status = self.wait(_json(r)["job_id"], timeout=timeout)
        if "error" in status:
            raise _job_failed(status)
        return status["result"]

    def wait(self, job_id: str, *, timeout: Optional[float] = None) -> Status:
        """Waits until a job is finished, well or not, and returns its last status."""
        last: Optional[Status] = None
        for last in self._changes(job_id, timeout, first="finished"):
            if last["status"] in _FINAL:
                return last
        raise WaitTimeout(job_id, last)

    def watch(self, job_id: str, *, timeout: Optional[float] = None) -> Iterator[Status]:
        """Yields each change of a job, first what it is now, until it is finished.

        It follows the server's events and goes on after those it has seen when the line
        or the server was gone; where events cannot be had it asks again and again.
        """
        for event in self.events(job_id, timeout=timeout):
            if event["event"] == "status":
                yield event["status"]

    def events(self, job_id: str, *, after: str = "", timeout: Optional[float] = None) -> Iterator[Event]:
        """Yields what watch does as events and, between them, what those who do the work say of it.

        First comes what they have said so far, then each message, progress, lines of the log and piece of
        the output as it comes: once each, also where the line or the server was gone, and, with the ``id``
        of the last event that was dealt with as ``after``, in another program. What another attempt says
        begins anew. Where events cannot be had there are the statuses alone.
        """
        until = None if timeout is None else time.monotonic() + timeout
        seen, last, poor, lost = after, None, 0, 0  # type: str, Optional[Status], int, int
        contact = time.monotonic()
        while poor < 2:  # streams that brought nothing
            pause: Optional[float] = 1.0
            try:
                poor += 1
                for event in self._events(job_id, seen, until):
                    contact, lost = time.monotonic(), 0
                    poor = 0
                    if event is None:
                        continue
                    seen = event["id"]
                    if event["event"] != "status":
                        yield event
                        continue
                    if last is None or _moved(last, event["status"]):
                        yield event
                    last = event["status"]
                    if last["status"] in _FINAL:
                        return
            except ClaimcheckError as e:
                lost += 1
                pause = self._pause_after(e, lost)
                if pause is None and e.code or isinstance(e, ConnectionLost) and time.monotonic() - contact > self._outage:
                    raise
                if isinstance(e, ConnectionLost) and not e.broke_off or e.code:
                    poor = 0  # that says nothing of streams
            pause = pause or 0.0
            if until is not None and time.monotonic() >= until:
                raise WaitTimeout(job_id, last)
            self._sleep(pause if until is None else max(0.0, min(pause, until - time.monotonic())))
        rest = None if until is None else max(0.0, until - time.monotonic())
        for status in self._changes(job_id, rest, first="now"):
            if last is None or _moved(last, status):
                yield {"event": "status", "id": "", "status": status}
            last = status
            if status["status"] in _FINAL:
                return
        raise WaitTimeout(job_id, last)

    def log(self, job_id: str) -> JobLog:
        """Returns the lines that a job's attempts have said, as far as they are kept."""
        return cast(JobLog, _json(self._send("GET", _job(job_id) + "/log")))

    def get(self, job_id: str, *, full: bool = False) -> FullStatus:
        """Asks once where a job stands; ``full`` for all that is known of it."""
        return cast(FullStatus, _json(self._send("GET", _job(job_id) + ("?view=full" if full else ""))))

    def list(
        self, *, status: Choice = None, tool: Choice = None, error: Choice = None, created_after: Optional[int] = None, created_before: Optional[int] = None,
        finished_after: Optional[int] = None, finished_before: Optional[int] = None, group: Optional[str] = None, metadata: Optional[Mapping[str, str]] = None,
        full: bool = False, limit: int = 50,
    ) -> Iterator[FullStatus]:
        """Yields the jobs that pass all filters, the newest first, page after page of ``limit`` jobs."""
        times = {"created_after": created_after, "created_before": created_before, "finished_after": finished_after, "finished_before": finished_before}
        query = _filters(status, tool, error, times, group, metadata, full, limit)
        cursor: Optional[str] = None
        while True:
            page = _json(self._send("GET", "/jobs", params=query + ([("cursor", cursor)] if cursor else [])))
            yield from page["jobs"]
            cursor = page["next_cursor"]
            if cursor is None:  # a page with few jobs, or none, is not the last
                return

    def feed(
        self, cursor: Optional[str] = None, *, status: Choice = None, tool: Choice = None, error: Choice = None, finished_after: Optional[int] = None,
        finished_before: Optional[int] = None, group: Optional[str] = None, metadata: Optional[Mapping[str, str]] = None, full: bool = False, limit: int = 50,
        timeout: Optional[float] = None,
    ) -> Iterator[FeedPage]:
        """Yields the jobs that end, in the order of their ends, in pages of at most ``limit``.

        It goes on after ``cursor``; without one it begins now, and its first page has no jobs but a cursor.
        Whoever keeps the ``next_cursor`` of each page once its jobs are dealt with, and begins there again,
        misses no job and sees none twice, but those of a page that was not dealt with. It waits for jobs
        without end or, with ``timeout``, for so many seconds; 0 takes what there is.
        """
        query = _filters(status, tool, error, {"finished_after": finished_after, "finished_before": finished_before}, group, metadata, full, limit)
        until = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            began = time.monotonic()
            headers = {"Prefer": f"wait={int(min(_HOLD, until - began))}"} if cursor and until - began >= 1 else {}

            def ask_plainly(_: ClaimcheckError, asked: Dict[str, str] = headers) -> None:
                asked.pop("Prefer", None)  # perhaps too many are held already, or a proxy cuts them off

            params = query + [("feed", 1)] + ([("cursor", cursor)] if cursor else [])
            r = self._send("GET", "/jobs", headers=headers, params=params, until=began + self._outage, failed=ask_plainly)
            page = _json(r)
            if not isinstance(page, dict) or not isinstance(page.get("next_cursor"), str) or not isinstance(page.get("jobs"), list):
                raise ClaimcheckError("what came is no page of a feed: the server is perhaps older than feeds", http_status=r.status_code)
            news = bool(page["jobs"]) or page["next_cursor"] != cursor
            cursor = page["next_cursor"]
            if news:
                yield cast(FeedPage, page)
            if time.monotonic() >= until and len(page["jobs"]) < limit:
                return
            if not news and not ("Prefer" in headers and time.monotonic() - began >= 1):
                self._sleep(max(0.0, min(_retry_after(r, page) or _UNKNOWN_PAUSE, until - time.monotonic())))

    # ---- groups ----

    def group(self, name: str) -> Group:
        """Asks once how a group stands: the jobs that were handed in with ``group=name``."""
        return _as_group(_json(self._send("GET", _group(name))))

    def wait_group(self, name: str, *, timeout: Optional[float] = None) -> Group:
        """Waits until all jobs that a group has are over, well or not. Until it is closed more may come afterwards."""
        last: Optional[Group] = None
        for last in self._polls(_group(name), timeout, "finished", False, _as_group, _done):
            if last["done"]:
                return last
        raise WaitTimeout("", None, name=name, group=last)

    def close_group(self, name: str) -> Group:
        """Lets a group take no more jobs; once none is unfinished, webhooks with the event group.finished are called."""
        return _as_group(_json(self._send("POST", _group(name) + "/close")))

    # ---- changes ----

    def cancel(self, job_id: str) -> Status:
        """Stops a job. One that runs stays ``processing`` until its attempt has stopped."""
        lost: List[ClaimcheckError] = []
        try:
            return cast(Status, _json(self._send("POST", _job(job_id) + "/cancel", ok=(200, 202), failed=lost.append)))
        except ClaimcheckError as e:
            if e.code == "JOB_FINISHED" and any(isinstance(x, ConnectionLost) for x in lost):  # by the try whose answer was lost
                now = self.get(job_id)
                if "error" in now and now["error"]["code"] == "CANCELED":
                    return now
            raise

    def retry(self, job_id: str) -> Accepted:
        """Does a finished job's work again, as a new job. It is sent once: where its answer is lost there may be one."""
        return cast(Accepted, _json(self._send("POST", _job(job_id) + "/retry", ok=(202,), again=False)))

    def delete(self, job_id: str) -> None:
        """Removes a job and its files; it stops first."""
        lost: List[ClaimcheckError] = []
        try:
            self._send("DELETE", _job(job_id), ok=(204,), failed=lost.append)
        except ClaimcheckError as e:
            if e.code != "JOB_NOT_FOUND" or not any(isinstance(x, ConnectionLost) for x in lost):
                raise

    def result(self, job_id: str, *, raw: bool = False) -> Any:
        """Returns exactly what the synchronous call would have answered: decoded, or as bytes with ``raw``.

        A job that failed raises :class:`JobFailed`, one that is not finished JOB_UNFINISHED.
        """
        try:
            r = self._send("GET", _job(job_id) + "/result", ok=(200, 202))
        except ClaimcheckError as e:
            if e.code in _OF_THE_REQUEST or e.http_status >= 500:
                raise
            raise JobFailed(e.message, code=e.code, details=e.details, request_id=e.request_id, http_status=e.http_status, job_id=job_id) from None
        if r.status_code == 202:
            raise ClaimcheckError(
                "The job is not finished.", code="JOB_UNFINISHED", http_status=202, retry_after=_retry_after(r, _json(r)),
                request_id=r.headers.get("X-Request-Id", ""), job_id=job_id,
            )
        return r.content if raw else _json(r)

    def token(self, job_id: str) -> JobToken:
        """Makes a token with which a browser may read this job for five minutes."""
        return cast(JobToken, _json(self._send("POST", _job(job_id) + "/token")))

    def usage(self) -> Usage:
        """Returns what the owner of the key has used of the month and of the plan."""
        return cast(Usage, _json(self._send("GET", "/usage")))

    def tools(self) -> List[Tool]:
        """Returns the tools that the key may call, sorted by name."""
        return cast(List[Tool], _json(self._send("GET", "/tools"))["tools"])

    def tool(self, name: str) -> Tool:
        """Returns one tool."""
        return cast(Tool, _json(self._send("GET", "/tools/" + quote(name, safe=""))))

    # ---- files ----

    def upload(
        self, source: Union[bytes, "os.PathLike[str]", IO[bytes]], name: Optional[str] = None, *, content_type: Optional[str] = None, progress: Optional[Progress] = None,
    ) -> str:
        """Sends a file in parts and returns its key, for ``File(key)``. What arrived is not sent again after a cut."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            return self._upload(io.BytesIO(source), len(source), name, content_type, progress)
        if isinstance(source, os.PathLike):
            with open(source, "rb") as f:
                return self._upload(f, os.fstat(f.fileno()).st_size, name or os.path.basename(os.fspath(source)), content_type, progress)
        if not hasattr(source, "read"):
            raise TypeError("upload takes bytes, a path (pathlib.Path) or an open file")
        return self._upload(source, None, name or os.path.basename(str(getattr(source, "name", ""))), content_type, progress)

    def _upload(self, source: IO[bytes], size: Optional[int], name: Optional[str], content_type: Optional[str], progress: Optional[Progress]) -> str:
        meta = "filename " + _b64(_file_name(name or "").encode())
        if content_type:
            meta += ",filetype " + _b64(content_type.encode())
        length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
        r = self._send("POST", "/files/", headers={"Tus-Resumable": "1.0.0", "Upload-Metadata": meta, **length}, ok=(201,))
        where = "/files/" + urlsplit(r.headers.get("Location", "")).path.rsplit("/", 1)[-1]  # at the server that we know: the key goes nowhere else
        key, done = str(r.headers.get("Upload-Key", "")), 0
        chunk = _read_all(source, _CHUNK)
        while chunk or size is None:
            more = _read_all(source, _CHUNK)
            if size is None and not more:
                size = done + len(chunk)
            key = self._add(where, chunk, done, None if size is None else size, "Upload-Defer-Length" in length and not more) or key
            done += len(chunk)
            if progress:
                progress(done, size)
            chunk = more
            if size is not None and not chunk:
                break
        if size is not None and done != size:
            raise ClaimcheckError(f"the file had {size} bytes when the upload began and {done} when it ended")
        return key

    def _add(self, where: str, chunk: bytes, at: int, size: Optional[int], last: bool) -> str:
        """Adds bytes to an upload, from where the server says that it is."""
        begin, failures = at, 0
        while True:
            headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
            if last and size is not None:
                headers["Upload-Length"] = str(size)
            try:
                r = self._send("PATCH", where, headers=headers, body=chunk[at - begin :], ok=(204,), again=False)
            except ClaimcheckError as e:
                pause = min(2.0 ** failures, _LONGEST_GROWN) if e.http_status in (0, 409, 423, 460) else self._pause_after(e, failures + 1)
                failures += 1
                if pause is None or failures >= self._tries:
                    raise
                self._sleep(pause)
                r = self._send("HEAD", where, headers={"Tus-Resumable": "1.0.0"})
                last = last and "Upload-Length" not in r.headers  # it may be said once
            now = int(r.headers.get("Upload-Offset") or -1)
            if not begin <= now <= begin + len(chunk):
                raise ClaimcheckError(f"the server has {now} bytes of an upload of which {at} were sent")
            failures = failures if now == at else 0
            at = now
            if at == begin + len(chunk):
                return str(r.headers.get("Upload-Key", ""))

    @overload
    def download(self, job: str, path: None = None, *, progress: Optional[Progress] = None, check: bool = True) -> bytes:
        ...

    @overload
    def download(self, job: str, path: Union[str, "os.PathLike[str]"], *, progress: Optional[Progress] = None, check: bool = True) -> None:
        ...

    def download(self, job: str, path: Union[None, str, "os.PathLike[str]"] = None, *, progress: Optional[Progress] = None, check: bool = True) -> Optional[bytes]:
        """Fetches the output of a job (its id, or the link in its result), to a file or as bytes.

        A file has its name only when it is whole and its SHA-256 is what the server says. What a lost
        connection leaves in ``<path>.<tag>.part`` the next call goes on from. ``check=False`` takes files of which the server tells no digest.
        """
        d = _Download(self, job, progress, check)
        if path is None:
            buffer = io.BytesIO()
            d.into(buffer)
            return buffer.getvalue()
        name = os.fspath(path)
        part = f"{name}.{d.tag()}.part"
        folder, base = os.path.split(name)
        ours = re.compile(re.escape(base) + r"\.[0-9a-f]{16}\.part")  # of this name: data.json is not data
        for old in os.listdir(folder or "."):
            if ours.fullmatch(old) and (old != os.path.basename(part) or not check):
                os.remove(os.path.join(folder, old))
        try:
            with open(part, "a+b") as f:
                d.into(f)
                f.flush()
                os.fsync(f.fileno())
            os.replace(part, name)
        except BaseException as e:
            if not isinstance(e, (ConnectionLost, KeyboardInterrupt)) and os.path.exists(part):
                os.remove(part)
            raise
        return None

    # ---- below ----

    def _post(
        self, tool: str, source: Source, prefer: Optional[str], asked: Dict[str, str], content_type: Optional[str], filename: Optional[str], progress: Optional[Progress],
    ) -> requests.Response:
        headers = {**asked, **({"Prefer": prefer} if prefer else {})}
        body = self._body(tool, source, content_type, filename, progress)
        if isinstance(body, bytes):
            headers["Content-Type"] = content_type or "application/octet-stream"
        else:
            kind = "url" if isinstance(body, URL) else "file"
            headers.update({"x-source-type": kind, "Content-Type": "application/json"})
            body = json.dumps({kind: body.url if isinstance(body, URL) else body.key}).encode()
        return self._send("POST", "/" + quote(tool, safe="") + "-api", headers=headers, body=body, ok=(200, 202))

    def _body(self, tool: str, source: Source, content_type: Optional[str], filename: Optional[str], progress: Optional[Progress]) -> Union[bytes, URL, File]:
        if isinstance(source, (URL, File)):
            return source
        if isinstance(source, os.PathLike):
            with open(source, "rb") as f:
                return self._body(tool, f, content_type, filename or os.path.basename(os.fspath(source)), progress)
        if isinstance(source, str):
            source = source.encode()
        if isinstance(source, (bytes, bytearray, memoryview)):
            source = io.BytesIO(source)
        if not hasattr(source, "read"):
            raise TypeError("an input is text, bytes, a path (pathlib.Path), an open file, a URL or a File")
        begin = _read_all(source, _UPLOAD_ABOVE + 1)
        if len(begin) <= _UPLOAD_ABOVE:
            return begin
        name = filename or os.path.basename(str(getattr(source, "name", "")))
        if "." not in name:
            name = (name or "input") + "." + (self.tool(tool).get("extensions") or ["txt"])[0]
        size = _size_left(source)
        whole = cast(IO[bytes], _Chained(begin, source))
        return File(self._upload(whole, None if size is None else len(begin) + size, name, content_type, progress))

    def _changes(self, job_id: str, timeout: Optional[float], first: str) -> Iterator[Status]:
        """Yields each status that long polls see; ends when the time is over."""
        return self._polls(_job(job_id), timeout, first, True, _as_status, lambda status: status["status"] in _FINAL)

    def _polls(self, path: str, timeout: Optional[float], first: str, tagged: bool, check: Callable[[Any], _T], over: Callable[[_T], bool]) -> Iterator[_T]:
        """Yields what long polls see: each change with ``tagged``, else now and then how it stands."""
        until = None if timeout is None else time.monotonic() + timeout
        tag, pause = "", 0.0
        while True:
            left = float(_HOLD) if until is None else until - time.monotonic()
            headers = {"If-None-Match": tag} if tag else {}
            if left >= 1 and (tag or first == "finished"):
                headers["Prefer"] = f"wait={min(int(left), _HOLD)}"
            began = time.monotonic()
            bear = began + self._outage

            def ask_plainly(_: ClaimcheckError, asked: Dict[str, str] = headers) -> None:
                asked.pop("Prefer", None)  # perhaps too many are held already, or a proxy cuts them off

            try:
                r = self._send("GET", path, headers=headers, ok=(200, 304), until=bear if until is None else min(bear, until), failed=ask_plainly)
            except ClaimcheckError as e:
                left = math.inf if until is None else max(0.0, until - time.monotonic())
                if left == 0 or e.code in ("RATE_LIMITED", "UNAVAILABLE") and (e.retry_after or _UNKNOWN_PAUSE) > left:
                    self._sleep(left)
                    return
                raise
            if r.status_code == 200:
                tag, seen = r.headers.get("ETag", "") if tagged else "", check(_json(r))
                yield seen
                if over(seen):
                    return
                pause = _retry_after(r, seen) or _UNKNOWN_PAUSE
            else:
                pause = _retry_after(r, None) or pause or _UNKNOWN_PAUSE
            held = "Prefer" in headers and "wait" in r.headers.get("Preference-Applied", "")
            if first == "now" and r.status_code == 200 or held and (r.status_code == 200 and tagged or time.monotonic() - began >= 1):
                pause = 0.0  # the next one is held until there is news
            if until is not None:
                if time.monotonic() >= until:
                    return
                pause = min(pause, until - time.monotonic())
            self._sleep(pause)

    def _events(self, job_id: str, seen: str, until: Optional[float]) -> Iterator[Optional[Event]]:
        """Yields one stream's events, and None for a sign of life."""
        left = _SILENCE if until is None else min(_SILENCE, max(0.1, until - time.monotonic()))
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store", **({"Last-Event-ID": seen} if seen else {})}
        with self._open("GET", self.url + _job(job_id) + "/events", self._own(headers), b"", True, (_TIMES[0], left), None) as r:
            if r.status_code == 204:
                yield {"event": "status", "id": seen, "status": self.get(job_id)}
                return
            if r.status_code != 200:
                raise _failure(r)
            if not r.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise ClaimcheckError("the answer is no event stream", http_status=r.status_code)
            for event in _parse_events(r):
                if until is not None and time.monotonic() >= until:
                    return
                name = event.get("event", "")
                if name != "status" and name not in _WORDS:
                    yield None
                    continue
                try:
                    said = json.loads(event["data"])
                except ValueError:
                    raise ClaimcheckError("an event of the stream is no JSON") from None
                seen = event.get("id", seen)
                if name == "status":
                    yield {"event": "status", "id": seen, "status": _as_status(said)}
                elif not isinstance(said, dict) or name not in said:
                    raise ClaimcheckError(f"an event {name} of the stream has no {name}")
                else:
                    yield cast(Event, {**said, "event": name, "id": seen})

    def _own(self, headers: Optional[Mapping[str, str]]) -> Dict[str, str]:
        return {"Accept": "application/json", "User-Agent": "claimcheck-python/" + __version__, **(headers or {}), "x-api-key": self._key}

    def _open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, stream: bool, times: Tuple[float, float],
        params: Optional[Iterable[Tuple[str, Union[str, int]]]], redirects: bool = False,
    ) -> requests.Response:
        """Makes one request; a lost one is ConnectionLost. With the key it follows no redirect."""
        try:
            return self._http.request(
                method, url, headers={name: value if value.isascii() else value.encode() for name, value in headers.items()}, data=body or None, params=list(params or []), stream=stream, timeout=times,
                allow_redirects=redirects, auth=_no_auth,
            )
        except (requests.TooManyRedirects, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema) as e:
            raise ClaimcheckError(f"{method} {url.split('?')[0]}: {type(e).__name__}") from None
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as e:
            lost = ConnectionLost(f"{method} {url.split('?')[0]}: {type(e).__name__}")
            lost.hopeless = isinstance(e, requests.exceptions.SSLError)
            raise lost from (None if redirects else e)  # a link is a secret, and requests would tell it

    def _send(
        self, method: str, path: str, *, headers: Optional[Mapping[str, str]] = None, body: bytes = b"", ok: Sequence[int] = (200,), again: bool = True,
        params: Optional[Iterable[Tuple[str, Union[str, int]]]] = None, until: Optional[float] = None, failed: Optional[Callable[[ClaimcheckError], None]] = None,
    ) -> requests.Response:
        """Makes a call, again where that is worth it: ``tries`` times, or until a time."""
        n = 0
        while True:
            n += 1
            error: ClaimcheckError
            try:
                left = math.inf if until is None else max(0.0, until - time.monotonic())
                times = (min(_TIMES[0], left + _LATE), min(_TIMES[1], left + _LATE))
                r = self._open(method, self.url + path, self._own(headers), body, False, times, params)
                if r.status_code in ok and _broken_off(r):
                    raise ConnectionLost(f"{method} {path.split('?')[0]}: the answer breaks off after {len(r.content)} bytes")
                if r.status_code in ok:
                    return r
                error = _failure(r)
            except ConnectionLost as e:
                error = e
            pause = self._pause_after(error, n)
            if not again and (error.code not in ("RATE_LIMITED", "TOO_MANY_JOBS", "UNAVAILABLE") or error.details.get("outcome") or method == "PATCH"):
                pause = None  # it may have been done
            if pause is None or (n >= self._tries if until is None else time.monotonic() + pause > until):
                raise error
            if failed:
                failed(error)
            self._sleep(pause)

    def _pause_after(self, e: ClaimcheckError, n: int) -> Optional[float]:
        """Says how long to wait after the n-th failure; None: another try is not worth it."""
        grown = min(2.0 ** min(n - 1, 10), _LONGEST_GROWN, self._max_pause)
        if isinstance(e, ConnectionLost):
            return None if e.hopeless else grown
        by_proxy = not e.code and e.http_status >= 500  # it speaks for a server that is down
        if e.http_status not in (429, 503) and not by_proxy:
            return None
        pause = e.retry_after or (grown if by_proxy else min(_UNKNOWN_PAUSE, self._max_pause))
        return pause if pause <= self._max_pause else None


class _Download:
    """Fetches one output, in as many requests as it takes."""

    def __init__(self, client: Client, job: str, progress: Optional[Progress], check: bool) -> None:
        self.client, self.job, self.progress, self.check = client, job, progress, check
        self.given = "://" in job
        self.link = job if self.given else self._fresh()
        self.etag = ""

    def _fresh(self) -> str:
        status = self.client.get(self.job)
        if "error" in status:
            raise _job_failed(status)
        link = status.get("result", {}).get("file") if status["status"] == "success" else None
        if not isinstance(link, str):
            raise ClaimcheckError("The job has no file." if status["status"] == "success" else "The job is not finished.", job_id=self.job)
        return link

    def tag(self) -> str:
        """Names the output, for the file of what has come so far: the path of a link is that of one output for ever."""
        return hashlib.sha256(urlsplit(self.link).path.encode()).hexdigest()[:16]

    def _request(self, method: str, headers: Dict[str, str]) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": "claimcheck-python/" + __version__, **headers}  # and no key: the link is enough
        return self.client._open(method, self.link, headers, b"", True, (_TIMES[0], _SILENCE), None, redirects=True)

    def into(self, f: IO[bytes]) -> None:
        """Appends to what f has until it is whole, then checks it."""
        n, before, renewed = 0, -1, -1
        while True:
            f.seek(0, io.SEEK_END)
            have = f.tell()
            n = 1 if have > before else n + 1
            before = have
            try:
                digest = self._some(f, have)
                break
            except ClaimcheckError as e:
                if e.http_status == 403 and not self.given and renewed != have:  # expired; a fresh one that brings nothing is not renewed
                    self.link, renewed = self._fresh(), have
                    continue
                pause = self.client._pause_after(e, n)
                if pause is None or n >= self.client._tries:
                    raise
                self.client._sleep(pause)
        if not digest and not self.check:
            return
        f.seek(0)
        whole = hashlib.sha256()
        for block in iter(lambda: f.read(1 << 20), b""):
            whole.update(block)
        if whole.digest() != digest:
            why = "the server tells no SHA-256 of it" if not digest else "its SHA-256 is not what the server says"
            raise DigestMismatch(f"the download is thrown away: {why}")

    def _some(self, f: IO[bytes], have: int) -> bytes:
        """Takes what one request brings; returns the digest of the whole."""
        ranged = {"Range": f"bytes={have}-"} if have else {}
        if have and self.etag:
            ranged["If-Range"] = self.etag
        with self._request("GET", ranged) as r:
            if r.status_code == 416 and r.headers.get("Content-Range", "").endswith(f"/{have}"):
                with self._request("HEAD", {}) as head:  # all of it is there
                    return self._digest(head)
            if r.status_code not in (200, 206):
                raise _failure(r)
            if r.status_code == 200:
                f.seek(0)
                f.truncate()
                have = 0
            self.etag = r.headers.get("ETag", "")
            left = int(r.headers["Content-Length"]) if r.headers.get("Content-Length", "").isdigit() else None
            total = None if left is None else have + left
            try:
                for block in r.iter_content(64 << 10):
                    f.write(block)
                    have += len(block)
                    if self.progress:
                        self.progress(have, total)
            except (requests.RequestException, OSError) as e:
                if isinstance(e, OSError) and not isinstance(e, requests.RequestException):
                    raise
                raise ConnectionLost(f"the download broke off after {have} bytes") from e
            if total is not None and have < total:  # requests takes a cut body for a whole one
                raise ConnectionLost(f"the download broke off after {have} of {total} bytes")
            return self._digest(r)

    @staticmethod
    def _digest(r: requests.Response) -> bytes:
        found = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):", r.headers.get("Repr-Digest", ""))
        return base64.b64decode(found.group(1)) if found else b""


class _Chained:
    """A reader of bytes that were read already, then of the rest."""

    def __init__(self, begin: bytes, rest: Any) -> None:
        self.begin, self.rest = begin, rest

    def read(self, n: int) -> bytes:
        taken, self.begin = self.begin[:n], self.begin[n:]
        return taken or _encoded(self.rest.read(n))


def _encoded(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text or b"")


def _read_all(source: Any, n: int) -> bytes:
    """Reads n bytes, fewer only at the end."""
    parts, have = [], 0
    while have < n:
        block = _encoded(source.read(n - have))
        if not block:
            break
        parts.append(block)
        have += len(block)
    return b"".join(parts)


def _size_left(source: Any) -> Optional[int]:
    if isinstance(source, io.TextIOBase):
        return None
    try:
        at = source.tell()
        end = source.seek(0, io.SEEK_END)
        source.seek(at)
        return int(end - at)
    except (AttributeError, OSError, ValueError):
        return None


def _json(r: requests.Response) -> Any:
    try:
        return r.json()
    except ValueError:
        raise ClaimcheckError("the answer is not JSON", http_status=r.status_code) from None


def _broken_off(r: requests.Response) -> bool:
    """Tells whether an answer says that it is JSON and is none: with HTTP/1.0 nothing else tells that it was cut."""
    if not r.content or r.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        return False
    try:
        r.json()
    except ValueError:
        return True
    return False


def _as_status(v: Any) -> Status:
    if not isinstance(v, dict) or not all(name in v for name in ("job_id", "status", "updated_at")):
        raise ClaimcheckError("what came is no status of a job")
    return cast(Status, v)


def _as_group(v: Any) -> Group:
    if not isinstance(v, dict) or not all(name in v for name in ("group", "jobs", "done")):
        raise ClaimcheckError("what came is no group")
    return cast(Group, v)


def _done(group: Group) -> bool:
    return group["done"]


def _job(job_id: str) -> str:
    return "/jobs/" + quote(job_id, safe="")


def _group(name: str) -> str:
    return "/groups/" + quote(name, safe="")


def _filters(
    status: Choice, tool: Choice, error: Choice, times: Mapping[str, Optional[int]], group: Optional[str], metadata: Optional[Mapping[str, str]], full: bool, limit: int,
) -> List[Tuple[str, Union[str, int]]]:
    """The query of a list or a feed."""
    query: List[Tuple[str, Union[str, int]]] = [("limit", limit)]
    for name, values in (("status", status), ("tool", tool), ("error", error)):
        query += [(name, v) for v in ([values] if isinstance(values, str) else values or [])]
    query += [(name, int(at)) for name, at in times.items() if at is not None]
    query += [] if group is None else [("group", group)]
    query += [("metadata." + name, value) for name, value in (metadata or {}).items()]
    return query + ([("view", "full")] if full else [])


def _asked(
    options: Optional[Mapping[str, Any]], metadata: Optional[Mapping[str, str]], priority: Optional[int], run_at: Union[None, int, datetime.datetime],
    start_by: Deadline, finish_by: Deadline, group: Optional[str], retention: Duration, retention_failed: Duration, delete_on_read: bool,
    output_url: Optional[str], output_name: Optional[str], webhook_url: Optional[str], idempotency_key: Optional[str], request_id: Optional[str],
) -> Dict[str, str]:
    """What is asked for beside the work itself, as header fields."""
    headers: Dict[str, str] = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
    for name, value in (options or {}).items():
        name = name.lower().replace("_", "-")
        headers[name if name.startswith("x-") else "x-" + name] = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(run_at, datetime.datetime):
        run_at = int(run_at.timestamp())
    given = {
        "x-priority": priority, "x-run-at": run_at, "x-start-by": _by(start_by, "start_by"), "x-finish-by": _by(finish_by, "finish_by"), "x-group": group,
        "x-retention": _whole(retention), "x-retention-failed": _whole(retention_failed), "x-delete": "on-read" if delete_on_read else None,
        "x-output-url": output_url, "x-output-name": _ascii(output_name), "x-webhook-url": webhook_url, "X-Request-Id": request_id,
        "x-metadata": None if metadata is None else json.dumps(dict(metadata)),
    }
    headers.update((name, str(value)) for name, value in given.items() if value is not None)
    return headers


def _by(at: Deadline, name: str) -> Optional[int]:
    """A deadline as the server reads it: Unix seconds, or seconds from the acceptance up to 31 days."""
    if isinstance(at, datetime.timedelta) and not datetime.timedelta(0) < at <= datetime.timedelta(days=31):
        raise ValueError(f"{name} is {at} from now; it is at most 31 days, and not before now")
    return math.ceil(at.timestamp()) if isinstance(at, datetime.datetime) else _whole(at)


def _whole(span: Duration) -> Optional[int]:
    """Seconds, rounded up."""
    seconds = span.total_seconds() if isinstance(span, datetime.timedelta) else span
    return None if seconds is None else math.ceil(seconds)


def _ascii(name: Optional[str]) -> Optional[str]:
    """A name as a header field can carry it (RFC 8187)."""
    if name is None or name.isascii() and not name.lower().startswith("utf-8'"):
        return name
    return "UTF-8''" + quote(name, safe="")


def _b64(b: bytes) -> str:
    return base64.b64encode(b).decode()


def _file_name(name: str) -> str:
    """Makes a name that uploads may have: letters, digits, _ and -, one dot, an extension."""
    stem, dot, ext = name.rpartition(".")
    if not dot or not ext.isalnum():
        raise ValueError(f"an upload needs a name with an extension, as data.json; {name!r} has none")
    return (re.sub(r"[^A-Za-z0-9_-]", "_", stem)[: 99 - len(ext)] or "input") + "." + ext


def _moved(a: Status, b: Status) -> bool:
    return (a["status"], a["updated_at"]) != (b["status"], b["updated_at"])


def _retry_after(r: requests.Response, body: Any) -> float:
    """What Retry-After says in seconds, else what the body says, else 0."""
    said = r.headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", said):
        return min(float(said), _ENDLESS)
    at = _seconds(said)
    if at is not None:  # by the clock of who sent it
        now = _seconds(r.headers.get("Date", ""))
        return max(1.0, at - (time.time() if now is None else now))
    n = body.get("retry_after") if isinstance(body, dict) else None
    return float(n) if isinstance(n, (int, float)) and n > 0 else 0.0


def _seconds(date: str) -> Optional[float]:
    """A date of HTTP as Unix seconds; None if it is none."""
    try:
        at = email.utils.parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=at.tzinfo or datetime.timezone.utc).timestamp()


def _failure(r: requests.Response) -> ClaimcheckError:
    """An answer of 300 and more as an error."""
    body: Any = None
    try:
        body = r.json()
    except (ValueError, requests.RequestException):
        pass
    code, details = "", {}  # type: str, Dict[str, Any]
    message = r.reason or "the server refused the request"
    if isinstance(body, dict) and body.get("status") == "error" and isinstance(body.get("error"), str):
        code = body["error"]
        details = body["details"] if isinstance(body.get("details"), dict) else {}
        message = str(details.get("message", message))
    elif r.headers.get("Content-Type", "").startswith("text/plain"):  # of uploads in parts
        said = re.match(r"([A-Z][A-Z_]+): (.*)", r.text)
        code, message = (said.group(1), said.group(2)) if said else (code, message)
    elif 300 <= r.status_code < 400:
        message = "the server sends requests elsewhere; the key is not sent along: use the address that it names"
    return ClaimcheckError(
        message, code=code, details={k: v for k, v in details.items() if k != "message"}, request_id=r.headers.get("X-Request-Id", ""),
        http_status=r.status_code, retry_after=_retry_after(r, body),
    )


def _job_failed(status: Status) -> JobFailed:
    e = status["error"]
    return JobFailed(e["message"], code=e["code"], details=e.get("details"), job_id=status["job_id"])


def _parse_events(r: requests.Response) -> Iterator[Dict[str, str]]:
    """Yields the events of a stream (WHATWG HTML, 9.2), and an empty one for each comment."""
    # Without chunks urllib3 would wait for the end of what is asked for.
    blocks = r.iter_content(None if r.headers.get("Transfer-Encoding") == "chunked" else 1)
    rest, event, data = b"", {}, []  # type: bytes, Dict[str, str], List[str]
    try:
        for block in blocks:
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                name, _, value = line.rstrip(b"\r").decode("utf-8", "replace").partition(":")
                value = value[1:] if value.startswith(" ") else value
                if name == "data":
                    data.append(value)
                elif name:
                    event[name] = value
                elif line.startswith(b":"):
                    yield {}
                else:
                    if data:
                        yield {**event, "data": "\n".join(data)}
                    event, data = {}, []
    except requests.RequestException as e:
        lost = ConnectionLost("the event stream broke off")
        lost.broke_off = True
        raise lost from e


def _webhook_check(secret: str) -> Tuple[str, Callable[[bytes, str], bool]]:
    """The version of the signatures that a secret or a public key checks, and what checks one of a message."""
    public = secret.startswith("whpk_")
    try:
        key = base64.b64decode(secret[5:] if public else secret[6:] if secret.startswith("whsec_") else secret, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the public key is not whpk_ and base64" if public else "the secret is not whsec_ and base64") from None

    def decoded(text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return b""

    if not public:
        if not key:
            raise ValueError("the secret is empty")
        return "v1", lambda message, text: hmac.compare_digest(hmac.new(key, message, hashlib.sha256).digest(), decoded(text))
    if len(key) != 32:
        raise ValueError("the public key is not whpk_ and base64 of 32 bytes")
    try:
        exceptions = importlib.import_module("cryptography.exceptions")
        ed25519 = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ImportError:
        raise RuntimeError("public keys (whpk_) need the package cryptography, which is not installed; the secret (whsec_) needs none") from None
    verifier = ed25519.Ed25519PublicKey.from_public_bytes(key)

    def verified(message: bytes, text: str) -> bool:
        try:
            verifier.verify(decoded(text), message)
        except exceptions.InvalidSignature:
            return False
        return True

    return "v1a", verified


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: Union[bytes, str], now: Optional[float] = None, *, tolerance: float = 300, webhook: str = "",
) -> WebhookEvent:
    """Checks a webhook's call (Standard Webhooks) and returns its event; :class:`WebhookRefused` says why not.

    ``secret`` is the text that begins with whsec_, ``body`` the bytes as they came, ``now`` Unix seconds. One of
    the signatures must be by the secret, and its time within ``tolerance`` seconds. A call may come twice:
    the header webhook-id tells.

    The secret checks the signatures v1, which every call has. Python's standard library has no ed25519: instead of
    the secret a public key (whpk_, of GET /.well-known/webhook-keys) can be given, by which the signatures v1a of
    webhooks with "signature": "v1a" are checked, only where the package ``cryptography`` is installed; without it
    that raises RuntimeError. ``webhook`` is then the id of the receiver's own webhook (wh_...). It may be left
    out only with a key of one owner (?owner=): a key of the server signs the calls of all owners, any of whom can
    have any address called.
    """
    version, good = _webhook_check(secret)
    raw = body.encode() if isinstance(body, str) else bytes(body)
    named = {name.lower(): value for name, value in headers.items()}
    call, at, signatures = (named.get("webhook-" + name, "") for name in ("id", "timestamp", "signature"))
    if not call or not at or not signatures:
        raise WebhookRefused("webhook-id, webhook-timestamp or webhook-signature is missing")
    if not re.fullmatch(r"[0-9]{1,15}", at):
        raise WebhookRefused("webhook-timestamp is not a number of seconds")
    if abs((time.time() if now is None else now) - int(at)) > tolerance:
        raise WebhookRefused("webhook-timestamp is too far from now")
    message = call.encode() + b"." + at.encode() + b"." + raw
    signed = [text for kind, _, text in (signature.partition(",") for signature in signatures.split(" ")) if kind == version]
    if not any([good(message, text) for text in signed[:32]]):
        raise WebhookRefused("no signature is by this secret")
    if webhook and not call.endswith("_" + (webhook[3:] if webhook.startswith("wh_") else webhook)):
        raise WebhookRefused("the call is of another webhook")
    try:
        return cast(WebhookEvent, json.loads(raw))
    except ValueError:
        raise WebhookRefused("the body is not JSON") from None
