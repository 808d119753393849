package httpapi

import (
	"net/http"
	"time"

	"claimcheck/internal/sse"
)

// Stream begins an answer that is an event stream. The request's body must have
// been read to its end.
func (c *Call) Stream() *sse.Writer {
	c.quiet, c.status = true, http.StatusOK
	if c.body != nil && !c.body.rest(http.StatusOK) {
		c.w.Header().Del("Connection")
	}
	return sse.Begin(c.w)
}

// Meanwhile has work answer the call, and tells the client that it goes on; see
// [sse.Hold]. An answer that comes before every has passed is an ordinary one; the
// status and header of a later one are not told. The call must have been admitted,
// and its body been read to the end.
func (c *Call) Meanwhile(every time.Duration, beat func() []byte, work func() error) {
	w := c.w
	if c.body != nil && !c.body.rest(http.StatusOK) {
		w.Header().Del("Connection")
	}
	hold := sse.NewHold(w, every, beat)
	c.w = hold
	defer func() {
		began, broken := hold.End()
		if broken != nil {
			c.s.Log.ErrorContext(c.r.Context(), "telling that a call goes on panicked", "request_id", c.id, "panic", broken)
		}
		if c.w = w; began && c.status == 0 { // the work panicked: there is no second answer
			c.status = http.StatusOK
		}
		c.quiet = c.quiet || began // a call whose client is told that it goes on is not a slow one
	}()
	if err := work(); err != nil {
		c.fail(err)
	}
	status, body, ordinary := hold.Last()
	switch c.w = w; {
	case ordinary:
		c.send(status, body)
	case hold.Told():
		c.Reached()
	}
}
