// Package sched says who runs next, and how long that may take. It knows of each
// owner and tool which jobs wait, from the store by way of its caller, and lets
// them begin in fair turns, within the limits of plans and tools, sparing targets
// that fail and trying inputs that may kill a worker alone; so it knows all that
// keeps a job waiting, and tells positions, estimates and when to ask again.
//
// It changes no job and asks no store: a choice is a wish, which the rules of
// package queue grant or refuse.
package sched

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
)

// Config is what a Scheduler needs. All functions must be set.
type Config struct {
	Tools func(name string) Rules // what is to be known of a tool
	Clock *clock.Clock
	Now   func() time.Time // the store's clock

	// Read returns up to limit jobs of an owner and tool that may be begun and are
	// not on probation, by priority (highest first) then age, those after one, from
	// the beginning after the zero Candidate; and the owner's share.
	// If after has a Strand, those of that strand alone.
	Read func(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, Share, error)
	// Fronts returns up to each of the same jobs of each of up to strands strands,
	// those after the named one in the order of their names; and the owner's share.
	Fronts func(ctx context.Context, owner, tool, after string, strands, each int) ([]job.Candidate, Share, error)
	// Running returns for how long attempts at a tool's jobs have run here, of those
	// that have run for longer than known; it may leave some out where there are
	// many.
	Running func(tool string, known time.Duration) []time.Duration

	Workers int  // jobs that run at once in this process, for estimates; 0 if unknown
	Passive bool // this process runs no jobs itself: other servers of its cluster do
	Shared  bool // other processes use the store too
}

// A Scheduler chooses which waiting job runs next: in each lane owners take
// turns (deficit round robin, a job costing one and a turn being worth the
// plan's weight), within the limits of owners and tools. It has a window of
// each owner's waiting jobs; the store decides whether a choice is still good. It
// is safe for concurrent use.
type Scheduler struct {
	config  Config
	now     func() time.Time // a clock that never steps
	wake    chan struct{}    // receives when this process may have something to pick
	delayed chan struct{}    // receives when a job was delayed
	runs    *runtimes
	counts  counts
	pauses  atomic.Pointer[Pauses]

	mu     sync.Mutex // guards the fields below
	owners map[string]*owner
	lanes  map[string]*lane
	tools  map[string]*toolState
	parked map[*toolState]bool // tools with owners that wait for room
	gates  map[*gate]bool      // with owners that wait at them
	sizes  lineSizes           // owners with known jobs: for estimates
	offset int                 // of the lane that is next where several are asked for
	pulled chan struct{}       // closed when a lane of remote programs may have something, and replaced
	trials                     // jobs on probation
}

// New returns a scheduler that knows of no jobs.
func New(c Config) *Scheduler {
	return &Scheduler{
		config: c, now: c.Clock.Steady, wake: make(chan struct{}, 1), delayed: make(chan struct{}, 1), runs: newRuntimes(),
		pulled: make(chan struct{}), owners: map[string]*owner{}, lanes: map[string]*lane{}, tools: map[string]*toolState{}, parked: map[*toolState]bool{}, gates: map[*gate]bool{},
		trials: newTrials(c.Clock.Steady().Add(poisonRest)),
	}
}

// Wake returns a channel that receives when Pick may give something.
func (s *Scheduler) Wake() <-chan struct{} { return s.wake }

// PullWake returns a channel that is closed when PickOf may give something; it
// must be asked for before PickOf is tried.
func (s *Scheduler) PullWake() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pulled
}

// Delayed returns a channel that receives when a job was delayed, or when it is
// to be looked anew at which delayed jobs are due.
func (s *Scheduler) Delayed() <-chan struct{} { return s.delayed }

// LookAtDelayed makes Delayed receive.
func (s *Scheduler) LookAtDelayed() { poke(s.delayed) }

// Concerns reports whether this process gives jobs of a tool to workers: its
// own, or programs that come for them. Jobs of a tool that it does not know are
// for those that do.
func (s *Scheduler) Concerns(tool string) bool {
	r := s.config.Tools(tool)
	return !r.Unknown && (!s.config.Passive || r.Pull)
}

// signal says that a lane may have something.
func (s *Scheduler) signal(laneName string) {
	if laneName == ownLane {
		poke(s.wake)
		return
	}
	close(s.pulled)
	s.pulled = make(chan struct{})
}

// signalAll is signal for every lane, after a time.
func (s *Scheduler) signalAll(after time.Duration) {
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

func (s *Scheduler) owner(name string) *owner {
	o := s.owners[name]
	if o == nil {
		o = &owner{name: name, Share: Share{Weight: 1}, paused: s.PauseOf(name, "") != ""}
		s.owners[name] = o
	}
	return o
}

func (s *Scheduler) lane(name string) *lane {
	l := s.lanes[name]
	if l == nil {
		l = &lane{name: name}
		s.lanes[name] = l
	}
	return l
}

// turn returns an owner's turn in the lane of a tool.
func (s *Scheduler) turn(o *owner, tool *toolState) *turn {
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
func (s *Scheduler) enter(t *turn) {
	if !t.inRing && !t.filling {
		s.queueUp(t)
	}
	s.enterNow(t)
}

// enterNow is enter for a turn that need not wait behind others at a gate.
func (s *Scheduler) enterNow(t *turn) {
	if !t.inRing && !t.filling && t.owner.free() > 0 && t.ready() {
		t.inRing = true
		t.lane.ring = append(t.lane.ring, t)
		s.signal(t.lane.name)
	}
}

func (s *Scheduler) enterAll(o *owner) {
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
func (s *Scheduler) room() int {
	return min(max(maxKnown/max(len(s.owners), 1), leastWindow), windowSize)
}

// grow tells that there are more jobs in an owner's window, or fewer.
func (s *Scheduler) grow(o *owner, w *window, by int) {
	if !o.paused && !w.tool.paused {
		s.count(o, by)
	}
}

// count counts an owner's known jobs.
func (s *Scheduler) count(o *owner, by int) {
	s.sizes[min(o.known, windowSize)]--
	o.known += by
	s.sizes[min(o.known, windowSize)]++
	s.sizes[0] = 0
}

// Push tells of a job that waits; a delayed one is only noted: it is told of
// again when its time has come.
func (s *Scheduler) Push(c job.Candidate, sh Share, delayed bool) {
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
	case tool.stranded() && c.Strand == "": // it is told of again when it has one
	case tool.stranded() && s.crowded(c.Owner, tool, c.Strand): // it is read from the store when there is room
	default:
		o := s.owner(c.Owner)
		o.Share = sh
		t := s.turn(o, tool)
		w := t.window(tool, c.Strand)
		w.queued++
		if w.passed > 0 && s.waitsForTrial(&c) {
			w.passed++ // it is read from the store when its turn comes
			return
		}
		s.grow(o, w, w.add(c, s.roomOf(t, w)))
		s.enter(t)
	}
}
