package sched

import (
	"encoding/json"
	"math/bits"
	"sync"
	"time"
)

const (
	runsKept    = 64 // of one tool and size
	runsEnough  = 5  // below which the tool's other sizes are asked too
	sizeClasses = 12 // below 1 KiB, 4 KiB, ... 1 GiB, and above
)

func sizeClass(size int64) int {
	if size < 1024 {
		return 0
	}
	return min((bits.Len64(uint64(size))-9)/2, sizeClasses-1)
}

// lately are how long the last runs took, in milliseconds, the oldest first up
// to runsKept; from then on each takes the index of the oldest. It forgets by
// itself.
type lately struct {
	took []uint32
	next int // index that the next one takes
}

func (l *lately) observe(took time.Duration) {
	ms := uint32(min(max(took.Milliseconds(), 0), 1<<32-1))
	if len(l.took) < runsKept {
		l.took = append(l.took, ms)
		return
	}
	l.took[l.next] = ms
	l.next = (l.next + 1) % runsKept
}

// A toolRuns is what is known of one tool.
type toolRuns struct {
	sizes [sizeClasses]lately
	mean  mean
}

// A mean forgets: the last sixteen values or so make most of it.
type mean struct {
	is time.Duration
	n  time.Duration // values, up to meanOver
}

const meanOver = 16

func (m *mean) add(d time.Duration) {
	m.n = min(m.n+1, meanOver)
	m.is += (d - m.is) / m.n
}

// with is the mean with some more values, in milliseconds.
func (m mean) with(more []uint32) time.Duration {
	for _, ms := range more {
		m.add(time.Duration(ms) * time.Millisecond)
	}
	return m.is
}

// Observe records for how long a tool ran with an input of a size.
func (s *Scheduler) Observe(tool string, size int64, took time.Duration) {
	s.runs.observe(tool, size, took)
}

// UsualRun is how long half of a tool's runs take with inputs of about a size; ok is
// false if none is known.
func (s *Scheduler) UsualRun(tool string, size int64) (took time.Duration, ok bool) {
	return typical(s.runs.of(tool, size), 0)
}

// SaveRuns returns, by tool, how long runs took of tools of which that has changed
// since the last time, in an encoding of its own, for LoadRuns.
func (s *Scheduler) SaveRuns() (map[string][]byte, error) { return s.runs.save() }

// LoadRuns takes what SaveRuns gave, here or on another server, of tools that have
// not run in this process.
func (s *Scheduler) LoadRuns(all map[string][]byte) { s.runs.load(all) }

// runtimes knows how long tools ran lately, by size of the input. It is safe
// for concurrent use.
type runtimes struct {
	mu      sync.Mutex // guards the fields below
	tools   map[string]*toolRuns
	changed map[string]bool // since the last save
	own     map[string]bool // tools that ran in this process
	mean    mean            // of all tools
}

func newRuntimes() *runtimes {
	return &runtimes{tools: map[string]*toolRuns{}, changed: map[string]bool{}, own: map[string]bool{}}
}

// observe records a run.
func (r *runtimes) observe(tool string, size int64, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tools[tool]
	if t == nil {
		t = &toolRuns{}
		r.tools[tool] = t
	}
	t.sizes[sizeClass(size)].observe(took)
	t.mean.add(took)
	r.mean.add(took)
	r.changed[tool], r.own[tool] = true, true
}

// of returns how long the tool ran lately with inputs of about this size, in
// milliseconds; where few are known, with others too.
func (r *runtimes) of(tool string, size int64) (all []uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tools[tool]
	if t == nil {
		return all
	}
	class := sizeClass(size)
	all = append(all, t.sizes[class].took...)
	for c := 0; c < sizeClasses && len(all) < runsEnough; c++ {
		if c != class {
			all = append(all, t.sizes[c].took...)
		}
	}
	return all
}

// means are about how long a run of the tool takes, and one of any tool.
func (r *runtimes) means(tool string) (ofTool, ofAll mean) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.tools[tool]; t != nil {
		ofTool = t.mean
	}
	return ofTool, r.mean
}

// savedRuns is how a tool's runs are kept: milliseconds by size of the input, the oldest
// first.
type savedRuns struct {
	Took [sizeClasses][]uint32 `json:"took_ms"`
}

// save returns what changed since the last save, as bytes by tool.
func (r *runtimes) save() (map[string][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string][]byte{}
	for tool := range r.changed {
		var s savedRuns
		for c := range s.Took {
			l := &r.tools[tool].sizes[c]
			s.Took[c] = append(append([]uint32{}, l.took[l.next:]...), l.took[:l.next]...)
		}
		b, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		all[tool] = b
	}
	clear(r.changed)
	return all, nil
}

// load takes what was saved of tools that have not run in this process; what
// cannot be read is as good as unknown.
func (r *runtimes) load(all map[string][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var of mean
	for tool, b := range all {
		var s savedRuns
		if r.own[tool] || json.Unmarshal(b, &s) != nil {
			continue
		}
		t := &toolRuns{}
		for c, took := range s.Took {
			for _, ms := range took {
				d := time.Duration(ms) * time.Millisecond
				t.sizes[c].observe(d)
				t.mean.add(d)
				of.add(d)
			}
		}
		r.tools[tool] = t
	}
	if of.n > 0 && len(r.own) == 0 {
		r.mean = of
	}
}
