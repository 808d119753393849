package queue

import (
	"math"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// The limits of a polling hint, in seconds (contract, section 2).
const (
	minHint = 1
	maxHint = 60
)

// Hint returns after how many seconds a client should ask again about an
// unfinished job: when it will most likely be finished, stretched so that one
// client per unfinished job of the owner stays within the plan's
// status_per_minute.
func (q *Queue) Hint(j *job.Job, plan *account.Plan) int64 {
	return stretch(q.estimateHint(j, q.Now()), q.Unfinished(j.Owner), plan)
}

// stretch makes a hint longer where the owner's clients would otherwise ask
// more often than they may, and keeps it within its limits.
func stretch(hint, unfinished int64, plan *account.Plan) int64 {
	if plan.StatusPerMinute > 0 {
		hint = max(hint, (unfinished*60+plan.StatusPerMinute-1)/plan.StatusPerMinute)
	}
	return min(max(hint, minHint), maxHint)
}

// estimateHint turns the estimate into whole seconds. A job that runs is asked
// about when it should be over. One that waits is asked about a little before,
// because an estimate of a queue is never exact and asking twice costs less
// than noticing late. Where nothing is known, a quarter of the job's age keeps
// questions few and late notice short.
func (q *Queue) estimateHint(j *job.Job, now time.Time) int64 {
	left, ok := q.Estimate(j)
	if !ok {
		return int64(now.Sub(j.Created) / (4 * time.Second))
	}
	if j.Status == job.Queued && left > 5*time.Second {
		left = left * 4 / 5
	}
	return int64(math.Round(left.Seconds()))
}

// Estimate returns how long it most likely takes until an unfinished job is
// finished; ok is false if nothing is known of its tool.
func (q *Queue) Estimate(j *job.Job) (left time.Duration, ok bool) {
	now := q.Now()
	if j.Status == job.Processing {
		return q.runs.remaining(j.Tool, j.Input.Size, now.Sub(j.Started))
	}
	run, ok := q.runs.remaining(j.Tool, j.Input.Size, 0)
	if !ok || q.Workers == 0 {
		return 0, false
	}
	place := q.lines.place(j)
	mean := q.runs.average()
	free := max(int64(q.Workers)-place.running, 0)
	wait := time.Duration(max(place.ahead+1-free, 0)) * mean / time.Duration(q.Workers)
	if place.most > 0 && place.most < int64(q.Workers) {
		wait = max(wait, time.Duration(place.own)*mean/time.Duration(place.most))
	}
	return wait + run, true
}

// A place is where a waiting job stands.
type place struct {
	own   int64 // jobs of its owner that come before it
	ahead int64 // jobs of all owners that come before it, taking turns
	most  int64 // jobs of its owner that may run at once, 0 for no limit
	full  bool  // the owner runs as many jobs as the plan allows

	running int64 // jobs of all owners that run
}

// place tells where a waiting job stands, from what is in memory. Behind the
// owner's window the order is not known: there its own count is a guess at the
// far end.
func (s *scheduler) place(j *job.Job) place {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[j.Owner]
	if l == nil {
		return place{running: int64(s.running)}
	}
	p := place{own: int64(len(l.window)), most: l.most, full: l.free() <= 0, running: int64(s.running)}
	for i, c := range l.window {
		if c.ID == j.ID {
			p.own = int64(i)
			break
		}
	}
	p.ahead = p.own
	for _, other := range s.lines {
		if other != l {
			p.ahead += min(int64(len(other.window)), p.own+1)
		}
	}
	return p
}
