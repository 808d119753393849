package queue

import (
	"cmp"
	"slices"
	"sync"

	"claimcheck/internal/job"
)

// windowSize is how many waiting jobs of one owner are kept in memory; the
// rest stays in the store, so that memory and cost do not grow with the queue.
const windowSize = 256

// A scheduler chooses which waiting job runs next: owners take turns, each
// with its own limit of running jobs. It holds a window of each owner's
// waiting jobs; the store decides whether a choice still holds. It is safe for
// concurrent use.
type scheduler struct {
	wake    chan struct{} // receives when there may be something to pick
	delayed chan struct{} // receives when a job was delayed

	mu       sync.Mutex // guards the fields below
	lines    map[string]*line
	ring     []*line         // owners with something to run, in turn
	suspects []job.Candidate // jobs on probation, oldest first
	trial    job.ID          // the suspect that is running, or zero
	alone    bool            // the running suspect tolerates no other job
	running  int             // jobs picked and not ended
}

// A line is one owner's waiting jobs.
type line struct {
	owner   string
	window  []job.Candidate // best first
	more    bool            // the store holds waiting jobs that are not in the window
	inRing  bool
	running int64
	most    int64 // limit of running, 0 for none
	blocked bool  // the store says that the limit is reached: wait for an end or the next look
}

func newScheduler() *scheduler {
	return &scheduler{wake: make(chan struct{}, 1), delayed: make(chan struct{}, 1), lines: map[string]*line{}}
}

func (s *scheduler) signal() { poke(s.wake) }

// poke sends without waiting; one pending signal is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *scheduler) line(owner string) *line {
	l := s.lines[owner]
	if l == nil {
		l = &line{owner: owner, more: true}
		s.lines[owner] = l
	}
	return l
}

// enter puts a line in the ring if it has something that may run.
func (s *scheduler) enter(l *line) {
	if !l.inRing && (len(l.window) > 0 || l.more) && l.free() > 0 {
		l.inRing = true
		s.ring = append(s.ring, l)
		s.signal()
	}
}

// free is how many more jobs of the owner may run.
func (l *line) free() int64 {
	if l.blocked {
		return 0
	}
	if l.most == 0 {
		return windowSize
	}
	return l.most - l.running
}

// before orders candidates: by priority, then age.
func before(a, b job.Candidate) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID.Seq(), b.ID.Seq()))
}

// push tells of a job that waits, of whose owner most may run; a delayed one is
// only noted, Promote finds it when its time has come.
func (s *scheduler) push(c job.Candidate, most int64, delayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case delayed:
		poke(s.delayed)
	case c.Probation != job.Clear:
		s.suspects = append(s.suspects, c)
		s.signal()
	default:
		_, known := s.lines[c.Owner]
		l := s.line(c.Owner)
		if !known {
			l.more = false // its first waiting job: nothing else is in the store
		}
		l.most = most
		l.add(c)
		s.enter(l)
	}
}

// add puts a candidate in its place in the window, if it belongs there.
func (l *line) add(c job.Candidate) {
	if l.more && (len(l.window) == 0 || before(c, l.window[len(l.window)-1]) > 0) {
		return // it is behind jobs that are not in the window
	}
	i, found := slices.BinarySearchFunc(l.window, c, before)
	if found {
		return
	}
	l.window = slices.Insert(l.window, i, c)
	if len(l.window) > windowSize {
		l.window, l.more = l.window[:windowSize], true
	}
}

// pick takes up to limit candidates, one of each owner in turn. Hungry are
// owners whose window is empty though the store has more: they are to be
// filled, or reported by hungry again.
func (s *scheduler) pick(limit int) (picked []job.Candidate, hungry []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alone {
		return nil, nil
	}
	if c, ok := s.nextSuspect(); ok {
		picked = append(picked, c)
	} else if s.mustDrain() {
		return nil, nil
	}
	for !s.alone && len(picked) < limit && len(s.ring) > 0 {
		l := s.ring[0]
		s.ring = s.ring[1:]
		l.inRing = false
		if l.free() <= 0 {
			continue // ended puts it back
		}
		if len(l.window) == 0 {
			if l.more {
				l.more = false
				hungry = append(hungry, l.owner)
			}
			continue
		}
		picked = append(picked, l.window[0])
		l.window = l.window[1:]
		l.running++
		s.running++
		s.enter(l)
	}
	if len(picked) > 0 {
		for _, owner := range hungry {
			l := s.line(owner)
			l.more = true
			s.enter(l)
		}
		return picked, nil
	}
	return nil, hungry
}

// nextSuspect takes the next job on probation, if it may run now.
func (s *scheduler) nextSuspect() (job.Candidate, bool) {
	if s.trial != (job.ID{}) || len(s.suspects) == 0 || s.mustDrain() {
		return job.Candidate{}, false
	}
	c := s.suspects[0]
	s.suspects = s.suspects[1:]
	s.trial, s.alone = c.ID, c.Probation == job.Alone
	s.running++
	s.line(c.Owner).running++
	return c, true
}

// mustDrain reports whether the next suspect waits for everything else to end.
func (s *scheduler) mustDrain() bool {
	return s.trial == (job.ID{}) && len(s.suspects) > 0 &&
		s.suspects[0].Probation == job.Alone && s.running > 0
}

// started counts a job that began to run without having been picked.
func (s *scheduler) started(owner string, most int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.lines[owner]
	l := s.line(owner)
	l.more = l.more && known
	l.most = most
	l.running++
	s.running++
}

// ended gives back the place of a job that was picked or started.
func (s *scheduler) ended(owner string, id job.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(owner).blocked = false
	s.leave(owner, id)
	s.signal()
}

func (s *scheduler) leave(owner string, id job.ID) {
	s.running--
	if s.trial == id {
		s.trial, s.alone = job.ID{}, false
	}
	l := s.line(owner)
	l.running--
	s.enter(l)
	if l.running <= 0 && len(l.window) == 0 && !l.more {
		delete(s.lines, owner)
	}
}

// putBack returns a picked candidate that could not be claimed now; its owner
// is passed over until a job of it ends or look is called.
func (s *scheduler) putBack(c job.Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Probation != job.Clear {
		s.suspects = append(s.suspects, c)
	} else {
		l := s.line(c.Owner)
		l.blocked = true
		l.window = append([]job.Candidate{c}, l.window...)
	}
	s.leave(c.Owner, c.ID)
}

// hungry says that the store has waiting jobs of an owner that are not known
// here.
func (s *scheduler) hungry(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.line(owner)
	l.more = true
	s.enter(l)
}

// fill puts jobs read from the store into an owner's window.
func (s *scheduler) fill(owner string, ready []job.Candidate, most int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.line(owner)
	l.most = most
	full := len(ready) == windowSize
	l.more = false
	for _, c := range ready {
		l.add(c)
	}
	l.more = l.more || full
	s.enter(l)
}

// look compares what is known with the store's backlog of an owner: queued
// jobs that are not known here are to be read, and a blocked owner is tried
// again.
func (s *scheduler) look(owner string, queued int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[owner]
	if l == nil && queued == 0 {
		return
	}
	l = s.line(owner)
	l.blocked = false
	l.more = l.more || queued > int64(len(l.window))
	s.enter(l)
}
