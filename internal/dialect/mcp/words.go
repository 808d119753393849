package mcp

import (
	"encoding/json"
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/job"
)

const contentType = "application/json"

// words are those of one exchange, or of none that could be read.
type words struct {
	x     *exchange // nil for none
	kind  string    // of the result that was worded: see reply
	ended *job.ID   // of work that was named, though it has ended: see exchange.ended
}

// ContentType is JSON's.
func (*words) ContentType() string { return contentType }

// Status is the task that a job is, as modern clients are told of it.
func (*words) Status(v dialect.View) []byte { return encode(taskOf(v)) }

// Accepted is the result of a call whose work goes on: a task for clients that know
// them, else one that names the job.
func (w *words) Accepted(a dialect.Accepted, _ http.Header) (status int, body []byte) {
	if w.x != nil && a.Job.Status.Final() && (w.x.modern() || !w.x.asTask) {
		w.ended = &a.Job.ID
	}
	if w.x != nil && w.x.asTask {
		w.kind, body = w.x.created(a.View)
		return http.StatusOK, body
	}
	return http.StatusOK, encode(running(a.View))
}

// Done is the result of a call whose work succeeded.
func (w *words) Done(d dialect.Done, _ http.Header) (status int, body []byte) {
	return http.StatusOK, encode(success(d.Result, d.File, w.links()))
}

// links reports whether the client knows links to files.
func (w *words) links() bool { return w.x == nil || w.x.revision >= "2025-06-18" }

// List is a page of jobs.
func (*words) List(p dialect.Page, _ http.Header) []byte {
	b := append(dialect.AppendItems([]byte(`{"jobs":[`), p.Jobs), ']')
	if p.Next != "" {
		b = append(append(b, `,"next_cursor":`...), encode(p.Next)...)
	}
	return append(b, '}')
}

// Failed answers a request of which nothing could be read.
func (*words) Failed(f dialect.Failure, _ http.Header) (status int, body []byte) {
	p := problemOf(f)
	return f.Status, p.wire(nil)
}

// A summarised is a job as the tools for jobs tell of it.
type summarised struct {
	ID         string `json:"job_id"`
	Tool       string `json:"tool,omitempty"`
	Status     string `json:"status"`
	Created    int64  `json:"created_at,omitempty"` // Unix seconds, as all times
	Updated    int64  `json:"updated_at,omitempty"`
	Finished   int64  `json:"finished_at,omitempty"`
	Expires    int64  `json:"expires_at,omitempty"`
	RetryAfter int64  `json:"retry_after,omitempty"` // seconds
	Error      any    `json:"error,omitempty"`
}

// summary is what of a job its result does not tell.
func summary(v dialect.View) summarised {
	j := v.Job
	s := summarised{ID: j.ID.String(), Tool: published(j.Tool), Status: j.Status.String(), RetryAfter: v.Hint}
	if !j.Created.IsZero() {
		s.Created = j.Created.Unix()
	}
	if !j.Updated.IsZero() {
		s.Updated = j.Updated.Unix()
	}
	if !j.Finished.IsZero() {
		s.Finished = j.Finished.Unix()
	}
	if !j.Expires.IsZero() {
		s.Expires = j.Expires.Unix()
	}
	if j.Status.Final() {
		s.RetryAfter = 0
	}
	if j.Status == job.Failed && len(j.Error) > 0 {
		s.Error = json.RawMessage(j.Error)
	}
	return s
}
