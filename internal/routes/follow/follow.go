// Package follow is how a job is followed: the routes of its event stream (WHATWG HTML,
// section 9.2), with its statuses and what it says, and of what it has said.
package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/sse"
	"claimcheck/internal/view"
)

const (
	signOfLife = 15 * time.Second // between two of them
	again      = 2000             // milliseconds before a browser connects again

	longest = 10 * 365 * 24 * time.Hour // longer than any job
)

// Words are what jobs say; *words.Board has them.
type Words interface {
	// Listen begins to watch and listen to a job, whoever's it is.
	Listen(id job.ID) *view.Watch
	// After is what is known of what a job has said after a position.
	After(ctx context.Context, id job.ID, after int64) (job.Said, error)
}

// Routes are those by which a job is followed.
func Routes(w Words) []httpapi.Route {
	return []httpapi.Route{
		{Method: "GET", Path: "/jobs/{job_id}/events", Access: httpapi.Keyed, Handler: func(c *httpapi.Call) error { return events(c, w) }},
		{Method: "GET", Path: "/jobs/{job_id}/log", Access: httpapi.Keyed, Handler: func(c *httpapi.Call) error { return log(c, w) }},
	}
}

// get is the caller's job that the path names.
func get(c *httpapi.Call) (*view.Snapshot, error) {
	id, err := job.ParseID(c.Request().PathValue("job_id"))
	if err != nil {
		return nil, err
	}
	return c.Get(id)
}

// log answers GET /jobs/{job_id}/log: the lines that are kept of what the job has said.
func log(c *httpapi.Call, w Words) error {
	snap, err := get(c)
	if err != nil {
		return err
	}
	said, err := w.After(c.Request().Context(), snap.Job.ID, 0)
	if err != nil {
		return err
	}
	answer := api.JobLog{Lines: []api.LogLine{}, Dropped: said.Lost.Lines}
	for i := range said.Words {
		if is := &said.Words[i]; is.Kind == job.Log {
			answer.Lines = append(answer.Lines, api.LogLine{At: is.At.Unix(), Text: is.Text})
		}
	}
	c.Header().Set("Cache-Control", "no-store")
	return c.AnswerJSON(http.StatusOK, answer)
}

// A place is how far a client has read a stream: which version of the job it has seen,
// and up to which position it has heard what the job says.
type place struct{ version, heard int64 }

// String is the id of an event. That of a job that has said nothing is the version.
func (p place) String() string {
	if p.heard == 0 {
		return strconv.FormatInt(p.version, 10)
	}
	return strconv.FormatInt(p.version, 10) + "." + strconv.FormatInt(p.heard, 10)
}

// placeOf reads Last-Event-ID.
func placeOf(h http.Header) (p place, err error) {
	text := h.Get("Last-Event-ID")
	if text == "" {
		return p, nil
	}
	version, heard, said := strings.Cut(text, ".")
	var wrong error
	if p.version, err = strconv.ParseInt(version, 10, 64); said {
		p.heard, wrong = strconv.ParseInt(heard, 10, 64)
	}
	if err != nil || wrong != nil || p.version < 0 || p.heard < 0 {
		return place{}, fault.New(fault.Invalid, "INVALID_REQUEST", "Last-Event-ID must be the id of an event of this stream.")
	}
	return p, nil
}

// events answers GET /jobs/{job_id}/events: an event with the status body for each
// version of the job, until the final one, and between them what the job says.
func events(c *httpapi.Call, words Words) error {
	snap, err := get(c)
	if err != nil {
		return err
	}
	at, err := placeOf(c.Request().Header)
	if err != nil {
		return err
	}
	if snap.Job.Status.Final() && at.version == snap.Job.Version {
		c.NoContent() // tells a browser not to come again
		return nil
	}
	ctx, end := c.Request().Context(), func() {}
	reads := c.Request().Method != http.MethodHead
	if reads && !snap.Job.Status.Final() {
		if ctx, end, err = c.Waiting(longest); err != nil {
			return err
		}
	}
	defer end()
	st := &stream{c: c, of: words, id: snap.Job.ID, at: at, first: true}
	if st.to = c.Stream(); !reads {
		return nil
	}
	fmt.Fprintf(&st.b, "retry: %d\n", again) // a part of the first event, see run
	st.run(ctx)
	return nil
}

