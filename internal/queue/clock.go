package queue

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// stepMemory is for how long after a step of the store's clock every lease is
// looked at: longer than any of them lasts.
const stepMemory = 24 * time.Hour

// watchClock tells the log of steps, from the time at which the store was last
// used on: the Seq of its newest job says when that was.
func (q *Queue) watchClock(lastSeq int64) {
	q.clock.Tell(func(step time.Duration) {
		q.config.Log.Warn("the store's clock has stepped; leases and pauses go by this process's own", "step", step.String())
		q.sched.LookAtDelayed()
	})
	if lastSeq > 0 {
		q.clock.Doubt(time.UnixMilli(lastSeq >> 12))
	}
}

// lookAtClock notices a step although nothing happens.
func (q *Queue) lookAtClock(context.Context) error {
	q.clock.Now()
	return nil
}

// renewed reports whether a lease was renewed after it was taken for ended.
// Leases of this server's earlier processes never are.
func renewed(j *job.Job, ended job.Lease) bool { return !j.Ready.Lease.Until.Equal(ended.Until) }

// endedLeases returns leases that ended unrenewed, about reapBatch at most. After
// a step of the clock what rows say of their end is worth nothing: then every
// lease is looked at.
func (q *Queue) endedLeases(ctx context.Context) ([]job.Lease, error) {
	end, limit := q.clock.Now(), reapBatch
	if q.doubts.some() || q.clock.SteppedWithin(stepMemory) {
		end, limit = time.Time{}, maxLeases
	}
	leases, err := protocol.Leases(ctx, q.config.Store, end, limit)
	if err != nil || len(leases) == 0 {
		return nil, err
	}
	return q.doubts.look(leases, q.clock), nil
}

// doubts are leases of which it is not known when they were given, because the
// clock has stepped since and this process did not see it, or not all of it. Each
// ends when it was not renewed for its own length while this process looked. It is
// safe for concurrent use.
type doubts struct {
	mu   sync.Mutex // guards the fields below
	seen map[job.ID]doubt
}

type doubt struct {
	lease job.Lease
	first time.Time // when it was first seen, by the clock that never steps
}

func newDoubts() *doubts { return &doubts{seen: map[job.ID]doubt{}} }

func (d *doubts) some() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.seen) > 0
}

// look returns those of the leases that have ended, and remembers those of which
// that is in doubt.
func (d *doubts) look(leases []job.Lease, c *clock.Clock) (ended []job.Lease) {
	now, steady := c.Now(), c.Steady()
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.seen
	d.seen = map[job.ID]doubt{}
	for _, l := range leases {
		length := l.Until.Sub(l.Since)
		misdated := l.Since.After(now.Add(clock.Slack))
		switch {
		case l.Since.IsZero(): // of an earlier release, which did not write it
			if !l.Until.After(now) {
				ended = append(ended, l)
			}
		case !misdated && c.Since(l.Since) >= length:
			ended = append(ended, l)
		case misdated || !l.Until.After(now):
			is, known := before[l.ID]
			if !known || !is.lease.Same(l) || !is.lease.Until.Equal(l.Until) {
				is = doubt{l, steady}
			}
			if steady.Sub(is.first) >= length || misdated && c.Since(l.Since) >= length {
				ended = append(ended, l)
				continue
			}
			d.seen[l.ID] = is
		}
	}
	return ended
}
