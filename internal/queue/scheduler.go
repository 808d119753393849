package queue

import (
	"sync"
	"time"

	"claimcheck/internal/job"
)

// A scheduler chooses which waiting job runs next: in each lane owners take
// turns (deficit round robin, a job costing one and a turn being worth the
// plan's weight), within the limits of owners and tools. It holds a window of
// each owner's waiting jobs; the store decides whether a choice still holds. It
// is safe for concurrent use.
type scheduler struct {
	wake    chan struct{} // receives when this process may have something to pick
	delayed chan struct{} // receives when a job was delayed
	rules   func(tool string) ToolRules
	now     func() time.Time

	mu     sync.Mutex // guards the fields below
	owners map[string]*owner
	lanes  map[string]*lane
	tools  map[string]*toolState
	parked map[*toolState]bool // tools with owners that wait for room
	sizes  lineSizes           // owners with known jobs: for estimates
	offset int                 // of the lane that is next where several are asked for
	pulled chan struct{}       // closed when a lane of programs elsewhere may have something, and replaced
	trials                     // jobs on probation
}

func newScheduler(rules func(string) ToolRules, now func() time.Time) *scheduler {
	return &scheduler{
		wake: make(chan struct{}, 1), delayed: make(chan struct{}, 1), pulled: make(chan struct{}), rules: rules, now: now,
		owners: map[string]*owner{}, lanes: map[string]*lane{}, tools: map[string]*toolState{}, parked: map[*toolState]bool{},
		trials: newTrials(now().Add(poisonRest)),
	}
}

// signal says that a lane may have something.
func (s *scheduler) signal(laneName string) {
	if laneName == ownLane {
		poke(s.wake)
		return
	}
	close(s.pulled)
	s.pulled = make(chan struct{})
}

// signalAll is signal for every lane, after a time.
func (s *scheduler) signalAll(after time.Duration) {
	time.AfterFunc(after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name := range s.lanes {
			s.signal(name)
		}
		s.signal(ownLane)
	})
}

// poke sends without waiting; one pending signal is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *scheduler) owner(name string) *owner {
	o := s.owners[name]
	if o == nil {
		o = &owner{name: name, weight: 1}
		s.owners[name] = o
	}
	return o
}

func (s *scheduler) lane(name string) *lane {
	l := s.lanes[name]
	if l == nil {
		l = &lane{name: name}
		s.lanes[name] = l
	}
	return l
}

// turn returns an owner's place in the lane of a tool.
func (s *scheduler) turn(o *owner, tool *toolState) *turn {
	for _, t := range o.turns {
		if t.lane.name == tool.lane {
			return t
		}
	}
	t := &turn{owner: o, lane: s.lane(tool.lane)}
	o.turns = append(o.turns, t)
	return t
}

// enter puts a turn in its lane's ring if it has something that may run. What
// waits for a tool's room comes back by unpark, when it is its turn.
func (s *scheduler) enter(t *turn) {
	if !t.inRing && !t.filling && t.owner.free() > 0 && t.ready() {
		t.inRing = true
		t.lane.ring = append(t.lane.ring, t)
		s.signal(t.lane.name)
	}
}

func (s *scheduler) enterAll(o *owner) {
	for _, t := range o.turns {
		s.enter(t)
	}
}

// leaveRing takes the first turn out of the ring.
func (l *lane) leaveRing() {
	t := l.ring[0]
	l.ring[0] = nil
	l.ring = l.ring[1:]
	t.inRing, t.deficit = false, 0
}

// rotate puts the first turn behind the others.
func (l *lane) rotate() {
	t := l.ring[0]
	l.ring[0] = nil
	l.ring = append(l.ring[1:], t)
}

// room is how many waiting jobs of an owner and tool are kept now: fewer where
// there are many owners, so that memory is bounded.
func (s *scheduler) room() int {
	return min(max(maxKnown/max(len(s.owners), 1), leastWindow), windowSize)
}

// grow counts an owner's known jobs.
func (s *scheduler) grow(o *owner, by int) {
	s.sizes[min(o.known, windowSize)]--
	o.known += by
	s.sizes[min(o.known, windowSize)]++
	s.sizes[0] = 0
}

// push tells of a job that waits; a delayed one is only noted, Promote finds it
// when its time has come.
func (s *scheduler) push(c job.Candidate, sh share, delayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tool := s.tool(c.Tool)
	switch {
	case delayed:
		poke(s.delayed)
	case s.knows(c.ID): // it was read from the store and begun before it could be told
	case c.Probation != job.Clear && tool.lane == ownLane:
		s.suspect(c)
		s.signal(ownLane)
	default:
		o := s.owner(c.Owner)
		o.most, o.weight = sh.most, sh.weight
		t := s.turn(o, tool)
		w := t.window(tool)
		if w.held > 0 && s.waitsForTrial(&c) {
			w.held++ // it is read from the store when its turn comes
			return
		}
		s.grow(o, w.add(c, s.room()))
		s.enter(t)
	}
}