// A stream is one client's event stream.
type stream struct {
	c     *httpapi.Call
	of    Words
	id    job.ID
	at    place
	first bool // what the job has said before is still to be told
	to    *sse.Writer
	b     bytes.Buffer // what is to be sent
}

// run sends what comes after the client's place until the job is final or its client
// is gone. A stream that ends before the final event is cut off: to many clients a
// clean end is the job's, and they would not come again.
//
// A blank line ends an event and nothing else: clients in wide use make an event
// of every block, also of one that has a comment or a retry field only.
func (st *stream) run(ctx context.Context) {
	w := st.of.Listen(st.id)
	defer w.Close()
	for {
		snap, err := st.c.Get(st.id)
		if err == nil {
			err = st.tell(ctx, w, snap)
		}
		if err != nil { // deleted, expired: the next connection is told
			panic(http.ErrAbortHandler)
		}
		if st.to.Flush(&st.b) != nil {
			return
		}
		if snap.Job.Status.Final() {
			st.c.Reached()
			return
		}
		due, cancel := context.WithTimeout(ctx, signOfLife)
		if len(w.Next(due)) == 0 {
			st.b.WriteString(":\n")
		}
		cancel()
		if ctx.Err() != nil { // the client is gone, or the server ends
			panic(http.ErrAbortHandler)
		}
	}
}

// tell notes what is new of a job. Its last words come before its final status.
func (st *stream) tell(ctx context.Context, w *view.Watch, snap *view.Snapshot) error {
	final := snap.Job.Status.Final()
	if !final {
		st.status(snap)
	}
	w.Saw(st.id, snap.Job.Version)
	if percent, changed := w.Progress(); changed && percent > 0 && !final {
		if err := st.words("progress", &api.JobWords{Attempt: snap.Job.Attempt, Progress: percent}); err != nil {
			return err
		}
	}
	if said := w.Said(); said || st.first || final {
		if snap.Job.Attempt > 0 {
			if err := st.hear(ctx); err != nil {
				return err
			}
		}
		w.Heard(st.at.heard)
		st.first = false
	}
	if final {
		st.status(snap)
	}
	return nil
}

// status notes a version of the job that the client has not seen. A result may have
// line breaks, which become data lines of their own.
func (st *stream) status(snap *view.Snapshot) {
	if snap.Job.Version == st.at.version {
		return
	}
	st.at.version = snap.Job.Version
	st.event("status", st.c.Status(snap))
}

func (st *stream) event(name string, data []byte) {
	fmt.Fprintf(&st.b, "event: %s\nid: %s\n", name, st.at)
	for line := range strings.SplitSeq(strings.ReplaceAll(string(data), "\r", ""), "\n") {
		st.b.WriteString("data: " + line + "\n")
	}
	st.b.WriteByte('\n')
}

// hear notes what the job has said since.
func (st *stream) hear(ctx context.Context) error {
	said, err := st.of.After(context.WithoutCancel(ctx), st.id, st.at.heard)
	if err != nil {
		return err
	}
	words := job.Join(said.Words)
	for i := range words {
		is := &words[i]
		more := api.JobWords{Attempt: is.Attempt, At: is.At.Unix(), Dropped: is.Begins() - max(st.at.heard, job.SpokenBefore(is.Attempt))}
		switch is.Kind {
		case job.Message:
			more.Message = is.Text
		case job.Log:
			more.Log = []string{is.Text}
		case job.Piece:
			more.Output = is.Text
		}
		st.at.heard = is.Seq
		if err := st.words(is.Kind.String(), &more); err != nil {
			return err
		}
	}
	return nil
}

// words notes an event that says something.
func (st *stream) words(name string, said *api.JobWords) error {
	data, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("encode what job %s says: %w", st.id, err)
	}
	st.event(name, data)
	return nil
}
