package sched

import (
	"slices"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/meter"
)

// Rules is what a scheduler must know of a tool. The zero value is a tool
// without limits of its own that this process runs.
type Rules struct {
	Unknown    bool  // this server has no such tool: its jobs are left to servers that have it
	MaxRunning int64 // jobs under a lease, over all owners and servers; 0: no limit
	Pull       bool  // remote programs come for its jobs
	Breaker    bool  // its jobs wait while its target fails

	Limits meter.Limits // that it has beside MaxRunning
}

// A toolState is what is known of a tool's jobs.
type toolState struct {
	name    string
	lane    string
	rules   Rules
	running int64 // jobs under a lease that this process gave
	blocked bool  // the store says that the limit is reached: wait for an end or the next look
	paused  bool  // an operator lets none of its jobs begin
	parked  []parking
	breaker breaker
	line    *lineSizes // as it was at lineAt
	lineAt  time.Time

	paced                  map[string]*gate  // allowances of its rate, by key
	slotted                map[string]*gate  // slots by key
	fullPaced, fullSlotted int               // with so many gates those that are idle are dropped; see maxGates
	held                   map[job.ID]string // keys of the slots that this process's jobs have
}

// A parking is an owner whose jobs of a tool wait for the tool's room.
type parking struct {
	turn   *turn
	window *window
}

func (s *Scheduler) tool(name string) *toolState {
	t := s.tools[name]
	if t == nil {
		t = &toolState{name: name, paused: s.PauseOf("", name) != ""}
		t.learn(s.config.Tools(name))
		s.tools[name] = t
	}
	return t
}

func (t *toolState) learn(r Rules) {
	t.rules, t.lane = r, ownLane
	if r.Pull {
		t.lane = t.name
	}
	if !r.Breaker {
		t.breaker = breaker{}
	}
}

// slots is how many more jobs of the tool its limit lets begin.
func (t *toolState) slots() int64 {
	switch {
	case t.blocked, t.paused:
		return 0
	case t.rules.MaxRunning > 0:
		return max(t.rules.MaxRunning-t.running, 0)
	default:
		return windowSize
	}
}

// room is how many more of an owner's jobs of the tool may be begun.
func (t *toolState) room(owner string, now time.Time) int64 {
	return t.breaker.room(owner, t.slots(), now)
}

// park keeps a turn that has nothing but jobs of tools without room, and jobs
// that wait for a trial: they come back when that is over.
func (s *Scheduler) park(t *turn) {
	t.tidy()
	now := s.now()
	for _, w := range t.windows {
		shut := w.tool.slots() <= 0 || w.tool.breaker.pause > 0 // not for this owner alone: its own pause ends by itself
		if !w.parked && shut && w.tool.room(t.owner.name, now) <= 0 {
			w.parked = true
			w.tool.parked = append(w.tool.parked, parking{t, w})
			s.parked[w.tool] = true
		}
		if g := w.shut(now); !w.parked && g != nil {
			s.parkAt(g, t, w)
		}
	}
}

// lineUp has an owner's jobs of a tool wait behind those of others that wait for its
// room already.
func (s *Scheduler) lineUp(o *owner, tool *toolState) {
	if len(tool.parked) == 0 {
		return
	}
	for _, t := range o.turns {
		for _, w := range t.windows {
			if w.tool == tool && !t.inRing && !w.parked && (len(w.list) > 0 || w.more) {
				w.parked = true
				tool.parked = append(tool.parked, parking{t, w})
			}
		}
	}
}

// unpark puts back as many turns as their tools, and the gates of those, have room for.
func (s *Scheduler) unpark() {
	s.open()
	for tool := range s.parked {
		if tool.paused {
			continue // whatever its target does
		}
		room := int(min(tool.slots(), windowSize))
		if tool.breaker.pause > 0 {
			s.unparkProbes(tool)
			room = 0
		}
		s.unparkUpTo(tool, room)
	}
}

// unparkUpTo puts back as many turns of a tool, those first that wait longest.
func (s *Scheduler) unparkUpTo(tool *toolState, room int) {
	for ; room > 0 && len(tool.parked) > 0; room-- {
		p := tool.parked[0]
		tool.parked[0] = parking{}
		tool.parked = tool.parked[1:]
		p.window.parked = false
		s.enter(p.turn)
	}
	if len(tool.parked) == 0 {
		tool.parked = nil
		delete(s.parked, tool)
	}
}

