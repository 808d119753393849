package httpapi

import (
	"io"
	"net/http"
	"time"
)

// Hand lets a foreign handler answer the call. Key and limits were checked, as
// the route says; what the handler reads is paced, and what it answers counted
// and logged, like those of our own.
func (c *Call) Hand(h http.Handler) error {
	r := c.r
	if c.body != nil {
		paced := *r
		paced.Body = struct {
			io.Reader
			io.Closer
		}{c.body, r.Body}
		r = &paced
	}
	w := &foreignWriter{ResponseWriter: c.w, c: c}
	h.ServeHTTP(w, r)
	if c.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.early {
		c.body.answered = http.NewResponseController(c.w).Flush() == nil
	}
	return nil
}

// A foreignWriter notes what a foreign handler answers.
type foreignWriter struct {
	http.ResponseWriter
	c     *Call
	early bool // the request's body has not ended
}

// WriteHeader notes the status of the final answer.
func (w *foreignWriter) WriteHeader(status int) {
	if status >= http.StatusOK && w.c.status == 0 {
		w.c.status = status
		if w.early = w.c.body.rest(status); !w.early {
			w.Header().Del("Connection")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write moves the deadline, then writes.
func (w *foreignWriter) Write(b []byte) (int, error) {
	if w.c.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	//nolint:errcheck // a connection without deadlines is a test's recorder
	http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(pacedPause))
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection behind the writer.
func (w *foreignWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
