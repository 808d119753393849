package sched

import (
	"claimcheck/internal/job"
)

// Jobs of a tool whose limits go by metadata are in windows by their strands, so that
// those whose allowance is used up stand before nobody else's. Which strands there are
// is read from the store, some at a time, by the window of no strand.
const (
	maxStrands  = 1024 // of one owner and tool that are known at a time
	strandsRead = 256  // at once
	frontsRead  = 4    // jobs of each, then
	strandShare = 8192 // jobs in all windows of a turn, about, where there are many
)

// stranded reports whether the tool's jobs are in windows by strand.
func (t *toolState) stranded() bool { return t.rules.Limits.Stranded() }

// roomOf is how many waiting jobs a window of a turn keeps.
func (s *Scheduler) roomOf(t *turn, w *window) int {
	if !w.tool.stranded() {
		return s.room()
	}
	return min(s.room(), max(strandShare/max(len(t.windows), 1), leastWindow))
}

// ofTool calls each with the owner's windows of a tool.
func (o *owner) ofTool(tool *toolState, each func(*window)) {
	for _, t := range o.turns {
		for _, w := range t.windows {
			if w.tool == tool {
				each(w)
			}
		}
	}
}

// crowded reports whether so many strands of an owner are known that no other one's
// jobs are kept.
func (s *Scheduler) crowded(ownerName string, tool *toolState, strand string) bool {
	o := s.owners[ownerName]
	if o == nil {
		return false
	}
	n, has := 0, false
	o.ofTool(tool, func(w *window) {
		n++
		has = has || w.strand == strand
	})
	return !has && n > 2*maxStrands
}

// known is how many waiting jobs of the window there are, as far as is known.
func (w *window) known() int64 { return max(int64(len(w.list)+w.passed), w.queued) }

// lookStranded is Look for a tool whose jobs are in windows by strand.
func (s *Scheduler) lookStranded(t *turn, tool *toolState, queued int64) {
	var known int64
	more := false
	t.owner.ofTool(tool, func(w *window) {
		if w.strand == "" {
			return
		}
		w.queued = 0 // it is counted from what is known again
		if w.passed > 0 && s.now().Sub(w.scanned) >= passedFor {
			s.restart(t.owner, w)
		}
		known += int64(len(w.list) + w.passed)
		more = more || w.more
	})
	if more || queued > known {
		t.window(tool, "").more = true
	}
}

// hungryForStrands asks for the strands that are not known.
func (s *Scheduler) hungryForStrands(t *turn, w *window) *hunger {
	h := &hunger{owner: t.owner.name, tool: w.tool.name, past: w.cursor, most: frontsRead}
	n := 0
	t.owner.ofTool(w.tool, func(*window) { n++ })
	h.strands = min(max(maxStrands-n, 1), strandsRead)
	t.filling, w.more = true, false
	return h
}

// fillStrands puts what comes first of some strands into their windows.
func (s *Scheduler) fillStrands(t *turn, index *window, h hunger, fronts []job.Candidate) {
	read, last := map[string]int{}, ""
	for i := range fronts {
		c := &fronts[i]
		read[c.Strand]++
		last = c.Strand
		w := t.window(index.tool, c.Strand)
		switch {
		case s.knows(c.ID):
		case s.waitsForTrial(c):
			w.more = true // it is read with those behind it
		default:
			s.grow(t.owner, w, w.insert(*c, s.roomOf(t, w)))
		}
		w.more = w.more || read[c.Strand] == h.most
	}
	index.cursor = ""
	if len(read) == h.strands {
		index.cursor = last
		index.more = len(t.windows) < maxStrands // the next look goes on there else
	}
}
