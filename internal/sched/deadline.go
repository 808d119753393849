package sched

import (
	"math"
	"time"

	"claimcheck/internal/job"
)

// deadlines are how long it is until a job ends by itself; 0 for never.
type deadlines struct {
	begun  time.Duration // unless it has begun
	ending time.Duration // in any case
}

func (s *Scheduler) deadlinesOf(j *job.Job) deadlines {
	var d deadlines
	if !j.HasDeadline() {
		return d
	}
	asked, now := j.Asked(), s.config.Now()
	if !asked.StartBy.IsZero() && j.Status == job.Queued && j.Attempt == 0 {
		d.begun = max(asked.StartBy.Sub(now), 1)
	}
	if !asked.FinishBy.IsZero() {
		d.ending = max(asked.FinishBy.Sub(now), 1)
	}
	return d
}

// missesStart reports whether a job that begins after a wait does not begin.
func (d deadlines) missesStart(wait time.Duration) bool { return d.begun > 0 && wait > d.begun }

// until is how long a job lasts at most that begins after a wait; 0 for no limit.
func (d deadlines) until(wait time.Duration) time.Duration {
	if d.missesStart(wait) {
		return d.begun
	}
	return d.ending
}

// first is how long a job of which nothing is known lasts at most; 0 for no limit.
func (d deadlines) first() time.Duration {
	if d.begun > 0 {
		return d.begun
	}
	return d.ending
}

// untilDeadline is the hint for a job of which nothing is known but how long it
// waits at most.
func (s *Scheduler) untilDeadline(j *job.Job) int64 {
	left := s.deadlinesOf(j).first()
	if left == 0 || left >= maxHint*time.Second {
		return maxHint
	}
	return int64((left + time.Second - 1) / time.Second)
}

// byDeadline is how long it most likely takes until a job is over that begins after a
// wait and runs.
func (o *outlook) byDeadline(wait, run time.Duration, known bool) (left time.Duration, ok bool) {
	most := o.ends.until(wait)
	switch {
	case most == 0:
		return wait + run, known
	case !known || o.ends.missesStart(wait):
		return most, true
	default:
		return min(wait+run, most), true
	}
}

// cut has all end by the deadline of a job that begins after a wait.
func (d deadlines) cut(f *forecast, wait time.Duration) {
	most := d.until(wait)
	if most == 0 || most >= maxHint*time.Second {
		return
	}
	from := max(int(math.Ceil((most + noticeable).Seconds())), 1)
	if d.missesStart(wait) {
		from = 1
	}
	late := 0.0
	for s := from; s < len(f.mass); s++ {
		late += f.mass[s]
		f.mass[s], f.when[s] = 0, 0
	}
	f.add(most.Seconds(), late)
}
