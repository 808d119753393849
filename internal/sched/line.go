package sched

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// windowSize is how many waiting jobs of one owner and tool are kept in memory
// at most; the rest stays in the store, so that memory and cost do not grow with
// the queue.
const (
	windowSize  = 256
	leastWindow = 16      // of it where there are many owners
	maxKnown    = 200_000 // jobs in memory, about, until that would mean less
)

// ownLane is the lane of the jobs that this process runs. Each tool whose jobs
// remote programs come for is a lane of its own.
const ownLane = ""

// A lane is what one kind of worker takes jobs from: owners in turn.
type lane struct {
	name string
	ring []*turn // owners with something to run; the first one is next
}

// An owner is what is known of an owner's jobs.
type owner struct {
	name    string
	turns   []*turn // one for each lane
	running int64
	Share
	blocked bool // the store says that the limit is reached: wait for an end or the next look
	paused  bool // an operator lets none of its jobs begin
	known   int  // jobs in all windows, those that are paused aside
}

// A turn is an owner's position in a lane.
type turn struct {
	owner   *owner
	lane    *lane
	windows []*window // one for each tool
	deficit int64     // jobs that may still be begun in this round
	inRing  bool
	filling bool // its owner's jobs are being read: it comes back then
}

// A window is one owner's waiting jobs of one tool.
type window struct {
	tool   *toolState
	strand string          // of its jobs, where the tool's limits go by metadata; empty there: of the strands that are not known
	list   []job.Candidate // by priority, then age
	more   bool            // the store has waiting jobs that are not in the list
	queued int64           // jobs in it and behind it in the store, about; 0 while that was not told

	rate, slots string // keys of its gates
	cursor      string // of the window of no strand: the last strand that was read

	// Jobs that were handed in while the list was empty and the store had more: they
	// are read with those before them, when one of them may run. Nothing but a
	// position depends on their number.
	unread int

	parked bool // it is among those that wait for the tool's room, or at a gate

	// Jobs that wait for the trial of an equal input are not kept where others
	// are behind them: the store keeps their position, and reading goes on past them.
	passed  int           // jobs that were passed over
	past    job.Candidate // reading goes on behind it; zero: from the beginning
	scanned time.Time     // when reading from the beginning last began
}

// A Share is what a plan says of an owner's part of the work.
type Share struct {
	Most   int64 // jobs that may run at once, 0 for no limit
	Weight int64 // jobs begun in one turn, at least 1
}

// ShareOf returns the share of owners with a plan.
func ShareOf(p account.Plan) Share {
	return Share{Most: p.MaxRunningJobs, Weight: max(p.Weight, 1)}
}

// free is how many more jobs of the owner may run.
func (o *owner) free() int64 {
	if o.blocked || o.paused {
		return 0
	}
	if o.Most == 0 {
		return windowSize
	}
	return o.Most - o.running
}

// idle reports whether nothing is known of the owner but its name.
func (o *owner) idle() bool {
	return o.running <= 0 && !slices.ContainsFunc(o.turns, func(t *turn) bool { return t.waits() || t.passes() })
}

// waits reports whether the owner has, or may have, jobs waiting in the lane.
func (t *turn) waits() bool {
	return t.filling || slices.ContainsFunc(t.windows, func(w *window) bool { return len(w.list) > 0 || w.more })
}

// passes reports whether the owner has jobs in the lane that wait for a trial.
func (t *turn) passes() bool {
	return slices.ContainsFunc(t.windows, func(w *window) bool { return w.passed > 0 })
}

// ready reports whether the owner has, or may have, jobs waiting in the lane that
// do not wait for their tool's room.
func (t *turn) ready() bool {
	return slices.ContainsFunc(t.windows, func(w *window) bool { return !w.parked && (len(w.list) > 0 || w.more) })
}

