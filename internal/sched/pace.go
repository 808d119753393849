package sched

import "time"

// A pace is how an owner's jobs come back to a target that has failed: as the
// breaker will let them, if all of them succeed. Its zero value is full speed.
type pace struct {
	pause   time.Duration // until the first one may begin
	speed   int64         // that may run at once then; 0 for as many as like
	running int64         // that do
	probed  bool          // a probe comes before all
	probes  bool          // which the owner's next job may be
	failed  int64         // attempts in a row that the target failed, most of whose jobs wait for their next one
}

// pace is how jobs of an owner will go on, as things are.
func (b *breaker) pace(owner string, now time.Time) pace {
	failed := b.hasFailed(owner)
	p := pace{pause: b.left(owner, now), probed: b.pause > 0, probes: b.probes[failed] == "" && (!failed || b.failing < 2)}
	h := b.owners[owner]
	if h == nil {
		return p
	}
	p.failed = int64(h.failures)
	if h.pause > 0 {
		p.speed = h.speed
	}
	if p.pause == 0 { // else those that run will be over
		p.running = h.running
	}
	return p
}

// rounds is how many runs, one after the other, come before a job that has so
// many of its owner before it, of which most may run at once at full speed;
// the probe of a target that fails everybody comes before them.
func (p *pace) rounds(ahead, most int64) (n int64) {
	if p.speed == 0 {
		return 0
	}
	most = max(most, 1)
	speed, room := p.speed, min(p.speed, most)-p.running
	for ahead >= room {
		if speed >= most { // it gets no quicker
			return n + 1 + (ahead-max(room, 0))/most
		}
		ahead -= max(room, 0)
		speed = min(speed<<min(speed, most), fullSpeed)
		room = min(speed, most)
		n++
	}
	return n
}
