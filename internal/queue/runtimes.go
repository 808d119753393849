package queue

import (
	"encoding/json"
	"math"
	"math/bits"
	"sync"
	"time"
)

// A histogram counts run times in buckets of an eighth of an octave (9 %) from
// a millisecond on. It forgets: when it is full, every count is halved.
type histogram [runBuckets]uint16

const (
	perOctave   = 8
	runBuckets  = 22*perOctave + 2 // up to about an hour
	runFull     = 512              // counts of one histogram
	runFew      = 5                // counts below which the tool's other sizes are asked too
	sizeClasses = 12               // below 1 KiB, 4 KiB, ... 1 GiB, and above
)

func runBucket(d time.Duration) int {
	if d <= time.Millisecond {
		return 0
	}
	b := int(perOctave * math.Log2(float64(d)/float64(time.Millisecond)))
	return min(b+1, runBuckets-1)
}

// runBound is the upper bound of a bucket.
func runBound(b int) time.Duration {
	return time.Duration(math.Exp2(float64(b)/perOctave) * float64(time.Millisecond))
}

func sizeClass(size int64) int {
	if size < 1024 {
		return 0
	}
	return min((bits.Len64(uint64(size))-9)/2, sizeClasses-1)
}

func (h *histogram) count() (n int) {
	for _, c := range h {
		n += int(c)
	}
	return n
}

func (h *histogram) observe(d time.Duration) {
	if h.count() >= runFull {
		for i := range h {
			h[i] /= 2
		}
	}
	h[runBucket(d)]++
}

// remaining returns how long a run that has taken elapsed so far may take from
// here: a quarter of the longer runs were over by then. It is rather too short
// than too long, because whoever asks too early can ask again, and nobody can
// take back a long wait. ok is false if no run took longer.
func (h *histogram) remaining(elapsed time.Duration) (d time.Duration, ok bool) {
	longer := 0
	for b, c := range h {
		if runBound(b) > elapsed {
			longer += int(c)
		}
	}
	if longer == 0 {
		return 0, false
	}
	sooner := 0
	for b, c := range h {
		if runBound(b) <= elapsed {
			continue
		}
		if sooner += int(c); 4*sooner >= longer {
			if early := runBound(b-1) - elapsed; early > 0 {
				return early, true
			}
			return (runBound(b) - elapsed) / 2, true
		}
	}
	panic("queue: a quarter of a histogram is not found")
}

// runtimes knows how long tools ran lately, by size of the input. It is safe
// for concurrent use.
type runtimes struct {
	mu      sync.Mutex // guards the fields below
	tools   map[string]*[sizeClasses]histogram
	changed map[string]bool // since the last save
	own     map[string]bool // tools that ran in this process
	mean    time.Duration   // of all tools, decaying
}

func newRuntimes() *runtimes {
	return &runtimes{tools: map[string]*[sizeClasses]histogram{}, changed: map[string]bool{}, own: map[string]bool{}}
}

// observe records a run.
func (r *runtimes) observe(tool string, size int64, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tools[tool]
	if t == nil {
		t = &[sizeClasses]histogram{}
		r.tools[tool] = t
	}
	t[sizeClass(size)].observe(took)
	r.changed[tool], r.own[tool] = true, true
	if r.mean == 0 {
		r.mean = took
	}
	r.mean += (took - r.mean) / 16
}

// remaining estimates how long a run goes on; ok is false if nothing is known.
func (r *runtimes) remaining(tool string, size int64, elapsed time.Duration) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tools[tool]
	if t == nil {
		return 0, false
	}
	h := t[sizeClass(size)]
	if h.count() < runFew {
		for c := range t {
			if c != sizeClass(size) {
				for b := range h {
					h[b] += t[c][b]
				}
			}
		}
	}
	return h.remaining(elapsed)
}

func (r *runtimes) average() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mean
}

// save returns what changed since the last save, as bytes by tool.
func (r *runtimes) save() (map[string][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string][]byte{}
	for tool := range r.changed {
		b, err := json.Marshal(r.tools[tool])
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
	var sum time.Duration
	n := 0
	for tool, b := range all {
		var t [sizeClasses]histogram
		if r.own[tool] || json.Unmarshal(b, &t) != nil {
			continue
		}
		r.tools[tool] = &t
		for _, h := range t {
			for b, c := range h {
				sum += time.Duration(c) * runBound(b)
				n += int(c)
			}
		}
	}
	if n > 0 && len(r.own) == 0 {
		r.mean = sum / time.Duration(n)
	}
}
