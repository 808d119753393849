package sched

import (
	"maps"

	"claimcheck/internal/job"
)

// Pauses are the tools and the owners whose jobs an operator does not let begin.
// Both are never changed once they were told.
type Pauses struct {
	Tools  map[string]bool
	Owners map[string]bool
}

// reason is why a job of an owner and tool is not begun; empty if neither is
// paused.
func (p *Pauses) reason(owner, tool string) string {
	switch {
	case p == nil:
		return ""
	case p.Tools[tool]:
		return ReasonToolPaused
	case p.Owners[owner]:
		return ReasonOwnerPaused
	}
	return ""
}

// Pause takes which tools and owners are paused from now on: none of their jobs is
// picked any more. They keep their turns and windows and are not looked at, nor
// read from the store, until they are resumed; then they take their turns again,
// as many at once as there is room for.
func (s *Scheduler) Pause(now Pauses) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.pauses.Swap(&now)
	if was == nil {
		was = &Pauses{}
	}
	for name := range differing(was.Tools, now.Tools) {
		s.pauseTool(s.tool(name), now.Tools[name])
	}
	for name := range differing(was.Owners, now.Owners) {
		s.pauseOwner(name, now.Owners[name])
	}
}

// differing are the names that are in one of two sets.
func differing(a, b map[string]bool) map[string]bool {
	either := maps.Clone(a)
	if either == nil {
		either = map[string]bool{}
	}
	maps.Copy(either, b)
	maps.DeleteFunc(either, func(name string, _ bool) bool { return a[name] == b[name] })
	return either
}

func (s *Scheduler) pauseTool(tool *toolState, paused bool) {
	for _, o := range s.owners {
		if !o.paused {
			o.ofTool(tool, func(w *window) { s.recount(o, w, paused) })
		}
	}
	tool.paused, tool.line = paused, nil
	if !paused && tool.rules.MaxRunning == 0 {
		s.unparkUpTo(tool, len(tool.parked)) // all together: who is put back later has its turn later
	}
	s.signal(tool.lane)
}

func (s *Scheduler) pauseOwner(name string, paused bool) {
	o := s.owners[name]
	if o == nil {
		return // it will know when it comes
	}
	for _, t := range o.turns {
		for _, w := range t.windows {
			if !w.tool.paused {
				s.recount(o, w, paused)
			}
			w.tool.line = nil
		}
	}
	o.paused = paused
	s.enterAll(o)
	s.signal(ownLane) // jobs on probation have no turn
}

// recount has the jobs of a window counted as known no more, or again: what is
// paused comes before nobody.
func (s *Scheduler) recount(o *owner, w *window, paused bool) {
	if paused {
		s.count(o, -len(w.list))
	} else {
		s.count(o, len(w.list))
	}
}

// Paused returns a picked candidate whose tool or owner was paused since.
func (s *Scheduler) Paused(c job.Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putBack(c)
}

// PauseOf is why jobs of an owner and tool are not begun, ReasonToolPaused or
// ReasonOwnerPaused; empty if neither is paused.
func (s *Scheduler) PauseOf(owner, tool string) string { return s.pauses.Load().reason(owner, tool) }
