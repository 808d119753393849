package sched

import (
	"slices"
	"time"

	"claimcheck/internal/job"
)

const (
	suspectLife = time.Hour        // how long an input stays suspected that was seen in a process that died
	poisonRest  = 10 * time.Second // between two trials of poison: others run meanwhile
	maxMarks    = 10_000
)

// trials are the jobs on probation: which wait, which one runs, and the inputs
// that put other jobs with the same input there.
//
// Of the jobs whose input is marked, one at a time is among the suspects. The
// others keep their positions in the windows, which pass them over meanwhile, so
// that memory is bounded however many there are.
type trials struct {
	suspects []job.Candidate       // oldest first; those with probation Clear were taken from a window
	listed   map[job.ID]bool       // the suspects
	trying   map[job.InputMark]int // suspects, and the one that is running, by input
	trial    job.ID                // the suspect that is running, or zero
	tried    job.InputMark         // its input
	alone    bool                  // the running suspect tolerates no other job
	mine     map[job.ID]bool       // jobs of this process that were picked and have not ended
	marks    map[job.InputMark]mark
	survived map[job.InputMark]bool // inputs that this process lived through after they were marked
	rested   time.Time              // from then on poison may be tried
}

func newTrials(rested time.Time) trials {
	return trials{
		listed: map[job.ID]bool{}, trying: map[job.InputMark]int{}, mine: map[job.ID]bool{},
		marks: map[job.InputMark]mark{}, survived: map[job.InputMark]bool{}, rested: rested,
	}
}

// A mark is why jobs with an input are run on probation.
type mark struct {
	suspect time.Time // until then: a job with it was seen running in a process that died
	poison  time.Time // until then: a job with it was given up as WORKER_LOST
}

// suspect lets a job wait for its trial, once.
func (s *Scheduler) suspect(c job.Candidate) {
	if s.listed[c.ID] {
		return
	}
	s.listed[c.ID] = true
	s.suspects = append(s.suspects, c)
	if c.InputSum != 0 {
		s.trying[c.Mark()]++
	}
	if s.resting(&c) {
		s.signalAll(s.rested.Sub(s.now()))
	}
}

// untry is told that a job with an input waits for its trial or runs on trial
// no more: the next one may.
func (s *Scheduler) untry(m job.InputMark) {
	if m.Sum == 0 {
		return
	}
	if s.trying[m]--; s.trying[m] <= 0 {
		delete(s.trying, m)
		s.recall(m)
	}
}

// dropSuspects takes suspects out of the list.
func (s *Scheduler) dropSuspects(which func(*job.Candidate) bool) {
	var gone []job.InputMark
	s.suspects = slices.DeleteFunc(s.suspects, func(c job.Candidate) bool {
		if !which(&c) {
			return false
		}
		delete(s.listed, c.ID)
		gone = append(gone, c.Mark())
		return true
	})
	for _, m := range gone {
		s.untry(m)
	}
}

// knows reports whether a job waits for its trial or runs here already.
func (s *Scheduler) knows(id job.ID) bool { return s.mine[id] || s.listed[id] }

// marked reports whether jobs with a candidate's input are run on probation.
func (s *Scheduler) marked(c *job.Candidate) bool {
	if c.InputSum == 0 || len(s.marks) == 0 {
		return false
	}
	m, ok := s.marks[c.Mark()]
	if !ok {
		return false
	}
	if now := s.now(); !now.Before(m.poison) && !now.Before(m.suspect) {
		delete(s.marks, c.Mark())
		return false
	}
	return true
}

// waitsForTrial reports whether a job waits for what becomes of another one
// with the same input.
func (s *Scheduler) waitsForTrial(c *job.Candidate) bool {
	return s.marked(c) && s.trying[c.Mark()] > 0
}

// isolate puts a candidate among the suspects if its input is marked.
func (s *Scheduler) isolate(c *job.Candidate) bool {
	if !s.marked(c) {
		return false
	}
	s.suspect(*c)
	return true
}

// resting reports whether a suspect waits because poison was tried just now.
func (s *Scheduler) resting(c *job.Candidate) bool {
	now := s.now()
	return c.InputSum != 0 && now.Before(s.marks[c.Mark()].poison) && now.Before(s.rested)
}

// degree is how carefully a suspect must be run: poison alone.
func (s *Scheduler) degree(c *job.Candidate) job.Probation {
	if c.InputSum != 0 && s.now().Before(s.marks[c.Mark()].poison) {
		return job.Alone
	}
	return max(c.Probation, job.Suspect)
}

// cleared reports whether a suspect needs no trial any more: this process lived
// through its input.
func (s *Scheduler) cleared(c *job.Candidate) bool {
	return c.Probation != job.Alone && s.survived[c.Mark()]
}

