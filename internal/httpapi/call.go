package httpapi

import (
	"net/http"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/job"
	"claimcheck/internal/trace"
)

// A Call is one request on its way through the server.
type Call struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	id      string // X-Request-Id
	began   time.Time
	who     *auth.Principal // nil on open routes
	plan    *planView       // nil on open routes
	status  int             // what was answered, 0 before
	quiet   bool            // not worth a log line of its own
	admin   bool            // the key is an operator's
	pattern string          // of the route, for metrics
	body    *body           // nil without one
	speaks  *speaker        // whose words the answer is in
	span    *trace.Span     // nil while there is none
	told    []job.ID        // whose outcome the answer has in it, of those that go once it was read

	// Values of header fields that differ from answer to answer have their room
	// in the call, so that those of a poll are one piece of memory.
	ids  [1]string          // X-Request-Id
	rate [rateFields]string // see rateHeaders
}

// reading reports whether the request only reads.
func (c *Call) reading() bool { return c.r.Method == http.MethodGet || c.r.Method == http.MethodHead }

// serve is the way of every request: id, key, limit, scope, then the handler,
// and one place where errors are answered and logged. The request has a body
// unless that is nil.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, b *body) {
	c := &Call{s: s, w: w, r: r, id: requestID(r.Header), began: s.Now(), pattern: "none", body: b, speaks: s.router.speakers[0]}
	defer c.end()
	h := w.Header()
	if b != nil && !b.streams { // until its end is seen: see send
		h["Connection"] = lastOne
	}
	c.ids[0] = c.id
	h["X-Request-Id"] = c.ids[:]
	at, err := s.router.find(r)
	if s.cors(c, &at) {
		return
	}
	c.speaks = at.speaks
	if err == nil {
		c.pattern = at.Path
	}
	access := at.Access
	if err != nil && access == Later { // there is no handler to decide
		access = Keyed
	}
	if access == Keyed || access == Working || access == Admin {
		if guardErr := s.guard(c, access); guardErr != nil {
			c.fail(guardErr)
			return
		}
	}
	if err == nil {
		if s.Trace.On() && !c.reading() && (access == Keyed || access == Admin) {
			c.trace("")
		}
		err = at.Handler(c)
	}
	if err != nil {
		c.fail(err)
	}
}

// trace begins the span of a request that hands something in, once: polls, which
// are nearly all of the traffic, have none, and what remote programs tell is told
// by the spans of their attempts. parent is the traceparent that it is part of, if
// another than its header's.
func (c *Call) trace(parent string) {
	if c.span == nil {
		c.r, c.span = c.s.Trace.Request(c.r, parent, c.pattern, c.id, c.began)
	}
}
