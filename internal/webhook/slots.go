package webhook

import (
	"cmp"
	"slices"
	"sync"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// How many calls run at once. The fewer slots are left, the fewer an owner may
// add to its own, so that owners whose receivers hang never take all of them. An
// owner's first call needs none.
const (
	allSlots      = 1024
	mostSlots     = 8192 // the first calls of owners included
	ownerSlots    = 32
	targetSlots   = 4  // of a target whose last call was accepted; any other has one
	unprovenSlots = 24 // of an owner's targets whose last call was not accepted or is still to come
	failingSlots  = 16 // of an owner's targets whose last call was not accepted
)

// slots counts the calls that run. It is safe for concurrent use.
type slots struct {
	mu      sync.Mutex // guards the fields below
	all     int
	owners  map[string]*ownerCalls
	targets map[string]*targetCalls
}

// ownerCalls are the calls of one owner's targets.
type ownerCalls struct {
	all      int
	unproven int // of targets that were not proven when they were begun
	failing  int // those of them that were failing
}

// targetCalls are the calls of one target.
type targetCalls struct {
	calls int
	begun job.TargetStanding // of the only call, if it was begun as not proven
}

func newSlots() *slots {
	return &slots{owners: map[string]*ownerCalls{}, targets: map[string]*targetCalls{}}
}

// take reserves slots for due targets: owners take turns, the one with the
// fewest calls first, and an owner's targets do, in the order of their time.
func (s *slots) take(due []job.Target) []protocol.Want {
	s.mu.Lock()
	defer s.mu.Unlock()
	turns := s.turns(due)
	var wants []protocol.Want
	index := map[string]int{}
	for len(turns) > 0 {
		turns = slices.DeleteFunc(turns, func(t *turn) bool {
			name, ok := s.next(t)
			if !ok {
				return true
			}
			n, known := index[name]
			if !known {
				n = len(wants)
				index[name] = n
				wants = append(wants, protocol.Want{Target: name})
			}
			wants[n].Most++
			return false
		})
	}
	return wants
}

// A turn is an owner's targets in the order in which they get slots.
type turn struct {
	owner string
	due   []job.Target
}

// turns sorts due targets by owner.
func (s *slots) turns(due []job.Target) []*turn {
	var turns []*turn
	of := map[string]*turn{}
	for _, d := range due {
		owner := d.Owner()
		if of[owner] == nil {
			of[owner] = &turn{owner: owner}
			turns = append(turns, of[owner])
		}
		of[owner].due = append(of[owner].due, d)
	}
	for _, t := range turns {
		slices.SortStableFunc(t.due, func(a, b job.Target) int { return a.Due.Compare(b.Due) })
	}
	slices.SortStableFunc(turns, func(a, b *turn) int {
		return cmp.Or(cmp.Compare(s.calls(a.owner), s.calls(b.owner)), a.due[0].Due.Compare(b.due[0].Due))
	})
	return turns
}

// next reserves a slot for the first of an owner's targets that may have one,
// which goes to the end of its line. It needs mu locked.
func (s *slots) next(t *turn) (name string, ok bool) {
	for len(t.due) > 0 {
		first := t.due[0]
		t.due = t.due[1:]
		if s.reserve(first, t.owner) {
			t.due = append(t.due, first)
			return first.Name, true
		}
	}
	return "", false
}

// calls needs mu locked.
func (s *slots) calls(owner string) int {
	if o := s.owners[owner]; o != nil {
		return o.all
	}
	return 0
}

// reserve needs mu locked.
func (s *slots) reserve(d job.Target, owner string) bool {
	o, t := s.owners[owner], s.targets[d.Name]
	if o == nil {
		o = &ownerCalls{}
	}
	if t == nil {
		t = &targetCalls{}
	}
	switch {
	case s.all >= mostSlots, o.all > 0 && o.all >= min(ownerSlots, allSlots-s.all):
		return false
	case d.Standing == job.Proven && t.calls >= targetSlots:
		return false
	case d.Standing != job.Proven && (t.calls > 0 || o.unproven >= unprovenSlots):
		return false
	case d.Standing == job.Failing && o.failing >= failingSlots:
		return false
	}
	s.owners[owner], s.targets[d.Name] = o, t
	s.all++
	o.all++
	t.calls++
	if t.calls == 1 {
		t.begun = d.Standing
		o.count(t.begun, 1)
	}
	return true
}

// count counts a call of a target that was begun with a standing.
func (o *ownerCalls) count(begun job.TargetStanding, n int) {
	if begun != job.Proven {
		o.unproven += n
	}
	if begun == job.Failing {
		o.failing += n
	}
}

// giveBack frees slots: of calls that have ended, or for which there was no
// delivery.
func (s *slots) giveBack(name string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.free(name)
	}
}

// free needs mu locked.
func (s *slots) free(name string) {
	owner := job.Target{Name: name}.Owner()
	o, t := s.owners[owner], s.targets[name]
	s.all--
	o.all--
	t.calls--
	if t.begun != job.Proven { // it was the only one
		o.count(t.begun, -1)
		t.begun = job.Proven
	}
	if t.calls == 0 {
		delete(s.targets, name)
	}
	if o.all == 0 {
		delete(s.owners, owner)
	}
}
