package sched

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
)

// Why a job waits, as clients read it (waiting_reason in api/openapi.yaml).
const (
	ReasonQueue      = "queue"
	ReasonOwnerLimit = "owner_limit"
	ReasonToolLimit  = "tool_limit"
	ReasonToolRate   = "tool_rate"
	ReasonNoWorker   = "no_worker"
	ReasonBackoff    = "retry_backoff"
	ReasonScheduled  = "scheduled"

	ReasonToolPaused  = "tool_paused"
	ReasonOwnerPaused = "owner_paused"
)

// A Wait is what can be told of an unfinished job.
type Wait struct {
	Reason   string // empty while it runs
	Position int64  // jobs that come before it, about
	Left     time.Duration
	Known    bool      // whether Left is known
	RunAt    time.Time // no attempt begins before it; zero: one may begin now
	Progress int       // percent, 0 while nothing is known
	Message  string    // what the attempt has said last of what it does; empty for nothing
}

// WaitOf tells why an unfinished job is not finished and how long that may take;
// r is its part of the queue.
func (s *Scheduler) WaitOf(j *job.Job, r *job.Ready, plan *account.Plan) Wait {
	if j.Status == job.Queued {
		if reason := s.PauseOf(j.Owner, j.Tool); reason != "" {
			return s.atMost(j, Wait{Reason: reason, RunAt: r.RunAt})
		}
	}
	w := Wait{Progress: r.Progress, Message: r.Message}
	w.Left, w.Known = s.Estimate(j, plan)
	if j.Status == job.Processing {
		return w
	}
	if s.config.Tools(j.Tool).Unknown {
		return s.atMost(j, Wait{Reason: ReasonNoWorker})
	}
	if pauseLeft(r, s.config.Now()) > 0 {
		w.RunAt = r.RunAt
		w.Reason = ReasonScheduled
		if j.Attempt > 0 {
			w.Reason = ReasonBackoff
		}
		return w
	}
	p := s.position(j)
	w.Reason, w.Position = ReasonQueue, p.ahead
	switch {
	case p.tool:
		w.Reason = ReasonToolLimit
	case p.rated > 0:
		w.Reason = ReasonToolRate
	case p.full:
		w.Reason = ReasonOwnerLimit
	}
	return w
}

// atMost is a wait of which nothing is known but the job's deadline.
func (s *Scheduler) atMost(j *job.Job, w Wait) Wait {
	if left := s.deadlinesOf(j).first(); left > 0 {
		w.Left, w.Known = left, true
	}
	return w
}

// pauseLeft is how long a waiting job is not to be claimed yet. A pause that
// seems to begin in the future is over: the clock was set back since.
func pauseLeft(r *job.Ready, now time.Time) time.Duration {
	if r.Since.After(now.Add(clock.Slack)) {
		return 0
	}
	return max(r.RunAt.Sub(now), 0)
}
