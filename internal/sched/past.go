package sched

import (
	"claimcheck/internal/job"
)

// pastPage is how many jobs are read at once where those read before had to be
// passed over.
const pastPage = 16 * windowSize

// maxPassed is how many pages without a job that may run are read before what
// was picked of others is begun.
const maxPassed = 3

// A hunger is a window that must be read from the store.
type hunger struct {
	owner, tool string
	after       job.Candidate // the jobs behind it; zero: from the beginning
	most        int           // jobs to read

	strands int    // not 0: of so many strands each, those after past
	past    string // a strand
}

// hungry asks for a window to be read from the store. One that is full of jobs
// that wait for a trial is read anew, because their positions are the store's to
// keep: those behind them are to be found.
func (s *Scheduler) hungry(t *turn, w *window) *hunger {
	if w.tool.stranded() && w.strand == "" {
		return s.hungryForStrands(t, w)
	}
	if len(w.list) > 0 {
		s.restart(t.owner, w)
	}
	h := &hunger{owner: t.owner.name, tool: w.tool.name, after: w.past, most: s.roomOf(t, w)}
	h.after.Strand = w.strand
	if h.after.ID != (job.ID{}) {
		h.most = pastPage
	} else {
		w.scanned, w.passed = s.now(), 0
	}
	t.filling, w.more = true, false
	return h
}

// restart lets a window be read from the beginning.
func (s *Scheduler) restart(o *owner, w *window) {
	s.grow(o, w, -len(w.list))
	w.list, w.past, w.passed, w.more = nil, job.Candidate{}, 0, true
}

// recall lets jobs with an input that were passed over wait in their positions
// again: the trial for which they waited is over.
func (s *Scheduler) recall(m job.InputMark) {
	o := s.owners[m.Owner]
	if o == nil {
		return
	}
	for _, t := range o.turns {
		for _, w := range t.windows {
			if w.tool.name == m.Tool && w.passed > 0 {
				s.restart(o, w)
			}
		}
	}
	s.enterAll(o)
}

// fill puts jobs read from the store into an owner's window. Those that are
// begun already, and those that wait for a trial, are passed over; if there is
// nothing else and there are more it reports false: those are to be read next.
func (s *Scheduler) fill(h hunger, ready []job.Candidate, sh Share) (filled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, tool := s.owner(h.owner), s.tool(h.tool)
	o.Share = sh
	t := s.turn(o, tool)
	w := t.window(tool, h.after.Strand)
	t.filling = false
	if h.strands > 0 {
		s.fillStrands(t, w, h, ready)
		t.tidy()
		s.enter(t)
		s.forget(o)
		return true
	}
	if w.past.ID == h.after.ID {
		s.fillWindow(t, w, h, ready)
	} else {
		w.more = true // a trial ended meanwhile: it is to be read anew
	}
	filled = len(w.list) > 0 || !w.more
	t.tidy()
	s.enter(t)
	s.forget(o)
	return filled
}

func (s *Scheduler) fillWindow(t *turn, w *window, h hunger, ready []job.Candidate) {
	o := t.owner
	room, last, more := s.roomOf(t, w), h.after, len(ready) == h.most
	w.more, w.unread = false, 0
	for i := range ready {
		c := ready[i]
		if len(w.list) >= room {
			more = true
			break
		}
		last = c
		switch {
		case s.knows(c.ID):
		case s.waitsForTrial(&c):
			w.passed++
		default:
			s.grow(o, w, w.insert(c, room))
		}
	}
	if more { // what was told meanwhile is found behind those that were not read yet
		n := len(w.list)
		for n > 0 && before(w.list[n-1], last) > 0 {
			n--
		}
		s.grow(o, w, n-len(w.list))
		w.list = w.list[:n]
	}
	w.more, w.past = more, job.Candidate{}
	if w.passed > 0 || more && len(w.list) == 0 {
		w.past = last
	}
}

// unfilled says that a window could not be read.
func (s *Scheduler) unfilled(h hunger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, tool := s.owner(h.owner), s.tool(h.tool)
	t := s.turn(o, tool)
	s.restart(o, t.window(tool, h.after.Strand))
	t.filling = false
	s.enterAll(o)
}
