package queue

import "time"

// When a tool's target is taken for broken, and how long it is left alone.
const (
	breakAfter   = 5 // failures in a row
	firstPause   = 2 * time.Second
	longestPause = time.Minute
)

// A breaker keeps jobs from a target that fails: after breakAfter failures in a
// row none is begun for a pause, then one at a time as a probe; a success
// closes it, a failure makes the next pause twice as long. Its zero value is
// closed. Each server has its own.
type breaker struct {
	failures int           // in a row
	pause    time.Duration // the last one; zero while closed
	until    time.Time     // end of the pause
	probing  bool          // a probe runs
}

// room is how many of n attempts may begin now.
func (b *breaker) room(n int64, now time.Time) int64 {
	switch {
	case b.pause == 0:
		return n
	case now.Before(b.until) || b.probing:
		return 0
	default:
		return min(n, 1)
	}
}

// left is how long the target is still left alone.
func (b *breaker) left(now time.Time) time.Duration {
	if b.pause == 0 {
		return 0
	}
	return max(b.until.Sub(now), 0)
}

// begin tells that an attempt begins.
func (b *breaker) begin() { b.probing = b.pause > 0 }

// end tells that an attempt ended without a verdict on the target.
func (b *breaker) end() { b.probing = false }

// worked tells that the target did its work.
func (b *breaker) worked() { *b = breaker{} }

// failed tells that the target failed, and that it asked not to be called for
// a time (zero: it did not). It returns the new pause, zero for none.
func (b *breaker) failed(now time.Time, asked time.Duration) time.Duration {
	b.failures++
	switch {
	case b.failures < breakAfter:
		return 0
	case b.pause == 0:
		b.pause = firstPause
	case b.probing:
		b.pause = min(2*b.pause, longestPause)
	case now.Before(b.until):
		return 0 // begun before the pause
	}
	b.probing = false
	pause := max(b.pause, min(asked, time.Hour))
	b.until = now.Add(pause)
	return pause
}
