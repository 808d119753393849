package sched

import (
	"maps"
	"time"
)

// When a tool's target is taken for broken, and how long it is left alone.
const (
	breakAfter   = 5 // failures in a row
	firstPause   = 2 * time.Second
	longestPause = time.Minute
	probeEvery   = time.Second // of owners that have not failed, while it is left alone
	fullSpeed    = 64          // jobs of an owner at once; who runs as many after a pause has recovered
	maxHealths   = 1000        // owners that are remembered although nothing of theirs runs
	longestAsked = time.Hour   // that a target is left alone because it asked
)

// A breaker keeps jobs from a target that fails. Failures are counted for each
// owner, because inputs can make a target fail: after breakAfter in a row none
// of the owner's jobs is begun for a pause, then one as a probe, and twice as
// many after each success; a failure makes the next pause twice as long. When
// two owners have failed and none has succeeded since, the target is taken for
// broken: it is left alone for a pause, then probed with one job, and
// meanwhile, once a second, with jobs of owners that have not failed. A success
// of anybody ends that, and leaves each owner its own pace. Its zero value is
// closed. Each server has its own.
type breaker struct {
	owners   map[string]*health
	round    int64 // successes; an owner whose health has this number has failed since the last one
	failing  int   // owners that failed since the last success
	failures int   // since the last success, of all
	pause    time.Duration
	until    time.Time       // end of the pause
	asked    bool            // the target asked for the pause: nobody probes before its end
	probed   time.Time       // when the last probe began
	probes   map[bool]string // owners with a probe that runs: one that has failed, one that has not
}

// A health is how an owner's jobs fare at a target.
type health struct {
	failures int           // in a row
	pause    time.Duration // the last one; zero while it runs at full speed
	until    time.Time     // end of the pause
	speed    int64         // jobs that may run at once after a pause
	running  int64
	round    int64 // the breaker's plus one when it failed last
}

// room is how many of n attempts may begin now.
func (h *health) room(n int64, now time.Time) int64 {
	switch {
	case h.pause == 0:
		return n
	case now.Before(h.until):
		return 0
	default:
		return max(min(n, h.speed-h.running), 0)
	}
}

func (h *health) worked(now time.Time) {
	h.failures = 0
	if h.pause == 0 || now.Before(h.until) {
		return // begun before the pause
	}
	h.pause, h.speed = max(h.pause/2, firstPause), 2*h.speed
	if h.speed > fullSpeed {
		h.pause = 0
	}
}

func (h *health) failed(now time.Time, asked time.Duration) time.Duration {
	h.failures++
	switch {
	case h.pause == 0 && h.failures < breakAfter:
		return 0
	case h.pause == 0:
		h.pause = firstPause
	case now.Before(h.until):
		return 0 // begun before the pause
	default:
		h.pause = min(2*h.pause, longestPause)
	}
	h.speed = 1
	pause := max(h.pause, min(asked, longestAsked))
	h.until = now.Add(pause)
	return pause
}

// hasFailed reports whether an owner has failed since the last success.
func (b *breaker) hasFailed(owner string) bool {
	h := b.owners[owner]
	return h != nil && h.round == b.round+1
}

// room is how many of n attempts of an owner's jobs may begin now.
func (b *breaker) room(owner string, n int64, now time.Time) int64 {
	if h := b.owners[owner]; h != nil {
		n = h.room(n, now)
	}
	if b.pause == 0 || n <= 0 {
		return n
	}
	failed := b.hasFailed(owner)
	early := failed || b.asked || now.Before(b.probed.Add(probeEvery))
	if b.probes[failed] != "" || early && now.Before(b.until) {
		return 0
	}
	return 1
}

// left is how long the target is still left alone by an owner's jobs.
func (b *breaker) left(owner string, now time.Time) (left time.Duration) {
	if h := b.owners[owner]; h != nil && h.pause > 0 {
		left = h.until.Sub(now)
	}
	if b.pause > 0 {
		until := b.until
		if own := b.probed.Add(probeEvery); !b.asked && !b.hasFailed(owner) && own.Before(until) {
			until = own
		}
		left = max(left, until.Sub(now))
	}
	return max(left, 0)
}

// begin tells that an attempt at an owner's job begins.
func (b *breaker) begin(owner string, now time.Time) {
	h := b.owners[owner]
	if h == nil {
		if b.owners == nil {
			b.owners = map[string]*health{}
		}
		h = &health{}
		b.owners[owner] = h
	}
	h.running++
	if b.pause > 0 {
		if b.probes == nil {
			b.probes = map[bool]string{}
		}
		b.probes[b.hasFailed(owner)], b.probed = owner, now
	}
}

// end tells that an attempt ended, whatever it said of the target.
func (b *breaker) end(owner string) {
	h := b.owners[owner]
	if h == nil {
		return
	}
	h.running--
	maps.DeleteFunc(b.probes, func(_ bool, of string) bool { return of == owner })
	if h.running <= 0 && h.failures == 0 && h.pause == 0 {
		delete(b.owners, owner)
	}
}

// worked tells that the target did its work for an owner.
func (b *breaker) worked(owner string, now time.Time) {
	b.round++
	b.failing, b.failures, b.pause, b.asked = 0, 0, 0, false
	clear(b.probes)
	if h := b.owners[owner]; h != nil {
		h.worked(now)
		if h.running <= 0 && h.pause == 0 {
			delete(b.owners, owner)
		}
	}
}

// failed tells that the target failed an owner, and that it asked not to be
// called for a time (zero: it did not). It returns the pauses that begin, for
// the owner and for all, zero for none.
func (b *breaker) failed(owner string, now time.Time, asked time.Duration) (own, all time.Duration) {
	h := b.owners[owner]
	if h == nil { // its attempt has ended already
		b.begin(owner, b.probed)
		h = b.owners[owner]
		h.running--
	}
	own = h.failed(now, asked)
	b.failures++
	if h.round != b.round+1 {
		h.round = b.round + 1
		b.failing++
	}
	b.forget(now)
	switch {
	case b.failing < 2 || b.failures < breakAfter:
		return own, 0
	case b.pause == 0:
		b.pause = firstPause
	case now.Before(b.until):
		return own, 0 // begun before the pause, or a probe of somebody who had not failed
	default:
		b.pause = min(2*b.pause, longestPause)
	}
	all = max(b.pause, min(asked, longestAsked))
	b.until, b.asked = now.Add(all), asked > 0
	return own, all
}

// forget bounds what is remembered of owners.
func (b *breaker) forget(now time.Time) {
	if len(b.owners) > maxHealths {
		maps.DeleteFunc(b.owners, func(_ string, h *health) bool {
			return h.running <= 0 && !now.Before(h.until.Add(longestPause))
		})
	}
}
