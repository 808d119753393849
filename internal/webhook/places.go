package webhook

import (
	"cmp"
	"slices"
	"sync"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// How many calls run at once. What an owner may add to its own shrinks with the
// places that are left, so that some always are, however many owners have
// receivers that hang; an owner of whom no call runs needs none of them.
const (
	allPlaces      = 1024
	mostPlaces     = 8192 // with the first calls of owners
	ownerPlaces    = 32
	targetPlaces   = 4  // of a target whose last call was accepted; others have one
	unprovenPlaces = 24 // of an owner's targets whose last call was not accepted or is still to come
	failingPlaces  = 16 // of an owner's targets whose last call was not accepted
)

// places counts the calls that run. It is safe for concurrent use.
type places struct {
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

func newPlaces() *places {
	return &places{owners: map[string]*ownerCalls{}, targets: map[string]*targetCalls{}}
}

// take reserves places for due targets: owners take turns, the one with the
// fewest calls first, and an owner's targets do, in the order of their time.
func (p *places) take(due []job.Target) []protocol.Want {
	p.mu.Lock()
	defer p.mu.Unlock()
	turns := p.turns(due)
	var wants []protocol.Want
	index := map[string]int{}
	for len(turns) > 0 {
		turns = slices.DeleteFunc(turns, func(t *turn) bool {
			name, ok := p.next(t)
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

// A turn is an owner's targets in the order in which they get places.
type turn struct {
	owner string
	due   []job.Target
}

// turns sorts due targets by owner.
func (p *places) turns(due []job.Target) []*turn {
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
		return cmp.Or(cmp.Compare(p.calls(a.owner), p.calls(b.owner)), a.due[0].Due.Compare(b.due[0].Due))
	})
	return turns
}

// next reserves a place for the first of an owner's targets that may have one,
// which goes to the end of its line. It needs mu held.
func (p *places) next(t *turn) (name string, ok bool) {
	for len(t.due) > 0 {
		first := t.due[0]
		t.due = t.due[1:]
		if p.reserve(first, t.owner) {
			t.due = append(t.due, first)
			return first.Name, true
		}
	}
	return "", false
}

// calls needs mu held.
func (p *places) calls(owner string) int {
	if o := p.owners[owner]; o != nil {
		return o.all
	}
	return 0
}

// reserve needs mu held.
func (p *places) reserve(d job.Target, owner string) bool {
	o, t := p.owners[owner], p.targets[d.Name]
	if o == nil {
		o = &ownerCalls{}
	}
	if t == nil {
		t = &targetCalls{}
	}
	switch {
	case p.all >= mostPlaces, o.all > 0 && o.all >= min(ownerPlaces, allPlaces-p.all):
		return false
	case d.Standing == job.Proven && t.calls >= targetPlaces:
		return false
	case d.Standing != job.Proven && (t.calls > 0 || o.unproven >= unprovenPlaces):
		return false
	case d.Standing == job.Failing && o.failing >= failingPlaces:
		return false
	}
	p.owners[owner], p.targets[d.Name] = o, t
	p.all++
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

// giveBack frees places: of calls that have ended, or for which there was no
// delivery.
func (p *places) giveBack(name string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.free(name)
	}
}

// free needs mu held.
func (p *places) free(name string) {
	owner := job.Target{Name: name}.Owner()
	o, t := p.owners[owner], p.targets[name]
	p.all--
	o.all--
	t.calls--
	if t.begun != job.Proven { // it was the only one
		o.count(t.begun, -1)
		t.begun = job.Proven
	}
	if t.calls == 0 {
		delete(p.targets, name)
	}
	if o.all == 0 {
		delete(p.owners, owner)
	}
}
