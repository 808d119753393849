package sched

import (
	"context"

	"claimcheck/internal/job"
)

// Pick takes up to limit jobs for this process: those on probation first, then
// owners in turn. later says that there may be more: Wake tells so. On an error of
// Config.Read what was picked before is returned with it.
func (s *Scheduler) Pick(ctx context.Context, limit int) (picked []job.Candidate, later bool, err error) {
	return s.pickReading(ctx, limit, s.pickOwn)
}

// PickOf is Pick for a remote program: of the named tools whose jobs programs
// come for, tools and owners in turn. PullWake tells of more.
func (s *Scheduler) PickOf(ctx context.Context, limit int, tools ...string) (picked []job.Candidate, later bool, err error) {
	return s.pickReading(ctx, limit, func(limit int) ([]job.Candidate, *hunger) { return s.pickOf(limit, tools) })
}

// pickReading picks, and reads from the store for owners whose window ran empty.
// One whose reading takes long keeps nobody waiting for what was picked before.
func (s *Scheduler) pickReading(ctx context.Context, limit int, pick func(limit int) ([]job.Candidate, *hunger)) (picked []job.Candidate, later bool, err error) {
	for passed := 0; len(picked) < limit; {
		more, hungry := pick(limit - len(picked))
		picked = append(picked, more...)
		if hungry == nil {
			return picked, false, nil
		}
		waiting, share, err := s.read(ctx, hungry)
		if err != nil {
			s.unfilled(*hungry)
			return picked, false, err
		}
		if s.fill(*hungry, waiting, share) {
			continue
		}
		if passed++; passed >= maxPassed && len(picked) > 0 {
			return picked, true, nil
		}
	}
	return picked, false, nil
}

// read reads what is asked for from the store.
func (s *Scheduler) read(ctx context.Context, h *hunger) ([]job.Candidate, Share, error) {
	if h.strands > 0 {
		return s.config.Fronts(ctx, h.owner, h.tool, h.past, h.strands, h.most)
	}
	return s.config.Read(ctx, h.owner, h.tool, h.after, h.most)
}

// pickOwn takes up to limit jobs for this process. If hungry is returned it is to
// be filled (or reported by unfilled) before more is picked.
func (s *Scheduler) pickOwn(limit int) (picked []job.Candidate, hungry *hunger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unpark()
	for len(picked) < limit {
		c, ok, wait := s.try()
		if ok {
			picked = append(picked, c)
		}
		if wait {
			break
		}
		if ok {
			continue
		}
		l := s.lanes[ownLane]
		if l == nil || len(l.ring) == 0 {
			break
		}
		if picked, hungry = s.stepInto(l, picked); hungry != nil {
			break
		}
	}
	return picked, hungry
}

// pickOf is pickOwn for a remote program: the lanes of the tools take turns.
func (s *Scheduler) pickOf(limit int, tools []string) (picked []job.Candidate, hungry *hunger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unpark()
	for idle := 0; len(picked) < limit && idle < len(tools); s.offset++ {
		l := s.lanes[tools[s.offset%len(tools)]]
		if l == nil || len(l.ring) == 0 {
			idle++
			continue
		}
		idle = 0
		if picked, hungry = s.stepInto(l, picked); hungry != nil {
			break
		}
	}
	return picked, hungry
}

// stepInto is step, whose job is appended to those that were picked.
func (s *Scheduler) stepInto(l *lane, picked []job.Candidate) ([]job.Candidate, *hunger) {
	c, ok, hungry := s.step(l)
	if hungry != nil {
		return picked, hungry
	}
	if ok {
		picked = append(picked, c)
	}
	if len(l.ring) == 0 {
		s.unpark()
	}
	return picked, nil
}

// step looks at the first turn of a ring: it gives a job, or leaves the ring.
func (s *Scheduler) step(l *lane) (c job.Candidate, ok bool, hungry *hunger) {
	t := l.ring[0]
	if t.owner.free() <= 0 { // an end puts it back
		l.leaveRing()
		return c, false, nil
	}
	now := s.now()
	w, at, empty := t.choose(func(w *window) bool { return w.room(t.owner.name, now) > 0 }, s.waitsForTrial)
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
	s.grow(t.owner, w, -1)
	if l.name == ownLane && s.isolate(&c) {
		return c, false, nil
	}
	s.begin(t.owner, w.tool, &c)
	if l.name == ownLane {
		s.mine[c.ID] = true
	}
	if t.deficit <= 0 {
		t.deficit = t.owner.Weight
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
func (s *Scheduler) begin(o *owner, tool *toolState, c *job.Candidate) {
	o.running++
	tool.running++
	if c.Owner != "" { // it was picked
		tool.enterGates(o.name, c.Strand, c.ID, s.now())
	}
	if tool.rules.Breaker {
		tool.breaker.begin(o.name, s.now())
	}
}
