package job

import (
	"bytes"
	"time"
)

// OnRead is how long after its outcome has reached its owner a job goes that asked
// for that ([Terms].DeleteOnRead): long enough to ask once more for what was lost on
// the way.
const OnRead = time.Minute

// Keep is how long a job is kept after its end, where its owner's plan keeps jobs
// for as long as this. What was asked for is never more than that: the plan may
// allow less by now.
func (t *Terms) Keep(end Status, plan time.Duration) time.Duration {
	asked := t.Retention
	if end == Failed && t.RetentionFailed > 0 {
		asked = t.RetentionFailed
	}
	if asked > 0 {
		return min(asked, plan)
	}
	return plan
}

// Read dates a finished job forward whose outcome reached its owner at a time, and
// reports whether that changed anything: it did not if the job asked for no such
// thing, or goes sooner.
func (j *Job) Read(at time.Time) bool {
	if !j.Status.Final() || !j.GoesOnRead() || !j.Expires.After(at.Add(OnRead)) {
		return false
	}
	j.Expires = at.Add(OnRead)
	return true
}

// GoesOnRead reports whether the job's terms ask for that, and costs little where they
// do not: it is asked at each status.
func (j *Job) GoesOnRead() bool { return bytes.Contains(j.Terms, []byte(`"delete_on_read":`)) }

// ReadByStatus reports whether the status of a finished job is all of its outcome
// that its owner fetches: there is no file, or it was put where the owner wanted it.
func (j *Job) ReadByStatus() bool { return j.LinkAt == 0 || j.Asked().OutputURL != "" }
