package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sse"
	"claimcheck/internal/view"
)

const (
	eventsComment = 15 * time.Second // between two signs of life
	eventsRetry   = 2000             // milliseconds before a browser connects again
)

// events answers GET /jobs/{job_id}/events: a server-sent event (WHATWG HTML,
// section 9.2) with the status body for each version of the job, until the
// final one.
func (s *Server) events(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	snap, err := s.Queue.Get(c.r.Context(), c.who.Key.Owner, id)
	if err != nil {
		return err
	}
	seen, err := lastEventID(c.r.Header)
	if err != nil {
		return err
	}
	if snap.Job.Status.Final() && seen == snap.Job.Version {
		c.send(http.StatusNoContent, nil) // tells a browser not to come again
		return nil
	}
	if c.r.Method != http.MethodHead && !snap.Job.Status.Final() {
		leave, err := c.enterWaiting()
		if err != nil {
			return err
		}
		defer leave()
	}
	st := &stream{c: c, to: c.Stream()}
	if c.r.Method == http.MethodHead {
		return nil
	}
	st.b.WriteString("retry: " + strconv.Itoa(eventsRetry) + "\n") // a part of the first event, see follow
	st.follow(snap, seen)
	return nil
}

func lastEventID(h http.Header) (int64, error) {
	v := h.Get("Last-Event-ID")
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "INVALID_REQUEST", "Last-Event-ID must be the id of an event of this stream.")
	}
	return n, nil
}

// A stream is one client's event stream.
type stream struct {
	c  *Call
	to *sse.Writer
	b  bytes.Buffer // what is to be sent
}

// follow sends every version after seen until the job is final or its client is
// gone. A stream that ends before the final event is cut off: to many clients a
// clean end is the job's, and they would not come again.
//
// A blank line ends an event and nothing else: clients in wide use make an event
// of every block, also of one that has a comment or a retry field only.
func (st *stream) follow(snap *view.Snapshot, seen int64) {
	s, id := st.c.s, snap.Job.ID
	for {
		if snap.Job.Version != seen {
			st.event(snap)
			seen = snap.Job.Version
		}
		if st.to.Flush(&st.b) != nil || snap.Job.Status.Final() {
			return
		}
		var err error
		if s.Stopping.Err() == nil && st.c.r.Context().Err() == nil {
			snap, err = st.next(id, seen)
		}
		if err != nil || s.Stopping.Err() != nil || st.c.r.Context().Err() != nil { // deleted, expired: the next connection is told
			panic(http.ErrAbortHandler)
		}
		if snap.Job.Version == seen {
			st.b.WriteString(":\n")
		}
	}
}

// next waits for another version, at most until a sign of life is due.
func (st *stream) next(id job.ID, seen int64) (*view.Snapshot, error) {
	ctx, cancel := context.WithTimeout(st.c.r.Context(), eventsComment)
	defer cancel()
	defer context.AfterFunc(st.c.s.Stopping, cancel)()
	return st.c.s.Queue.Await(ctx, st.c.who.Key.Owner, id, func(snap *view.Snapshot) bool { return snap.Job.Version != seen })
}

// event appends a status event. A result may have line breaks, which become
// data lines of their own.
func (st *stream) event(snap *view.Snapshot) {
	body := string(st.c.Status(snap))
	fmt.Fprintf(&st.b, "event: status\nid: %d\n", snap.Job.Version)
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r", ""), "\n") {
		st.b.WriteString("data: " + line + "\n")
	}
	st.b.WriteByte('\n')
}