// pick takes up to limit candidates of the lanes, lanes and owners in turn. If
// hungry is returned it is to be filled (or reported by unfilled) before more
// is picked.
func (s *scheduler) pick(limit int, lanes ...string) (picked []job.Candidate, hungry *hunger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := len(lanes) == 1 && lanes[0] == ownLane
	s.unpark()
	for idle := 0; len(picked) < limit && idle < len(lanes); s.offset++ {
		if own {
			c, ok, wait := s.try()
			if ok {
				picked = append(picked, c)
				idle = 0
			}
			switch {
			case wait || len(picked) >= limit:
				return picked, nil
			case ok:
				continue
			}
		}
		l := s.lanes[lanes[s.offset%len(lanes)]]
		if l == nil || len(l.ring) == 0 {
			idle++
			continue
		}
		idle = 0
		c, ok, hunger := s.step(l)
		if hunger != nil {
			return picked, hunger
		}
		if ok {
			picked = append(picked, c)
		}
		if len(l.ring) == 0 {
			s.unpark()
		}
	}
	return picked, nil
}

// step looks at the first turn of a ring: it gives a job, or leaves the ring.
func (s *scheduler) step(l *lane) (c job.Candidate, ok bool, hungry *hunger) {
	t := l.ring[0]
	if t.owner.free() <= 0 { // an end puts it back
		l.leaveRing()
		return c, false, nil
	}
	now := s.now()
	w, at, empty := t.choose(func(tool *toolState) bool { return tool.room(t.owner.name, now) > 0 }, s.waitsForTrial)
	switch {
	case empty != nil:
		l.leaveRing()
		return c, false, s.hungry(t, empty)
	case w == nil:
		l.leaveRing()
		s.park(t)
		return c, false, nil
	}
	c = w.take(at)
	s.grow(t.owner, -1)
	if l.name == ownLane && s.isolate(&c) {
		return c, false, nil
	}
	s.begin(t.owner, w.tool)
	if l.name == ownLane {
		s.mine[c.ID] = true
	}
	if t.deficit <= 0 {
		t.deficit = t.owner.weight
	}
	t.deficit--
	switch t.tidy(); {
	case !t.waits() || t.owner.free() <= 0:
		l.leaveRing()
	case t.deficit == 0:
		l.rotate()
	}
	return c, true, nil
}

// begin counts a job that begins to run.
func (s *scheduler) begin(o *owner, tool *toolState) {
	o.running++
	tool.running++
	if tool.rules.Breaker {
		tool.breaker.begin(o.name, s.now())
	}
}

// started counts a job that began to run in this process without having been
// picked.
func (s *scheduler) started(ownerName, tool string, id job.ID, sh share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.owner(ownerName)
	o.most, o.weight = sh.most, sh.weight
	s.begin(o, s.tool(tool))
	s.mine[id] = true
}

// ended gives back the place of a job that was picked or started.
func (s *scheduler) ended(ownerName, tool string, id job.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed(ownerName, tool)
	s.leave(ownerName, tool, id)
}

// elsewhereEnded tells of the end of a job whose place is not counted here.
func (s *scheduler) elsewhereEnded(ownerName, tool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed(ownerName, tool)
}

// overtaken gives back the place of a job whose next attempt has begun here
// before the end of this one was noticed.
func (s *scheduler) overtaken(ownerName, toolName string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tool := s.tool(toolName)
	tool.running--
	tool.breaker.end(ownerName)
	s.owner(ownerName).running--
	s.freed(ownerName, toolName)
}

// freed says that an owner and a tool may have room again.
func (s *scheduler) freed(ownerName, toolName string) {
	tool := s.tool(toolName)
	tool.blocked = false
	if o := s.owners[ownerName]; o != nil {
		o.blocked = false
		s.enterAll(o)
	}
	if s.parked[tool] {
		s.signal(tool.lane)
	}
}

func (s *scheduler) leave(ownerName, toolName string, id job.ID) {
	tool := s.tool(toolName)
	tool.running--
	tool.breaker.end(ownerName)
	delete(s.mine, id)
	s.endTrial(id)
	o := s.owner(ownerName)
	o.running--
	s.enterAll(o)
	s.signal(tool.lane)
	s.forget(o)
}

// forget drops an owner of whom nothing is known.
func (s *scheduler) forget(o *owner) {
	if o.idle() {
		s.grow(o, -o.known)
		delete(s.owners, o.name)
	}
}