// window returns the window of a tool and strand, made empty if there is none. Strands
// make a difference only where the tool's limits go by metadata.
func (t *turn) window(tool *toolState, strand string) *window {
	if !tool.stranded() {
		strand = ""
	}
	for _, w := range t.windows {
		if w.tool == tool && w.strand == strand {
			return w
		}
	}
	w := &window{tool: tool, strand: strand}
	if tool.rules.Limits.Any() {
		w.rate, w.slots = tool.keysOf(t.owner.name, strand)
	}
	t.windows = append(t.windows, w)
	return w
}

// tidy drops windows that are empty for good.
func (t *turn) tidy() {
	t.windows = slices.DeleteFunc(t.windows, func(w *window) bool { return len(w.list) == 0 && !w.more && w.passed == 0 && w.cursor == "" })
}

// before orders candidates: by priority, then age.
func before(a, b job.Candidate) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.ID.Seq(), b.ID.Seq()), bytes.Compare(a.ID[:], b.ID[:]))
}

// overtaking is how much younger, in milliseconds, a job may be than one whose
// input is a class larger and still come before it. So the largest class waits
// some twenty seconds longer at most.
const overtaking = 2000

// rank orders an owner's jobs of one priority: the lowest is next.
func rank(c *job.Candidate) int64 {
	const counterBits = 12 // of job.ID.Seq, below its milliseconds
	return c.ID.Seq() + int64(sizeClass(c.InputSize))*overtaking<<counterBits
}

// next returns the index in the list of the job that is to be begun first of
// those that do not wait for a trial, -1 if there is none.
func (w *window) next(waits func(*job.Candidate) bool) int {
	best := -1
	for i := range w.list {
		c := &w.list[i]
		if best >= 0 {
			b := &w.list[best]
			if c.Priority < b.Priority || c.ID.Seq() > rank(b) {
				break // nor does any behind it come before
			}
			if rank(c) >= rank(b) {
				continue
			}
		}
		if !waits(c) {
			best = i
		}
	}
	return best
}

// take removes the candidate at an index.
func (w *window) take(i int) job.Candidate {
	w.queued = max(w.queued-1, 0)
	c := w.list[i]
	if i == 0 {
		w.list = w.list[1:]
	} else {
		w.list = slices.Delete(w.list, i, i+1)
	}
	return c
}

// add puts a candidate at its position in the list, if it belongs there, and
// returns by how many the list grew.
func (w *window) add(c job.Candidate, most int) int {
	isPast := w.past.ID != (job.ID{}) && before(c, w.past) < 0
	if w.more && !isPast && (len(w.list) == 0 || before(c, w.list[len(w.list)-1]) > 0) {
		if len(w.list) == 0 {
			w.unread++
		}
		return 0 // it is behind jobs that are not in the list
	}
	return w.insert(c, most)
}

func (w *window) insert(c job.Candidate, most int) int {
	i, found := slices.BinarySearchFunc(w.list, c, before)
	if found {
		return 0
	}
	w.list = slices.Insert(w.list, i, c)
	if over := len(w.list) - most; over > 0 {
		w.list, w.more = w.list[:most], true
		if w.past.ID != (job.ID{}) {
			w.past = w.list[most-1] // what was cut off is to be read again
		}
		return 1 - over
	}
	return 1
}

// choose returns the window whose next job is to be begun first, of the windows
// that may run and the jobs that do not wait for a trial; hungry is one that
// must be read from the store before that can be said.
func (t *turn) choose(may func(*window) bool, waits func(*job.Candidate) bool) (best *window, at int, hungry *window) {
	for _, w := range t.windows {
		if len(w.list) == 0 && !w.more || !may(w) {
			continue
		}
		i := w.next(waits)
		if i < 0 {
			if w.more {
				return nil, 0, w
			}
			continue
		}
		if best == nil || first(&w.list[i], &best.list[at]) {
			best, at = w, i
		}
	}
	return best, at, nil
}

// first reports whether a is to be begun before b of the same owner.
func first(a, b *job.Candidate) bool {
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	return rank(a) < rank(b)
}
