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
// status_per_minute. A job whose tool this server does not know waits longest.
func (q *Queue) Hint(j *job.Job, plan *account.Plan) int64 {
	if j.Status == job.Queued && q.rules(j.Tool).Unknown {
		return maxHint // until a server knows the tool
	}
	return stretch(q.estimateHint(j), q.Unfinished(j.Owner), plan)
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
func (q *Queue) estimateHint(j *job.Job) int64 {
	left, ok := q.Estimate(j)
	if !ok {
		return int64(q.clock.Since(j.Created) / (4 * time.Second))
	}
	if j.Status == job.Queued && left > 5*time.Second {
		left = left * 4 / 5
	}
	return int64(math.Round(left.Seconds()))
}

// Estimate returns how long it most likely takes until an unfinished job is
// finished; ok is false if nothing is known of its tool.
func (q *Queue) Estimate(j *job.Job) (left time.Duration, ok bool) {
	if j.Status == job.Processing {
		return q.runs.remaining(j.Tool, j.Input.Size, q.clock.Since(j.Started))
	}
	run, ok := q.runs.remaining(j.Tool, j.Input.Size, 0)
	workers := q.workers()
	if !ok || workers == 0 {
		return 0, false
	}
	place := q.place(j)
	mean := q.runs.average()
	free := max(workers-place.running, 0)
	wait := time.Duration(max(place.ahead+1-free, 0)) * mean / time.Duration(workers)
	if place.most > 0 && place.most < workers {
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
	tool  bool  // the tool runs as many jobs as it may, or its target fails

	running int64 // jobs of all owners that run
}

// place tells where a waiting job stands, from what is in memory; its cost does
// not grow with the number of owners. Behind the owner's window the order is
// not known: there its own count is a guess at the far end.
func (s *scheduler) place(j *job.Job) place {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := place{running: int64(len(s.mine))}
	if tool := s.tools[j.Tool]; tool != nil {
		p.tool = tool.room(s.now()) <= 0
	}
	o := s.owners[j.Owner]
	if o == nil {
		return p
	}
	p.most, p.full = o.most, o.free() <= 0
	for _, t := range o.turns {
		for _, w := range t.windows {
			if w.tool.lane == s.tool(j.Tool).lane {
				p.own += w.ahead(j.ID)
			}
		}
	}
	p.ahead = p.own
	self := min(o.known, windowSize)
	for known, owners := range s.sizes {
		if known == self {
			owners--
		}
		p.ahead += max(owners, 0) * min(int64(known), p.own+1)
	}
	return p
}

// ahead is how many of the list's jobs come before one, all if it is not among
// them.
func (w *window) ahead(id job.ID) int64 {
	for i := range w.list {
		if w.list[i].ID == id {
			return int64(i)
		}
	}
	return int64(len(w.list))
}