// nextInTrial returns the index of the suspect that is next, -1 for none.
func (s *Scheduler) nextInTrial() int {
	busy := s.trial != (job.ID{})
	return slices.IndexFunc(s.suspects, func(c job.Candidate) bool {
		return (!busy || s.cleared(&c)) && !s.resting(&c) && s.owner(c.Owner).free() > 0 && s.mayTry(&c)
	})
}

// mayTry reports whether a suspect's tool, and its gates, have room for it.
func (s *Scheduler) mayTry(c *job.Candidate) bool {
	tool := s.tool(c.Tool)
	now := s.now()
	if !tool.rules.Limits.Any() {
		return tool.room(c.Owner, now) > 0
	}
	w := window{tool: tool}
	w.rate, w.slots = tool.keysOf(c.Owner, c.Strand)
	if g := w.shut(now); g != nil && g.paced {
		s.wakeAt(g)
	}
	return w.room(c.Owner, now) > 0
}

// try takes the next job on probation, if it may run now. Nothing else may be
// begun while it runs alone, or while everything else must end for one.
func (s *Scheduler) try() (c job.Candidate, ok, wait bool) {
	if s.alone {
		return c, false, true
	}
	c, ok = s.nextSuspect()
	return c, ok, s.alone || s.mustDrain()
}

// nextSuspect takes the next job on probation, if it may run now.
func (s *Scheduler) nextSuspect() (job.Candidate, bool) {
	i := s.nextInTrial()
	if i < 0 || s.mustDrain() {
		return job.Candidate{}, false
	}
	c := s.suspects[i]
	free := s.cleared(&c)
	s.suspects = slices.Delete(s.suspects, i, i+1)
	delete(s.listed, c.ID)
	if free {
		c.Probation = job.Clear
		s.untry(c.Mark())
	} else {
		c.Probation = s.degree(&c)
		s.trial, s.tried, s.alone = c.ID, c.Mark(), c.Probation == job.Alone
	}
	s.mine[c.ID] = true
	s.begin(s.owner(c.Owner), s.tool(c.Tool), &c)
	if s.marks[c.Mark()].poison.After(s.now()) {
		s.rested = s.now().Add(poisonRest)
	}
	return c, true
}

// mustDrain reports whether the next suspect waits for everything else to end.
func (s *Scheduler) mustDrain() bool {
	i := s.nextInTrial()
	return i >= 0 && !s.cleared(&s.suspects[i]) && s.degree(&s.suspects[i]) == job.Alone && len(s.mine) > 0
}

func (s *Scheduler) endTrial(id job.ID) {
	if s.trial == id {
		tried := s.tried
		s.trial, s.tried, s.alone = job.ID{}, job.InputMark{}, false
		s.untry(tried)
	}
}

// Mark remembers an input that was seen running in a process that died, or
// that was given up: then it stays poison until that time of the clock that never
// steps, which is zero else.
func (s *Scheduler) Mark(m job.InputMark, poison time.Time) {
	if m.Sum == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.marks) >= maxMarks {
		clear(s.marks) // the store still knows those that matter
		clear(s.survived)
	}
	delete(s.survived, m)
	is := s.marks[m]
	is.suspect = s.now().Add(suspectLife)
	if poison.After(is.poison) {
		is.poison = poison
	}
	s.marks[m] = is
}

// MarkAgain is Mark for an input of a job that the store has on probation: it
// was seen running in a process that died, perhaps before this one lived
// through an equal input.
func (s *Scheduler) MarkAgain(m job.InputMark) {
	s.mu.Lock()
	known := s.survived[m] || s.now().Before(s.marks[m].suspect)
	s.mu.Unlock()
	if !known {
		s.Mark(m, time.Time{})
	}
}

// IsPoison reports whether a job with this input was given up already.
func (s *Scheduler) IsPoison(m job.InputMark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.Sum != 0 && s.now().Before(s.marks[m].poison)
}

// LivedThrough reports whether this process survived an attempt at an input
// after it was marked.
func (s *Scheduler) LivedThrough(m job.InputMark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.Sum != 0 && s.survived[m]
}

// Absolve forgets a mark: the process survived an attempt. It reports whether
// the store must forget it, too.
func (s *Scheduler) Absolve(m job.InputMark) (poison bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, ok := s.marks[m]
	if !ok {
		return false
	}
	delete(s.marks, m)
	if len(s.survived) >= maxMarks {
		clear(s.survived)
	}
	s.survived[m] = true
	s.dropSuspects(func(c *job.Candidate) bool { return c.Probation == job.Clear && c.Mark() == m })
	s.recall(m)
	return s.now().Before(is.poison)
}
