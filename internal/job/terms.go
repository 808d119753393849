package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Terms are what a client asks for, and says, beside the work itself. They are kept with
// the job from its submission ([Job].Terms) and never change. Times have a
// resolution of milliseconds. The zero value asks for nothing.
type Terms struct {
	StartBy  time.Time // an attempt begins by then, or none does; zero for no such time
	FinishBy time.Time // the job is over by then; zero for no such time

	Retention       time.Duration // how long the job is kept after its end; 0: as the plan says
	RetentionFailed time.Duration // the same of a job that failed; 0: as long as any
	DeleteOnRead    bool          // the job goes soon after its outcome has reached its owner
	OutputURL       string        // where the output is put as well; a secret: who knows it may write there
	OutputName      string        // what the output's file is called by those who save it

	Trace string // what the job is part of: see Job.TraceContext; empty for nothing
}

// storedTerms is the form in which stores keep terms.
type storedTerms struct {
	StartBy         int64  `json:"start_by,omitempty"` // Unix milliseconds
	FinishBy        int64  `json:"finish_by,omitempty"`
	Retention       int64  `json:"retention,omitempty"` // milliseconds
	RetentionFailed int64  `json:"retention_failed,omitempty"`
	DeleteOnRead    bool   `json:"delete_on_read,omitempty"`
	OutputURL       string `json:"output_url,omitempty"`
	OutputName      string `json:"output_name,omitempty"`
	Trace           string `json:"trace,omitempty"`
}

// Encode returns what [Job].Terms keeps: canonical JSON, or nil if nothing was
// asked for.
func (t *Terms) Encode() []byte {
	if *t == (Terms{}) {
		return nil
	}
	b, err := json.Marshal(storedTerms{
		StartBy: milli(t.StartBy), FinishBy: milli(t.FinishBy),
		Retention: t.Retention.Milliseconds(), RetentionFailed: t.RetentionFailed.Milliseconds(),
		DeleteOnRead: t.DeleteOnRead, OutputURL: t.OutputURL, OutputName: t.OutputName, Trace: t.Trace,
	})
	if err != nil {
		panic("job: terms that cannot be JSON: " + err.Error())
	}
	return b
}

// ParseTerms reads what Encode returned.
func ParseTerms(b []byte) (Terms, error) {
	if len(b) == 0 {
		return Terms{}, nil
	}
	var s storedTerms
	if err := json.Unmarshal(b, &s); err != nil {
		return Terms{}, fmt.Errorf("what was asked for with a job: %w", err)
	}
	return Terms{
		StartBy: timeOf(s.StartBy), FinishBy: timeOf(s.FinishBy),
		Retention: time.Duration(s.Retention) * time.Millisecond, RetentionFailed: time.Duration(s.RetentionFailed) * time.Millisecond,
		DeleteOnRead: s.DeleteOnRead, OutputURL: s.OutputURL, OutputName: s.OutputName, Trace: s.Trace,
	}, nil
}

// Asked returns the job's terms. Those that cannot be read, which nothing of this
// program writes, ask for nothing.
func (j *Job) Asked() Terms {
	t, err := ParseTerms(j.Terms)
	if err != nil {
		return Terms{}
	}
	return t
}

// TraceContext is the trace that the job is part of, by the span that its attempts
// and webhooks come after: traceparent (W3C Trace Context), and after a space
// tracestate if there is one. It is empty if there is none.
func (j *Job) TraceContext() string {
	if len(j.Terms) > 0 {
		if t := j.Asked().Trace; t != "" {
			return t
		}
	}
	if j.Ready != nil {
		return j.Ready.TraceParent
	}
	return ""
}

// TraceParent is the first part of TraceContext.
func (j *Job) TraceParent() string {
	parent, _, _ := strings.Cut(j.TraceContext(), " ")
	return parent
}

// HasDeadline reports whether the job's terms have one, and costs little where they
// have none.
func (j *Job) HasDeadline() bool { return bytes.Contains(j.Terms, []byte(`_by":`)) }

// Again is what is asked for when the work is tried again as a new job: all but
// the deadlines and the trace, which were those of the first.
func (t Terms) Again() Terms {
	t.StartBy, t.FinishBy, t.Trace = time.Time{}, time.Time{}, ""
	return t
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
