package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/coding"
	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/trace"
)

// slowCall is from when on a call is logged though it went well.
const slowCall = time.Second

// answerTime is how long a client may take to read an answer that is not a
// download.
const answerTime = 30 * time.Second

// bufferedBytes is what net/http buffers of an answer and gives a
// Content-Length by itself.
const bufferedBytes = 2048

// Header values that never change, shared by all answers; nobody appends to
// them.
var (
	revalidate = []string{"private, no-cache, max-age=0"} // without max-age=0 some caches never ask again
	negotiated = []string{"Accept, Prefer"}
	unkept     = []string{"no-store"}
	lastOne    = []string{"close"}
)

// send writes the answer: status and body, the headers being set. An answer
// that comes before the request's body has ended is whole at once, and the
// connection's last; see body.discard.
func (c *Call) send(status int, body []byte) {
	c.status = status
	if c.admin {
		c.w.Header()["Cache-Control"] = unkept // also what is asked for again by its tag
	}
	early := c.body.rest(status)
	if c.body != nil && !early {
		delete(c.w.Header(), "Connection")
	}
	if len(body) > bufferedBytes || len(c.told) > 0 || early && status != http.StatusNoContent && status != http.StatusNotModified {
		c.w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
		//nolint:errcheck // a connection without deadlines is a test's recorder
		http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(answerTime))
	}
	c.w.WriteHeader(status)
	var err error
	if c.r.Method != http.MethodHead && status != http.StatusNotModified && status != http.StatusNoContent {
		_, err = c.w.Write(body) // the client is gone, or it is not
	}
	if early {
		c.body.answered = http.NewResponseController(c.w).Flush() == nil
	}
	if len(c.told) > 0 {
		c.sent(status, err)
	}
}

// sendJSON writes an answer in the type of the dialect, unless it has another,
// that no cache may keep.
func (c *Call) sendJSON(status int, body []byte) {
	h := c.w.Header()
	if _, set := h["Content-Type"]; !set {
		h["Content-Type"] = c.speaks.contentType
	}
	if _, set := h["Cache-Control"]; !set {
		h["Cache-Control"] = unkept
	}
	c.send(status, body)
}

// fail answers with a failure, and remembers for the log what it was.
func (c *Call) fail(err error) {
	if c.status != 0 { // the answer has begun: cut it off, so that it does not look whole
		panic(http.ErrAbortHandler)
	}
	c.logFailure(err)
	c.writeError(err)
}

// Failure is a failure as the client may see it, for an answer that tells it in
// another way than by failing; what is ours is logged.
func (c *Call) Failure(err error) dialect.Failure {
	c.logFailure(err)
	f := dialect.FailureOf(err)
	f.RequestID, f.Asked = c.id, c.r.Header
	return f
}

func (c *Call) logFailure(err error) {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		if dialect.IsJobs(err) || errors.Is(err, context.Canceled) && c.r.Context().Err() != nil {
			break // it was logged when it happened, or its client left
		}
		c.s.Log.ErrorContext(c.r.Context(), "request failed", "request_id", c.id, "method", c.r.Method, "path", auth.Redacted(c.r.URL.Path), "err", err)
	case fault.Unauthorized, fault.Limited:
		c.quiet = true // anybody could fill the log with these
	default:
	}
}

// writeError answers with a failure. Nothing else writes an error answer.
func (c *Call) writeError(err error) {
	f := dialect.FailureOf(err)
	f.RequestID, f.Asked = c.id, c.r.Header
	h := c.w.Header()
	h.Del("Content-Type")
	h.Set("Cache-Control", "no-store")
	if f.RetryAfter > 0 {
		h["Retry-After"] = []string{strconv.FormatInt(f.RetryAfter, 10)}
	}
	switch f.Kind {
	case fault.Unauthorized:
		h.Set("WWW-Authenticate", c.challenge())
	case fault.MethodNotAllowed:
		for _, d := range f.Details {
			if allow, ok := d.Value.(string); ok && d.Name == "allow" {
				h.Set("Allow", allow)
			}
		}
	case fault.Unsupported:
		if f.Code == intake.CodeUnsupportedEncoding {
			h.Set("Accept-Encoding", coding.Accepted) // RFC 7694, section 3
		}
	default:
	}
	status, body := c.speaks.Words.Failed(f, h)
	c.sendJSON(status, body)
}

// ResourcePath is where clients look for what a resource says of itself; the path
// of one that is not the whole server follows (RFC 9728, section 3.1).
const ResourcePath = "/.well-known/oauth-protected-resource"

// challenge asks for a key or, where tokens of an authorizer are taken, says where
// a client learns whose (RFC 9728, section 5.1).
func (c *Call) challenge() string {
	const ask = `Bearer realm="claimcheck"`
	if c.s.Issuer == "" {
		return ask
	}
	return ask + `, resource_metadata="` + c.s.PublicURL + ResourcePath + c.speaks.Prefix + `"`
}

// end is deferred by the way of every request: it answers for a handler that
// panicked, then counts and logs.
func (c *Call) end() {
	p := recover()
	if p == http.ErrAbortHandler { //nolint:errorlint // the documented value
		c.answered(c.s.Now().Sub(c.began))
		panic(p)
	}
	if p != nil {
		c.s.Log.ErrorContext(c.r.Context(), "handler panicked", "request_id", c.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		if c.status == 0 {
			c.writeError(fmt.Errorf("panic: %v", p))
		}
	}
	took := c.s.Now().Sub(c.began)
	c.answered(took)
	if c.s.LogRequests || took > slowCall && !c.quiet || c.status >= http.StatusBadRequest && !c.quiet {
		c.log(took)
	}
}

// answered tells of a request that is over.
func (c *Call) answered(took time.Duration) {
	if c.span == nil {
		c.s.Observer.Answered(c.pattern, c.status, took, "")
		return
	}
	c.s.Observer.Answered(c.pattern, c.status, took, trace.ID(c.r.Context()))
	owner := ""
	if c.who != nil {
		owner = c.who.Key.Owner
	}
	c.span.Answered(c.status, owner)
}

func (c *Call) log(took time.Duration) {
	owner := ""
	if c.who != nil {
		owner = c.who.Key.Owner
	}
	level := slog.LevelInfo
	if c.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	c.s.Log.LogAttrs(c.r.Context(), level, "request",
		slog.String("request_id", c.id), slog.String("method", c.r.Method), slog.String("path", auth.Redacted(c.r.URL.Path)),
		slog.Int("status", c.status), slog.Int64("ms", took.Milliseconds()), slog.String("owner", owner))
}

// withLink inserts the signed link of an output into an answer.
func (s *Server) withLink(body []byte, at fulfil.Link, now time.Time) []byte {
	if at.At <= 0 || at.At > len(body) {
		return body
	}
	link := s.link(at.Name, at.Until, now)
	out := make([]byte, 0, len(body)+len(link))
	out = append(out, body[:at.At]...)
	out = append(out, link...)
	return append(out, body[at.At:]...)
}
