package sched

import "claimcheck/internal/job"

// Started counts a job that began to run in this process without having been
// picked.
func (s *Scheduler) Started(ownerName, tool string, id job.ID, sh Share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.owner(ownerName)
	o.Share = sh
	s.begin(o, s.tool(tool), &job.Candidate{ID: id})
	s.mine[id] = true
}

// Ended gives back the slot of a job that was picked or started.
func (s *Scheduler) Ended(ownerName, tool string, id job.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed(ownerName, tool)
	s.leave(ownerName, tool, id)
}

// Freed tells of the end of a job whose slot is not counted here: its owner and
// tool may have room again.
func (s *Scheduler) Freed(ownerName, tool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.freed(ownerName, tool)
}

// Overtaken gives back the slot of a job whose next attempt has begun here
// before the end of this one was noticed.
func (s *Scheduler) Overtaken(ownerName, toolName string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tool := s.tool(toolName)
	tool.running--
	tool.breaker.end(ownerName)
	s.owner(ownerName).running--
	s.freed(ownerName, toolName)
}

// freed says that an owner and a tool may have room again.
func (s *Scheduler) freed(ownerName, toolName string) {
	tool := s.tool(toolName)
	tool.blocked = false
	if o := s.owners[ownerName]; o != nil {
		o.blocked = false
		s.enterAll(o)
	}
	s.roomAgain(tool)
}

func (s *Scheduler) leave(ownerName, toolName string, id job.ID) {
	tool := s.tool(toolName)
	tool.running--
	tool.breaker.end(ownerName)
	tool.leaveGates(id, s.now())
	delete(s.mine, id)
	s.endTrial(id)
	o := s.owner(ownerName)
	o.running--
	s.lineUp(o, tool)
	s.enterAll(o)
	s.signal(tool.lane)
	s.forget(o)
}

// forget drops an owner of whom nothing is known.
func (s *Scheduler) forget(o *owner) {
	if o.idle() {
		s.count(o, -o.known)
		delete(s.owners, o.name)
	}
}
