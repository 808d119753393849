package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// statusPath recognises a poll, /jobs/{id} or /status-api/{id}, by its form
// alone: it is the request that is made most.
func statusPath(r *http.Request) (job.ID, bool) {
	const idLen = 36
	if r.Method != http.MethodGet && r.Method != http.MethodHead || r.URL.RawPath != "" {
		return job.ID{}, false
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/jobs/")
	if !ok {
		if path, ok = strings.CutPrefix(r.URL.Path, "/status-api/"); !ok {
			return job.ID{}, false
		}
	}
	if len(path) != idLen {
		return job.ID{}, false
	}
	id, err := job.ParseID(path)
	return id, err == nil
}

// serveStatus is serve for a poll whose id is well formed. Whatever is not the
// plain case goes through serve.
func (s *Server) serveStatus(w http.ResponseWriter, r *http.Request, id job.ID) {
	if len(r.Header["Origin"]) > 0 || len(r.Header["Prefer"]) > 0 || r.URL.RawQuery != "" {
		s.serve(w, r, nil)
		return
	}
	c := &Call{s: s, w: w, r: r, id: requestID(r.Header), began: s.Now(), pattern: "/jobs/{job_id}", speaks: s.router.speakers[0]}
	defer c.end()
	c.ids[0] = c.id
	w.Header()["X-Request-Id"] = c.ids[:]
	err := s.guard(c, Keyed)
	if err == nil {
		err = s.answerStatus(c, id)
	}
	if err != nil {
		c.fail(err)
	}
}

// status answers GET /jobs/{job_id} and GET /status-api/{job_id}, and the same
// with the id missing; with Prefer: wait it is a long poll.
func (s *Server) status(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	if full, err := wantsFull(c.r.URL.Query()); err != nil {
		return err
	} else if full {
		return s.fullStatus(c, id)
	}
	snap, err := s.longPoll(c, id)
	if err != nil {
		return err
	}
	s.writeStatus(c, snap, http.StatusOK)
	return nil
}

// wantsFull reads the parameter view.
func wantsFull(q url.Values) (bool, error) {
	asked := q.Get("view")
	if asked != "" && asked != "full" {
		return false, fault.New(fault.Invalid, "INVALID_REQUEST", "view must be full, or left out.").With("parameter", "view")
	}
	return asked == "full", nil
}

func (s *Server) answerStatus(c *Call, id job.ID) error {
	snap, err := s.Queue.GetAt(c.r.Context(), c.who.Key.Owner, id, c.began)
	if err != nil {
		return err
	}
	s.writeMemo(c, s.memoAt(c, snap, c.began), http.StatusOK)
	return nil
}

// longPoll returns a job at once or, with Prefer: wait=N, when it differs from
// the version that If-None-Match names (without one: when it is finished); see
// Call.Await.
func (s *Server) longPoll(c *Call, id job.ID) (*view.Snapshot, error) {
	p := c.Wish()
	if !p.Waits {
		return s.Queue.Get(c.r.Context(), c.who.Key.Owner, id)
	}
	known := c.r.Header["If-None-Match"]
	news := func(snap *view.Snapshot) bool {
		if len(known) > 0 {
			return !etag.Match(known, s.memo(c, snap).ETag())
		}
		return snap.Job.Status.Final()
	}
	return c.Await(id, p.Wait, news)
}

// writeStatus answers with a job's status body, or 304 if the client has it.
func (s *Server) writeStatus(c *Call, snap *view.Snapshot, code int) {
	s.writeMemo(c, s.memo(c, snap), code)
}

func (s *Server) writeMemo(c *Call, memo *view.Memo, code int) {
	h := c.w.Header()
	h["Content-Type"] = c.speaks.contentType
	h["Cache-Control"] = revalidate
	if vary := h["Vary"]; vary == nil {
		h["Vary"] = negotiated
	} else {
		h["Vary"] = append(vary, negotiated...)
	}
	h["ETag"] = memo.Tag
	if memo.RetryAfter != nil {
		h["Retry-After"] = memo.RetryAfter
	}
	known := c.r.Header["If-None-Match"]
	if len(known) > 0 && code == http.StatusOK && c.reading() && etag.Match(known, memo.ETag()) {
		delete(h, "Content-Type")
		code = http.StatusNotModified
	}
	c.send(code, memo.Body)
}

// memo returns the rendered status of the caller's own job.
func (s *Server) memo(c *Call, snap *view.Snapshot) *view.Memo {
	return s.memoAt(c, snap, s.Now())
}

func (s *Server) memoAt(c *Call, snap *view.Snapshot, now time.Time) *view.Memo {
	if len(snap.Job.Terms) > 0 {
		c.tells(&snap.Job)
	}
	kept := snap.MemoOf(c.speaks.slot)
	m := kept.Load()
	if m != nil && now.UnixNano() < m.Until && now.UnixNano() >= m.Made {
		return m
	}
	details := s.detailsOf
	if m != nil && m.Told != nil && now.UnixNano() < m.Told.Until && now.UnixNano() >= m.Made {
		details = nil
	}
	next := s.render(c, snap, now, details, m)
	if next.Told != nil || !c.speaks.Full {
		kept.Store(next)
	}
	return next
}

const (
	endOfTime = 1 << 62
	hintLife  = time.Second // how long an estimate is repeated
)

// render words a job's status in the call's dialect. What a full one tells comes from
// details or, where those are nil, from the rendering before; if it cannot be read
// now it is left out.
func (s *Server) render(c *Call, snap *view.Snapshot, now time.Time, details detailer, before *view.Memo) *view.Memo {
	j := &snap.Job
	tag := `W/"` + strconv.FormatInt(j.Version, 10)
	m := &view.Memo{Made: now.Add(-time.Second).UnixNano(), Until: endOfTime}
	v := s.viewOf(j, now)
	switch {
	case !j.Status.Final():
		v.Hint = s.Queue.Hint(j, &c.plan.Plan)
		m.RetryAfter, m.Until = []string{strconv.FormatInt(v.Hint, 10)}, now.Add(hintLife).UnixNano()
	case j.Status == job.Success && j.LinkAt > 0:
		period, next := s.period(now)
		m.Until = next * int64(time.Second)
		tag += "-" + strconv.FormatInt(period, 10)
		v.File = c.file(j.LinkAt, j.Output)
	}
	switch {
	case details == nil:
		m.Told = before.Told
	case c.speaks.Full:
		m.Told = s.tell(c, snap, details)
	}
	if m.Told != nil {
		v.Full, v.Progress = m.Told.Full, m.Told.Progress
		if details != nil {
			m.Told.Until = toldUntil(j, v.Hint, now)
		}
		if !j.Status.Final() {
			tag += "-" + strconv.Itoa(j.Attempt) + "-" + strconv.Itoa(v.Progress)
		}
	}
	m.Tag, m.Body = []string{tag + `"`}, c.speaks.Words.Status(v)
	return m
}

// toldUntil is how long what a full dialect tells is repeated: while a job waits as
// long as it is not worth asking again. There are many of those, and what is told
// of each has to be read.
func toldUntil(j *job.Job, hint int64, now time.Time) int64 {
	switch j.Status {
	case job.Queued:
		return now.Add(time.Duration(hint) * time.Second).UnixNano()
	case job.Processing:
		return now.Add(hintLife).UnixNano()
	default:
		return endOfTime
	}
}

// viewOf is what may be seen of a job that is finished; for one that is not, the
// hint is missing.
func (s *Server) viewOf(j *job.Job, now time.Time) dialect.View {
	v := dialect.View{Job: j}
	if j.Status == job.Success {
		v.Result = s.resultOf(j, now)
	}
	return v
}

// resultOf is a successful job's result, its link signed.
func (s *Server) resultOf(j *job.Job, now time.Time) []byte {
	return s.withLink(j.Result, fulfil.Link{At: j.LinkAt, Name: j.Output, Until: j.Expires}, now)
}

// result answers GET /jobs/{job_id}/result: 202 with the status while the job
// is unfinished, then its result or its failure, which never is 5xx, 408, 425 or
// 429: it is final, and pollers repeat those.
func (s *Server) result(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	snap, err := s.longPoll(c, id)
	if err != nil {
		return err
	}
	if !snap.Job.Status.Final() {
		s.writeStatus(c, snap, http.StatusAccepted)
		return nil
	}
	code, body, err := c.Outcome(&snap.Job, nil)
	if err != nil {
		return err
	}
	c.sendJSON(code, body)
	return nil
}

// Outcome is what became of a job that is finished, in the words of the call; its
// failure is the error: on a failure, the synchronous call that waited for the job
// is told what says whether to make it again, the result what no poller asks for
// again. The order is what this request placed, or nil.
func (c *Call) Outcome(j *job.Job, o *intake.Order) (status int, body []byte, err error) {
	c.tells(j)
	if j.Status == job.Failed {
		return 0, nil, dialect.ErrorOf(j, o == nil)
	}
	status, body = c.speaks.Words.Done(dialect.Done{Result: c.s.resultOf(j, c.s.Now()), File: c.file(j.LinkAt, j.Output), Order: o}, c.w.Header())
	return status, body, nil
}
