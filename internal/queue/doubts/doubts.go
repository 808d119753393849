// Package doubts has the leases of which nobody knows when they were given, because
// the store's clock has stepped since.
package doubts

import (
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
)

// Doubts are leases of which it is not known when they were given, because the
// clock has stepped since and this process did not see it, or not all of it. Each
// ends when it was not renewed for its own length while this process looked. It is
// safe for concurrent use.
type Doubts struct {
	mu   sync.Mutex // guards the fields below
	seen map[job.ID]doubt
}

type doubt struct {
	lease job.Lease
	first time.Time // when it was first seen, by the clock that never steps
}

// New returns none.
func New() *Doubts { return &Doubts{seen: map[job.ID]doubt{}} }

// Some reports whether there are any.
func (d *Doubts) Some() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.seen) > 0
}

// Look returns those of the leases that have ended, and remembers those of which
// that is in doubt.
func (d *Doubts) Look(leases []job.Lease, c *clock.Clock) (ended []job.Lease) {
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
