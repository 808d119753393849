package sched

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/meter"
)

const (
	// leastWake is how soon after an allowance was used up it is looked at again, at
	// the earliest: what has come by then begins together.
	leastWake = 5 * time.Millisecond
	// maxGates is how many allowances of a tool are kept before those are looked for
	// that are as good as none.
	maxGates = 4096
	// staleKey is the key of jobs whose strand was made when the limits went by
	// something else: they share a gate until their strands are made anew.
	staleKey = "\x00"
)

// A gate is an allowance of a tool, of its rate or of its slots, and who waits at it.
// A gate that nobody knows is open.
type gate struct {
	tool    *toolState
	key     string
	paced   bool        // it is of the rate, else of the slots
	state   meter.State // of the rate, by the scheduler's clock
	running int64       // jobs that this process runs in the slots
	blocked bool        // the store says that the slots are taken: wait for an end or the next look
	parked  []parking
	waking  bool // a timer says when the next attempt may begin
	line    *lineSizes
	lineAt  time.Time
}

// room is how many more attempts may begin.
func (g *gate) room(now time.Time) int64 {
	limits := &g.tool.rules.Limits
	switch {
	case g.paced:
		return g.state.Free(limits.Rate, now, windowSize)
	case g.blocked:
		return 0
	}
	return max(limits.Most-g.running, 0)
}

// idle reports whether a gate is as good as none.
func (g *gate) idle(now time.Time) bool {
	return len(g.parked) == 0 && g.running <= 0 && !g.blocked && !g.waking && (!g.paced || g.state.Whole(now))
}

// keysOf are the keys of the gates of an owner's jobs with a strand.
func (t *toolState) keysOf(owner, strand string) (rate, slots string) {
	rate, slots, ok := t.rules.Limits.KeysOf(owner, strand)
	if !ok {
		return staleKey, staleKey
	}
	return rate, slots
}

// gate returns a gate, made if there is none.
func (t *toolState) gate(paced bool, key string, now time.Time) *gate {
	all, full := &t.slotted, &t.fullSlotted
	if paced {
		all, full = &t.paced, &t.fullPaced
	}
	g := (*all)[key]
	if g != nil {
		return g
	}
	if *all == nil {
		*all = map[string]*gate{}
	}
	if len(*all) >= max(*full, maxGates) {
		for key, g := range *all {
			if g.idle(now) {
				delete(*all, key)
			}
		}
		*full = 2 * len(*all) // else each new one would have all of them looked at
	}
	g = &gate{tool: t, key: key, paced: paced}
	(*all)[key] = g
	return g
}

// enterGates counts an attempt that begins.
func (t *toolState) enterGates(owner, strand string, id job.ID, now time.Time) {
	limits := &t.rules.Limits
	if !limits.Any() {
		return
	}
	rate, slots := t.keysOf(owner, strand)
	if limits.Rate.Any() {
		g := t.gate(true, rate, now)
		g.state, _ = g.state.Take(limits.Rate, now)
	}
	if limits.Most > 0 {
		if was, ok := t.held[id]; ok && t.slotted[was] != nil {
			t.slotted[was].running-- // by an attempt whose end was not noticed
		}
		t.gate(false, slots, now).running++
		if t.held == nil {
			t.held = map[job.ID]string{}
		}
		t.held[id] = slots
	}
}

// leaveGates gives back the slot of an attempt that has ended.
func (t *toolState) leaveGates(id job.ID, now time.Time) {
	key, ok := t.held[id]
	if !ok {
		return
	}
	delete(t.held, id)
	if g := t.slotted[key]; g != nil {
		g.running, g.blocked = g.running-1, false
		if g.idle(now) {
			delete(t.slotted, key)
		}
	}
}

// room is how many jobs of the window may be begun.
func (w *window) room(owner string, now time.Time) int64 {
	n := w.tool.room(owner, now)
	if g := w.shut(now); n > 0 && g != nil {
		return 0
	}
	return n
}

// shut is a gate of the window at which its jobs have to wait, nil if there is none.
func (w *window) shut(now time.Time) *gate {
	if g := w.tool.paced[w.rate]; g != nil && g.room(now) <= 0 {
		return g
	}
	if g := w.tool.slotted[w.slots]; g != nil && g.room(now) <= 0 {
		return g
	}
	return nil
}

// queuing is a gate of the window at which others wait, nil if there is none.
func (w *window) queuing() *gate {
	if g := w.tool.paced[w.rate]; g != nil && len(g.parked) > 0 {
		return g
	}
	if g := w.tool.slotted[w.slots]; g != nil && len(g.parked) > 0 {
		return g
	}
	return nil
}

