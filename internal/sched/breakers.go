package sched

// A Breaker is how a tool's breaker stands on this server.
type Breaker struct {
	// State is closed, open while the tool's target is left alone, and half_open
	// while it is probed.
	State  string
	Owners int // whose jobs alone leave the target alone
}

// Breakers are those of all tools that have one and were asked for, by tool.
func (s *Scheduler) Breakers() map[string]Breaker {
	all := map[string]Breaker{}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for name, t := range s.tools {
		if !t.rules.Breaker {
			continue
		}
		is := Breaker{State: "closed"}
		switch b := &t.breaker; {
		case b.pause > 0 && now.Before(b.until):
			is.State = "open"
		case b.pause > 0:
			is.State = "half_open"
		}
		for _, h := range t.breaker.owners {
			if h.pause > 0 && now.Before(h.until) {
				is.Owners++
			}
		}
		all[name] = is
	}
	return all
}
