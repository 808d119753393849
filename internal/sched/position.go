package sched

import (
	"time"

	"claimcheck/internal/job"
)

// A position is where a waiting job stands.
type position struct {
	own   int64         // jobs of its owner that come before it
	ahead int64         // jobs of all owners that come before it, taking turns
	most  int64         // jobs of its owner that may run at once, 0 for no limit
	full  bool          // the owner runs as many jobs as the plan allows
	tool  bool          // the tool runs as many jobs as it may, or its target fails
	rated time.Duration // until the tool's rate lets it begin, behind those that come before it
	rate  time.Duration // from one of those to the next

	running    int64 // jobs of all owners that run
	workers    int64 // jobs that run at once, as far as is known
	likely     int64 // ahead, about: half of those whose turn is in the same round
	ownRunning int64 // jobs of its owner that run
	ofTool     int64 // likely, of the jobs of its tool
	toolMost   int64 // jobs of its tool that may run at once, 0 for no limit
	toolRuns   int64 // jobs of its tool that run
	older      int64 // jobs of its owner and tool that are known here and older, whether it is known or not
	known      int64 // jobs of its owner that are known here
	pace       pace  // of its owner's jobs at the tool's target
}

// here tells where a waiting job stands, from what this process knows; its cost
// does not grow with the number of owners (see toolLine for tools with a limit).
// Behind the owner's window the order is not known: there its own count is a
// guess at the far end.
func (s *Scheduler) here(j *job.Job) position {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := position{running: int64(len(s.mine))}
	now, tool := s.now(), s.tool(j.Tool)
	p.tool = tool.room(j.Owner, now) <= 0
	if tool.rules.Breaker {
		p.pace = tool.breaker.pace(j.Owner, now)
	}
	p.toolMost, p.toolRuns = tool.rules.MaxRunning, tool.running
	o := s.owners[j.Owner]
	limited := tool.rules.Limits.Any()
	var mine window // whose gates are those of the job
	if limited {
		mine = window{tool: tool, strand: tool.rules.Limits.Strand(j.Owner, j.Metadata)}
		mine.rate, mine.slots = tool.keysOf(j.Owner, mine.strand)
	}
	if o == nil {
		if limited {
			s.limited(&p, &mine, 0, 0, now)
		}
		return p
	}
	p.most, p.ownRunning, p.full, p.known = o.Most, o.running, o.free() <= 0, int64(o.known)
	var known, before int64 // jobs of the owner and tool, and those before this one
	for _, t := range o.turns {
		for _, w := range t.windows {
			if w.tool.lane != tool.lane || w.tool.paused && w.tool != tool {
				continue
			}
			n := w.ahead(j.ID)
			if limited && w.tool == tool && w.strand != mine.strand { // they have allowances of their own
				n = w.older(j.ID)
			}
			p.own += n
			if w.tool == tool && (!limited || w.strand == mine.strand) {
				known, before = int64(len(w.list)), n
				p.older = w.older(j.ID)
			}
		}
	}
	most, least := inTurn(&s.sizes, int64(o.known), p.own)
	p.ahead, p.likely = p.own+most, p.own+(most+least)/2
	if p.toolMost > 0 {
		most, least = inTurn(s.toolLine(tool, now), known, before)
		p.ofTool = before + (most+least)/2
	}
	if limited {
		s.limited(&p, &mine, known, max(before, o.behind(&mine, j.ID)), now)
	}
	return p
}

// atOnce is how many jobs of its owner and tool may run at once, as far as is
// known.
func (p *position) atOnce() int64 {
	most := int64(fullSpeed)
	for _, limit := range [...]int64{p.workers, p.most, p.toolMost} {
		if limit > 0 {
			most = min(most, limit)
		}
	}
	return most
}

// inTurn is how many jobs of other owners come at most and at least before one
// that has own jobs of its owner before it. sizes are all owners by how many
// jobs of each are known; known is how many of its own.
func inTurn(sizes *lineSizes, known, own int64) (most, least int64) {
	known = min(known, windowSize)
	for n, owners := range sizes {
		if int64(n) == known {
			owners--
		}
		most += max(owners, 0) * min(int64(n), own+1)
		least += max(owners, 0) * min(int64(n), own)
	}
	return most, least
}

// lineSizes are owners by the number of their known jobs.
type lineSizes [windowSize + 1]int64

// lineFresh is how long a tool's line is believed: to look at it takes a look at
// all owners.
const lineFresh = 250 * time.Millisecond

// toolLine are the owners with waiting jobs of a tool, by their number.
func (s *Scheduler) toolLine(tool *toolState, now time.Time) *lineSizes {
	if since := now.Sub(tool.lineAt); tool.line != nil && since >= 0 && since < lineFresh {
		return tool.line
	}
	tool.line, tool.lineAt = &lineSizes{}, now
	for _, o := range s.owners {
		if n := 0; !o.paused {
			o.ofTool(tool, func(w *window) { n += len(w.list) })
			tool.line[min(n, windowSize)]++
		}
	}
	tool.line[0] = 0
	return tool.line
}

// ahead is how many of the list's jobs come before one, all if it is not among
// them.
func (w *window) ahead(id job.ID) int64 {
	for i := range w.list {
		if w.list[i].ID == id {
			return int64(i)
		}
	}
	n := len(w.list) + w.passed
	if len(w.list) == 0 {
		n += max(w.unread-1, 0) // it is one of them
	}
	return int64(n)
}

// older is how many of the list's jobs are older than one that may not be among
// them, because its time has not come.
func (w *window) older(id job.ID) (n int64) {
	for i := range w.list {
		if w.list[i].ID.Seq() < id.Seq() {
			n++
		}
	}
	return n
}
