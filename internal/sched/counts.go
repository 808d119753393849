package sched

import (
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// counts are the unfinished jobs of each owner, and what the store says of all
// servers together.
type counts struct {
	unfinished sync.Map // owner -> *atomic.Int64

	mu      sync.Mutex // guards the fields below
	known   bool
	owners  map[string]account.Counts
	tools   map[string]toolCounts
	queued  int64
	running int64
}

// toolCounts are the unfinished jobs of one tool.
type toolCounts struct {
	running int64
	queued  map[string]int64 // by owner
}

// Accepted counts an owner's new job.
func (s *Scheduler) Accepted(owner string) { s.counts.of(owner).Add(1) }

// Over counts an owner's job that is final or gone.
func (s *Scheduler) Over(owner string) { s.counts.of(owner).Add(-1) }

// Unfinished returns how many of an owner's jobs are not final.
func (s *Scheduler) Unfinished(owner string) int64 { return s.counts.of(owner).Load() }

func (c *counts) of(owner string) *atomic.Int64 {
	if n, ok := c.unfinished.Load(owner); ok {
		return n.(*atomic.Int64) //nolint:errcheck // the map has nothing else
	}
	n, _ := c.unfinished.LoadOrStore(owner, new(atomic.Int64))
	return n.(*atomic.Int64) //nolint:errcheck // the map has nothing else
}

// Learn takes the store's counts of each owner and tool. Where nobody else
// writes, what this process counts itself is as good, and is never late.
func (s *Scheduler) Learn(backlog []account.ToolCount) {
	a := &s.counts
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known && !s.config.Shared {
		return
	}
	before, unfinished := a.owners, map[string]int64{}
	a.known, a.owners, a.tools, a.queued, a.running = true, map[string]account.Counts{}, map[string]toolCounts{}, 0, 0
	for _, c := range backlog {
		unfinished[c.Owner] += c.Queued + c.Running
		if s.PauseOf(c.Owner, c.Tool) != "" {
			c.Queued = 0 // they come before nobody
		}
		n := a.owners[c.Owner]
		n.Queued += c.Queued
		n.Running += c.Running
		a.owners[c.Owner] = n
		a.tools[c.Tool] = a.tools[c.Tool].with(c)
		a.queued += c.Queued
		a.running += c.Running
	}
	for owner, n := range unfinished {
		a.of(owner).Store(n)
	}
	for owner := range before {
		if _, still := a.owners[owner]; !still {
			a.of(owner).Store(0)
		}
	}
}

// with adds what is counted of one owner.
func (t toolCounts) with(c account.ToolCount) toolCounts {
	if t.queued == nil {
		t.queued = map[string]int64{}
	}
	t.running += c.Running
	t.queued[c.Owner] += c.Queued
	return t
}

// before is how many jobs of the tool come at most before an owner's last one,
// owners taking turns.
func (t toolCounts) before(owner string) (n int64) {
	own := t.queued[owner]
	for name, queued := range t.queued {
		if name != owner {
			n += min(queued, own)
		}
	}
	return n + max(own-1, 0)
}

// position tells where a waiting job stands: by what this process knows of the
// order, or, where other servers run the jobs, by the store's counts.
func (s *Scheduler) position(j *job.Job) position {
	p := s.here(j)
	rules := s.config.Tools(j.Tool)
	p.workers = int64(s.config.Workers)
	if rules.Pull {
		p.running, p.workers = p.toolRuns, max(p.toolRuns, 1) // remote programs: as many as are seen
	}
	if !s.config.Shared {
		return p
	}
	a := &s.counts
	a.mu.Lock()
	defer a.mu.Unlock()
	tool := a.tools[j.Tool]
	p.toolRuns = max(p.toolRuns, tool.running)
	p.ownRunning = max(p.ownRunning, a.owners[j.Owner].Running)
	if rules.Pull {
		p.running, p.workers = p.toolRuns, max(p.toolRuns, 1)
	} else {
		p.running = max(p.running, a.running)
		p.workers = max(p.workers, a.running, 1)
	}
	if s.Concerns(j.Tool) {
		return p
	}
	p.own = max(a.owners[j.Owner].Queued-1, 0)
	ofOthers := max(a.queued-p.own-1, 0)
	p.ahead = p.own + min(ofOthers, (p.own+1)*max(int64(len(a.owners))-1, 0))
	p.likely = p.ahead
	p.toolMost = rules.MaxRunning
	if p.toolMost > 0 {
		p.ofTool = tool.before(j.Owner)
	}
	if limits := &rules.Limits; limits.Rate.Any() { // servers that run them know better
		n := p.own
		if limits.By == "" {
			n = tool.before(j.Owner)
		}
		p.rate = limits.Rate.Each()
		p.rated = time.Duration(n) * p.rate
	}
	return p
}
