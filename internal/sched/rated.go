package sched

import (
	"time"

	"claimcheck/internal/job"
)

// limited tells how the gates of a job's window keep it waiting: known jobs of its
// owner are in the window, and before come before it.
func (s *Scheduler) limited(p *position, mine *window, known, before int64, now time.Time) {
	limits := &mine.tool.rules.Limits
	if g := mine.tool.slotted[mine.slots]; limits.Most > 0 {
		p.toolMost = limits.Most
		p.toolRuns, p.ofTool = 0, s.before(g, known, before, now)
		if g != nil {
			p.toolRuns, p.tool = max(g.running, 0), p.tool || g.room(now) <= 0
			if g.blocked {
				p.toolRuns = limits.Most
			}
		}
	}
	if limits.Rate.Any() {
		g := mine.tool.paced[mine.rate]
		if g == nil {
			g = &gate{tool: mine.tool, key: mine.rate, paced: true}
		}
		p.rate = limits.Rate.Each()
		p.rated = g.state.Wait(limits.Rate, now, s.before(g, known, before, now))
	}
}

// before is how many jobs come before one at a gate, about, owners taking turns.
func (s *Scheduler) before(g *gate, known, before int64, now time.Time) int64 {
	if g == nil {
		return before
	}
	if g.line == nil || now.Sub(g.lineAt) < 0 || now.Sub(g.lineAt) >= lineFresh {
		g.line, g.lineAt = s.gateLine(g), now
	}
	most, least := inTurn(g.line, known, before)
	return before + (most+least)/2
}

// gateLine are the owners with waiting jobs that go through a gate, by their number.
func (s *Scheduler) gateLine(g *gate) *lineSizes {
	line := &lineSizes{}
	for _, o := range s.owners {
		if o.paused {
			continue
		}
		n := 0
		o.ofTool(g.tool, func(w *window) {
			if g.paced && w.rate == g.key || !g.paced && w.slots == g.key {
				n += len(w.list)
			}
		})
		line[min(n, windowSize)]++
	}
	line[0] = 0
	return line
}

// behind is how many jobs of an owner come before one that is behind those of its
// window that are known, as far as the store has told how many there are; 0 for one
// that is among them.
func (o *owner) behind(mine *window, id job.ID) (n int64) {
	o.ofTool(mine.tool, func(w *window) {
		if w.strand != mine.strand || !w.more {
			return
		}
		for i := range w.list {
			if w.list[i].ID == id {
				return
			}
		}
		n = max(w.queued-1, 0)
	})
	return n
}
