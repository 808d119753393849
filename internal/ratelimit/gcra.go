// Package ratelimit decides whether a request may pass now: a sliding
// allowance for each owner, and one for failed keys of each client address. It
// lives in memory, knows nothing of HTTP or plans, and keeps nobody waiting.
package ratelimit

import "time"

// minute is the period that every limit is given for, in nanoseconds.
const minute = int64(time.Minute)

// A Result says whether a request passes and what its sender should know.
type Result struct {
	OK         bool
	Limit      int64         // per minute, as it was given; 0 means no limit, and all below is zero
	Remaining  int64         // what could be spent at once after this decision, never more than Limit
	RetryAfter time.Duration // when refused: the same request passes after it if nothing else is spent; else zero
	Reset      time.Duration // when admitted: until the allowance is whole again; when refused: RetryAfter
}

// stepOf is the time that one of so many a minute stands for, rounded up: rather
// a little less than promised than more.
func stepOf(perMinute int64) int64 { return (minute + perMinute - 1) / perMinute }

// Decide is the whole rule, the generic cell rate algorithm. All that is
// remembered of a client is one instant, its theoretical arrival time (tat):
// when its allowance will be whole again. An allowance holds one minute's
// worth and fills steadily, so that no span of t seconds ever sees more than
// perMinute + perMinute*t/60 spent.
//
// Instants are Unix nanoseconds, below 2^62. A client never seen has tat 0.
// perMinute 0 or less means no limit. A cost above perMinute counts as
// perMinute, or it could never pass; cost 0 only looks. What the client owes is
// never more than one whole allowance.
func Decide(tat, now, perMinute, cost int64) (newTAT int64, r Result) {
	if perMinute <= 0 {
		return tat, Result{OK: true}
	}
	limit := min(perMinute, minute) // one a nanosecond is as fast as this clock sees
	step := stepOf(limit)
	whole := step * limit
	tat = min(max(tat, now), now+whole)
	next := tat + min(max(cost, 0), limit)*step
	if wait := next - whole - now; wait > 0 {
		return tat, Result{
			Limit:      perMinute,
			Remaining:  (now + whole - tat) / step,
			RetryAfter: time.Duration(wait),
			Reset:      time.Duration(wait),
		}
	}
	return next, Result{
		OK:        true,
		Limit:     perMinute,
		Remaining: (now + whole - next) / step,
		Reset:     time.Duration(next - now),
	}
}
