package webhook

import (
	"sync"

	"claimcheck/internal/job"
)

// How many calls run at once.
const (
	allPlaces      = 512
	ownerPlaces    = 32
	targetPlaces   = 4   // of a target whose last call was accepted; others have one
	unprovenPlaces = 384 // of all targets whose last call was not accepted or is still to come
	failingPlaces  = 256 // of all targets whose last call was not accepted
)

// places counts the calls that run. It is safe for concurrent use.
type places struct {
	mu       sync.Mutex // guards the fields below
	all      int
	unproven int // calls of targets that were unproven when they were begun
	failing  int // those of them that were failing
	owners   map[string]int
	targets  map[string]*target
}

// A standing is what is known of a target.
type standing uint8

const (
	unknown standing = iota
	proven           // its last call was accepted
	failing          // it was not
)

// A target is kept while something is known of it or it is called.
type target struct {
	standing standing
	calls    int
	begun    standing // of the one call, if it was begun as unproven
	unproven bool     // there is such a call
}

func newPlaces() *places {
	return &places{owners: map[string]int{}, targets: map[string]*target{}}
}

// take reserves places for due targets, in their order one each, then again:
// nobody gets a second before everybody had a first.
func (p *places) take(due []job.Target) []job.Want {
	p.mu.Lock()
	defer p.mu.Unlock()
	var wants []job.Want
	index := map[string]int{}
	for range targetPlaces {
		for i := range due {
			name := due[i].Name
			if !p.reserve(name, due[i].Owner()) {
				continue
			}
			n, ok := index[name]
			if !ok {
				n = len(wants)
				index[name] = n
				wants = append(wants, job.Want{Target: name})
			}
			wants[n].Most++
		}
	}
	return wants
}

func (p *places) reserve(name, owner string) bool {
	t := p.targets[name]
	if t == nil {
		t = &target{}
	}
	switch {
	case p.all >= allPlaces || p.owners[owner] >= ownerPlaces:
		return false
	case t.standing == proven && t.calls >= targetPlaces:
		return false
	case t.standing != proven && (t.calls > 0 || p.unproven >= unprovenPlaces):
		return false
	case t.standing == failing && p.failing >= failingPlaces:
		return false
	}
	p.targets[name] = t
	p.all++
	p.owners[owner]++
	t.calls++
	if t.standing != proven {
		t.unproven, t.begun = true, t.standing
		p.count(t.begun, 1)
	}
	return true
}

func (p *places) count(s standing, n int) {
	p.unproven += n
	if s == failing {
		p.failing += n
	}
}

// giveBack frees places for which there was no delivery.
func (p *places) giveBack(name string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.free(name)
	}
}

// ended frees the place of a call and notes how it went.
func (p *places) ended(name string, accepted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.targets) > maxTargets { // forget what is known, not who is called
		for n, t := range p.targets {
			if t.standing = unknown; t.calls == 0 {
				delete(p.targets, n)
			}
		}
	}
	if p.targets[name].standing = failing; accepted {
		p.targets[name].standing = proven
	}
	p.free(name)
}

// free needs mu held.
func (p *places) free(name string) {
	t, owner := p.targets[name], job.Target{Name: name}.Owner()
	p.all--
	if p.owners[owner]--; p.owners[owner] == 0 {
		delete(p.owners, owner)
	}
	t.calls--
	if t.unproven {
		t.unproven = false
		p.count(t.begun, -1)
	}
	if t.calls == 0 && t.standing == unknown {
		delete(p.targets, name)
	}
}
