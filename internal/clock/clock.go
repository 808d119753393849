// Package clock tells the time of a store beside a time that never steps. The
// first is what rows and clients are told; an administrator, a time server or a
// failover may set it back or forwards. The second goes on with this process,
// whatever is done to the first, and comparing the two shows each step.
package clock

import (
	"sync"
	"time"
)

const (
	// Slack is how far the store's clock may be from where it is expected before
	// that is a step: time servers and answers that take long move it by less.
	Slack = time.Second
	// Leap is a step after which the clock is not believed: nothing may be removed
	// because its time is over.
	Leap = 24 * time.Hour
	// Quiet is for how long the clock must go without a step to be believed again.
	Quiet = time.Hour

	maxEpochs = 8
)

// A Clock is a store's clock as this process sees it. It is safe for concurrent
// use.
type Clock struct {
	now   func() time.Time
	began time.Time // of this process; its monotonic reading counts
	base  time.Time // the store's time then

	mu      sync.Mutex // guards the fields below
	epochs  []epoch    // at least one, the newest last
	steps   int64
	trusted time.Duration // the newest epoch's ahead when the clock was last believed
	leapt   bool          // it was more than Leap from trusted, and has not been quiet since
	tell    func(step time.Duration)
}

// An epoch is a time without a step.
type epoch struct {
	from  time.Duration // from the beginning of this process until the epoch's step was noticed
	ahead time.Duration // by how much the store's clock is ahead of the one that never steps
}

// New returns a clock that reads the store's time from now.
func New(now func() time.Time) *Clock {
	return &Clock{now: now, began: time.Now(), base: now().Round(0).UTC(), epochs: []epoch{{}}}
}

// Tell has f called after each step with how far the store's clock went; f must
// not call the clock.
func (c *Clock) Tell(f func(step time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = f
}

// Steady returns the time that never steps. It is near the store's until that
// steps, and is compared with other values of Steady of this process only.
func (c *Clock) Steady() time.Time { return c.base.Add(time.Since(c.began)) }

// Now returns the store's time, and notices whether it has stepped.
func (c *Clock) Now() time.Time {
	now, _ := c.look()
	return now
}

// look compares the two clocks.
func (c *Clock) look() (now time.Time, elapsed time.Duration) {
	c.mu.Lock()
	now, elapsed = c.now(), time.Since(c.began)
	ahead := now.Round(0).Sub(c.base.Add(elapsed))
	last := &c.epochs[len(c.epochs)-1]
	step := ahead - last.ahead
	if step.Abs() <= Slack {
		last.ahead, step = ahead, 0
	} else {
		c.steps++
		c.epochs = append(c.epochs, epoch{elapsed, ahead})
		c.epochs = c.epochs[max(0, len(c.epochs)-maxEpochs):]
	}
	if elapsed-c.epochs[len(c.epochs)-1].from >= Quiet {
		c.trusted, c.leapt = ahead, false
	}
	c.leapt = c.leapt || (ahead-c.trusted).Abs() > Leap
	tell := c.tell
	c.mu.Unlock()
	if step != 0 && tell != nil {
		tell(step)
	}
	return now, elapsed
}

// Doubt tells which time the store was last used at, zero for never: where it is
// more than Leap from now, the clock has leapt, as far as anybody knows.
func (c *Clock) Doubt(last time.Time) {
	if !last.IsZero() && c.now().Sub(last).Abs() > Leap {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leapt = true
	}
}

// Believed returns the store's time. Where ok is false the clock has leapt, and
// nothing may be removed because it has expired by that time.
func (c *Clock) Believed() (now time.Time, ok bool) {
	now, _ = c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	return now, !c.leapt
}

// Behind is by how much the store's clock is behind the furthest ahead that this
// process has seen it, of two times that never step.
func (c *Clock) Behind() time.Duration {
	c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.epochs[len(c.epochs)-1].ahead
	furthest := last
	for _, e := range c.epochs {
		furthest = max(furthest, e.ahead)
	}
	return furthest - last
}

// Steps is how often the store's clock was seen to step.
func (c *Clock) Steps() int64 {
	c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps
}

// SteppedWithin reports whether the store's clock stepped so lately.
func (c *Clock) SteppedWithin(d time.Duration) bool {
	_, elapsed := c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.epochs) > 1 && elapsed-c.epochs[len(c.epochs)-1].from < d
}

// Since returns how long ago the store's clock showed t. Steps that this process
// saw are not counted. Where the clock showed t twice the later time counts; for a
// t that is still to come Since returns 0. That holds for one within [Slack] of now
// even where the clock showed it before a step back, too: this process may be a
// little behind whoever wrote t.
func (c *Clock) Since(t time.Time) time.Duration {
	now, elapsed := c.look()
	c.mu.Lock()
	defer c.mu.Unlock()
	var best time.Duration
	found := false
	for i, e := range c.epochs {
		d := now.Sub(t)
		if i == len(c.epochs)-1 && d >= -Slack {
			d = max(d, 0)
		}
		if i < len(c.epochs)-1 {
			at := t.Sub(c.base) - e.ahead // since the beginning of this process
			if i > 0 && at < e.from-Slack || at > c.epochs[i+1].from+Slack {
				continue // it showed no such time in that epoch
			}
			d = elapsed - at
		}
		if d >= 0 && (!found || d < best) {
			best, found = d, true
		}
	}
	return best
}