// unparkProbes puts back a turn of an owner whose target has failed it, and one
// of an owner that it has not, if they may probe the target now.
func (s *Scheduler) unparkProbes(tool *toolState) {
	now, put := s.now(), map[bool]bool{}
	tool.parked = slices.DeleteFunc(tool.parked, func(p parking) bool {
		name := p.turn.owner.name
		failed := tool.breaker.hasFailed(name)
		if put[failed] || tool.room(name, now) <= 0 {
			return false
		}
		put[failed], p.window.parked = true, false
		s.enter(p.turn)
		return true
	})
}

// OwnerFull returns a picked candidate that could not be claimed: its owner, as
// the store says, runs as many jobs as it may, or the store said nothing. The
// owner is passed over until a job of its ends or Look is called.
func (s *Scheduler) OwnerFull(c job.Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner(c.Owner).blocked = true
	s.putBack(c)
}

// ToolFull is OwnerFull for a tool of which as many jobs run as may.
func (s *Scheduler) ToolFull(c job.Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tool(c.Tool).blocked = true
	s.putBack(c)
}

func (s *Scheduler) putBack(c job.Candidate) {
	tool, o := s.tool(c.Tool), s.owner(c.Owner)
	if c.Probation != job.Clear && tool.lane == ownLane {
		s.suspect(c)
	} else {
		t := s.turn(o, tool)
		w := t.window(tool, c.Strand)
		w.queued++
		s.grow(o, w, w.insert(c, s.roomOf(t, w)))
	}
	s.leave(c.Owner, c.Tool, c.ID)
}

// TargetWorked tells that a tool's target did its work for an owner.
func (s *Scheduler) TargetWorked(ownerName, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tool(name); t.rules.Breaker {
		t.breaker.worked(ownerName, s.now())
		if o := s.owners[ownerName]; o != nil {
			s.enterAll(o)
		}
		s.signal(t.lane)
	}
}

// TargetFailed tells that a tool's target failed an owner and how long it asked
// to be left alone. It returns the pauses that begin, for the owner and for
// all, zero for none.
func (s *Scheduler) TargetFailed(ownerName, name string, asked time.Duration) (own, all time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tool(name)
	if !t.rules.Breaker {
		return 0, 0
	}
	own, all = t.breaker.failed(ownerName, s.now(), asked)
	for _, pause := range []time.Duration{own, all} {
		if pause > 0 {
			s.resume(ownerName, pause)
		}
	}
	if t.breaker.pause > 0 {
		s.resume("", probeEvery) // those that have not failed may probe
	}
	return own, all
}

// resume looks again, after a time, for what an owner may begin.
func (s *Scheduler) resume(ownerName string, after time.Duration) {
	time.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if o := s.owners[ownerName]; o != nil {
			s.enterAll(o)
		}
		s.signal(ownLane)
	})
}

// Look compares what is known with the store's backlog of an owner and tool:
// queued jobs that are not known here are to be read, and what was blocked is
// tried again.
func (s *Scheduler) Look(ownerName, toolName string, queued int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, tool := s.owner(ownerName), s.tool(toolName)
	o.blocked, tool.blocked = false, false
	tool.lookAtGates()
	t := s.turn(o, tool)
	if tool.stranded() {
		s.lookStranded(t, tool, queued)
	} else {
		w := t.window(tool, "")
		if w.passed > 0 && s.now().Sub(w.scanned) >= passedFor {
			s.restart(o, w)
		}
		w.more = w.more || queued > int64(len(w.list)+w.passed)
		if queued <= windowSize || queued > windowSize+1 { // else it is only known that there are some: LookAgain
			w.queued = queued
		}
	}
	t.filling = false
	s.enterAll(o)
	s.roomAgain(tool)
}

// roomAgain says that a tool may have room again.
func (s *Scheduler) roomAgain(tool *toolState) {
	if (s.parked[tool] || tool.queues()) && !tool.paused {
		s.signal(tool.lane)
	}
}

// LookAgain is Look where it is only known that there is something new.
func (s *Scheduler) LookAgain(ownerName, toolName string) { s.Look(ownerName, toolName, windowSize+1) }

// passedFor is for how long jobs are passed over that wait for a trial: then they
// are read again, whatever became of it.
const passedFor = 5 * time.Second

// Relearn takes the rules of tools anew and forgets which jobs wait; Look must
// follow for every owner and tool, and Push for jobs on probation.
func (s *Scheduler) Relearn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tools {
		t.learn(s.config.Tools(t.name))
		t.parked, t.blocked = nil, false
		s.closeGates(t)
	}
	clear(s.parked)
	s.dropSuspects(func(*job.Candidate) bool { return true })
	for _, l := range s.lanes {
		l.ring = nil
	}
	for _, o := range s.owners {
		s.count(o, -o.known)
		o.turns = nil
	}
}
