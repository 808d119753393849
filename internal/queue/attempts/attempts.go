// Package attempts is what a job remembers of its attempts that ended. It decides
// nothing.
package attempts

import (
	"encoding/json"
	"time"

	"claimcheck/internal/job"
)

// An Attempt is one entry of a job's history: an attempt that ended. Times are Unix seconds.
type Attempt struct {
	Attempt int    `json:"attempt"`
	Started int64  `json:"started_at"`
	Ended   int64  `json:"ended_at"`
	Worker  string `json:"worker"`
	Error   string `json:"error,omitempty"`   // code
	Unbegun bool   `json:"unbegun,omitempty"` // it was handed back before it began; clients are not told
}

// most bounds a job's history; the oldest entries go first.
const most = 20

// Remember appends the current attempt to the job's history.
func Remember(j *job.Job, code string, now time.Time) {
	h := append(Of(j), Attempt{
		Attempt: j.Attempt, Started: j.Started.Unix(), Ended: now.Unix(), Worker: j.Ready.Lease.Worker, Error: code,
	})
	set(j, h[max(0, len(h)-most):])
}

// MarkUnbegun says of the last attempt in a job's history that it never began.
func MarkUnbegun(j *job.Job) {
	if h := Of(j); len(h) > 0 {
		h[len(h)-1].Unbegun = true
		set(j, h)
	}
}

func set(j *job.Job, h []Attempt) {
	b, err := json.Marshal(h)
	if err != nil {
		panic("attempts: history: " + err.Error()) // integers and strings always encode
	}
	j.History = b
}

// Of returns the attempts that a job remembers, oldest first.
func Of(j *job.Job) (h []Attempt) {
	if len(j.History) > 0 && json.Unmarshal(j.History, &h) != nil {
		return nil // it is only information
	}
	return h
}

// Last is the last of them; zero if there is none.
func Last(j *job.Job) Attempt {
	h := Of(j)
	if len(h) == 0 {
		return Attempt{}
	}
	return h[len(h)-1]
}

// Begun reports whether an attempt at a job has begun that was not handed back
// before it did.
func Begun(j *job.Job) bool {
	n := j.Attempt
	if n == 0 {
		return false
	}
	for _, a := range Of(j) {
		if a.Unbegun {
			n--
		}
	}
	return n > 0
}

// EndOf returns the code with which an attempt ended that is over, empty if it
// was handed back; over is false while it is the current one, and for one that
// ended with success.
func EndOf(j *job.Job, lease job.Lease) (code string, over bool) {
	if j.Attempt < lease.Attempt || j.Attempt == lease.Attempt && (j.Status == job.Success || j.Status == job.Processing) {
		return "", false
	}
	for _, a := range Of(j) {
		if a.Attempt == lease.Attempt {
			return a.Error, true
		}
	}
	return "", true
}
