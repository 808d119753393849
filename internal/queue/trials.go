package queue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"claimcheck/internal/job"
)

const (
	poisonLife  = 24 * time.Hour   // how long an input that was given up stays suspected
	suspectLife = time.Hour        // the same of one that was seen in a process that died
	poisonRest  = 10 * time.Second // between two trials of poison: others run meanwhile
	maxMarks    = 10_000
)

// trials are the jobs on probation: which wait, which one runs, and the inputs
// that put other jobs with the same input there.
type trials struct {
	suspects []job.Candidate // oldest first
	trial    job.ID          // the suspect that is running, or zero
	alone    bool            // the running suspect tolerates no other job
	mine     map[job.ID]bool // jobs of this process that were picked and have not ended
	marks    map[job.InputMark]mark
	rested   time.Time // from then on poison may be tried
}

// A mark is why jobs with an input are run on probation.
type mark struct {
	suspect time.Time // until then: a job with it was seen running in a process that died
	poison  time.Time // until then: a job with it was given up as WORKER_LOST
}

func (s *scheduler) suspect(c job.Candidate) {
	s.suspects = append(s.suspects, c)
	if s.resting(&c) {
		s.signalAll(s.rested.Sub(s.now()))
	}
}

// knows reports whether a job on probation waits or runs here already.
func (s *scheduler) knows(id job.ID) bool {
	return s.mine[id] || slices.ContainsFunc(s.suspects, func(c job.Candidate) bool { return c.ID == id })
}

// isolate puts a candidate among the suspects if its input is marked: one of
// them at a time, and poison alone.
func (s *scheduler) isolate(c *job.Candidate) bool {
	m, ok := s.marks[c.Mark()]
	now := s.now()
	switch {
	case !ok || c.InputSum == 0:
		return false
	case now.Before(m.poison):
		c.Probation = job.Alone
	case now.Before(m.suspect):
		c.Probation = job.Suspect
	default:
		delete(s.marks, c.Mark())
		return false
	}
	s.suspect(*c)
	return true
}

// resting reports whether a suspect waits because poison was tried just now.
func (s *scheduler) resting(c *job.Candidate) bool {
	now := s.now()
	return c.InputSum != 0 && now.Before(s.marks[c.Mark()].poison) && now.Before(s.rested)
}

// degree is how carefully a suspect must be run: poison alone.
func (s *scheduler) degree(c *job.Candidate) job.Probation {
	if c.InputSum != 0 && s.now().Before(s.marks[c.Mark()].poison) {
		return job.Alone
	}
	return c.Probation
}

// nextInTrial returns the place of the suspect that is next, -1 for none.
func (s *scheduler) nextInTrial() int {
	if s.trial != (job.ID{}) {
		return -1
	}
	return slices.IndexFunc(s.suspects, func(c job.Candidate) bool {
		return !s.resting(&c) && s.owner(c.Owner).free() > 0 && s.tool(c.Tool).room(s.now()) > 0
	})
}

// nextSuspect takes the next job on probation, if it may run now.
func (s *scheduler) nextSuspect() (job.Candidate, bool) {
	i := s.nextInTrial()
	if i < 0 || s.mustDrain() {
		return job.Candidate{}, false
	}
	c := s.suspects[i]
	c.Probation = s.degree(&c)
	s.suspects = slices.Delete(s.suspects, i, i+1)
	s.trial, s.alone = c.ID, c.Probation == job.Alone
	s.mine[c.ID] = true
	s.begin(s.owner(c.Owner), s.tool(c.Tool))
	if s.marks[c.Mark()].poison.After(s.now()) {
		s.rested = s.now().Add(poisonRest)
	}
	return c, true
}

// mustDrain reports whether the next suspect waits for everything else to end.
func (s *scheduler) mustDrain() bool {
	i := s.nextInTrial()
	return i >= 0 && s.degree(&s.suspects[i]) == job.Alone && len(s.mine) > 0
}

func (s *scheduler) endTrial(id job.ID) {
	if s.trial == id {
		s.trial, s.alone = job.ID{}, false
	}
}

// mark remembers an input that was seen running in a process that died, or
// that was given up.
func (s *scheduler) mark(m job.InputMark, poison time.Time) {
	if m.Sum == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.marks) >= maxMarks {
		clear(s.marks) // the store still knows those that matter
	}
	is := s.marks[m]
	is.suspect = s.now().Add(suspectLife)
	if poison.After(is.poison) {
		is.poison = poison
	}
	s.marks[m] = is
}

// isPoison reports whether a job with this input was given up already.
func (s *scheduler) isPoison(m job.InputMark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.Sum != 0 && s.now().Before(s.marks[m].poison)
}

// absolve forgets a mark: the process survived an attempt. It reports whether
// the store must forget it, too.
func (s *scheduler) absolve(m job.InputMark) (poison bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	is, ok := s.marks[m]
	if ok {
		delete(s.marks, m)
	}
	return s.now().Before(is.poison)
}

// loadPoisons reads the inputs that were given up, here or by other servers.
func (q *Queue) loadPoisons(ctx context.Context) error {
	list, err := q.Store.Poisons(ctx)
	if err != nil {
		return fmt.Errorf("read poisonous inputs: %w", err)
	}
	for _, p := range list {
		q.lines.mark(p.InputMark, p.Until)
	}
	return nil
}

// condemn remembers that a job's input was given up.
func (q *Queue) condemn(ctx context.Context, m job.InputMark) {
	if m.Sum == 0 {
		return
	}
	p := job.Poison{InputMark: m, Until: q.Now().Add(poisonLife)}
	q.lines.mark(m, p.Until)
	if err := q.Store.AddPoison(ctx, p); err != nil {
		q.Log.WarnContext(ctx, "poisonous input not remembered", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}

// survived tells that this process lived through an attempt at an input.
func (q *Queue) survived(ctx context.Context, c Claimed) {
	m := markOf(&c.Job)
	if m.Sum == 0 || !q.lines.absolve(m) {
		return
	}
	if err := q.Store.AddPoison(ctx, job.Poison{InputMark: m, Until: q.Now()}); err != nil {
		q.Log.WarnContext(ctx, "poisonous input not forgotten", "owner", m.Owner, "tool", m.Tool, "err", err)
	}
}

// markOf names a job's input, with a zero sum once the job is finished.
func markOf(j *job.Job) job.InputMark {
	m := job.InputMark{Owner: j.Owner, Tool: j.Tool}
	if j.Ready != nil {
		m.Sum = j.Ready.InputSum
	}
	return m
}