// parkAt has a window's jobs wait at a gate, behind those that do.
func (s *Scheduler) parkAt(g *gate, t *turn, w *window) {
	w.parked = true
	g.parked = append(g.parked, parking{t, w})
	s.gates[g] = true
	s.wakeAt(g)
}

// wakeAt sees to it that somebody looks when the next attempt may begin.
func (s *Scheduler) wakeAt(g *gate) {
	if !g.paced || g.waking {
		return
	}
	g.waking = true
	wait := g.state.Wait(g.tool.rules.Limits.Rate, s.now(), 0)
	time.AfterFunc(max(wait, leastWake), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		g.waking = false
		if g.room(s.now()) <= 0 {
			s.wakeAt(g) // it was asked for more meanwhile
			return
		}
		s.signal(g.tool.lane)
	})
}

// queueUp has those of a turn's jobs wait at the gates where others wait already.
func (s *Scheduler) queueUp(t *turn) {
	if len(s.gates) == 0 {
		return
	}
	for _, w := range t.windows {
		if w.parked || len(w.list) == 0 && !w.more {
			continue
		}
		if g := w.queuing(); g != nil {
			s.parkAt(g, t, w)
		}
	}
}

// open puts back as many turns as gates have room for, those first that wait longest.
func (s *Scheduler) open() {
	now := s.now()
	for g := range s.gates {
		if g.tool.slots() <= 0 {
			continue
		}
		for room := g.room(now); room > 0 && len(g.parked) > 0; room-- {
			p := g.parked[0]
			g.parked[0] = parking{}
			g.parked = g.parked[1:]
			p.window.parked = false
			s.enterNow(p.turn)
		}
		if len(g.parked) == 0 {
			g.parked = nil
			delete(s.gates, g)
		} else {
			s.wakeAt(g)
		}
	}
}

// lookAtGates tries slots again that the store said were taken, by jobs that other
// servers run.
func (t *toolState) lookAtGates() {
	for _, g := range t.slotted {
		g.blocked = false
	}
}

// queues reports whether somebody waits at a gate of the tool.
func (t *toolState) queues() bool {
	for _, g := range t.slotted {
		if len(g.parked) > 0 {
			return true
		}
	}
	for _, g := range t.paced {
		if len(g.parked) > 0 {
			return true
		}
	}
	return false
}

// closeGates forgets all gates: the store knows what is used up, and says so.
func (s *Scheduler) closeGates(t *toolState) {
	for _, all := range []map[string]*gate{t.paced, t.slotted} {
		for _, g := range all {
			g.parked = nil
			delete(s.gates, g)
		}
	}
	t.paced, t.slotted, t.held = nil, nil, nil
}

// TooSoon returns a picked candidate that could not be claimed, because its tool's
// rate lets none begin for now: so much of the allowance is owed.
func (s *Scheduler) TooSoon(c job.Candidate, owed time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owes(c, owed)
	s.putBack(c)
}

// Paced tells how a rate's allowance stands after a candidate was claimed.
func (s *Scheduler) Paced(c job.Candidate, owed time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owes(c, owed)
}

func (s *Scheduler) owes(c job.Candidate, owed time.Duration) {
	if t := s.tool(c.Tool); t.rules.Limits.Rate.Any() {
		rate, _ := t.keysOf(c.Owner, c.Strand)
		now := s.now()
		t.gate(true, rate, now).state = meter.State{At: now, Owed: owed}
	}
}

// SlotsFull is ToolFull for the slots that a candidate needs of its tool.
func (s *Scheduler) SlotsFull(c job.Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tool(c.Tool)
	_, slots := t.keysOf(c.Owner, c.Strand)
	s.putBack(c)
	t.gate(false, slots, s.now()).blocked = true
}

// Pacing is how many waiting jobs of each tool with a rate wait for it, of those that
// are known here.
func (s *Scheduler) Pacing() map[string]int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, now := map[string]int64{}, s.now()
	for name, t := range s.tools {
		if t.rules.Limits.Rate.Any() {
			all[name] = 0
		}
	}
	for _, o := range s.owners {
		for _, t := range o.turns {
			for _, w := range t.windows {
				if g := w.tool.paced[w.rate]; g != nil && g.room(now) <= 0 {
					all[w.tool.name] += w.known()
				}
			}
		}
	}
	return all
}
