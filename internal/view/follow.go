package view

import (
	"sync"
	"sync/atomic"
)

// followers are those who follow all of an owner's jobs, or some that they name in
// other ways than by their ids: groups, feeds.
type followers struct {
	n atomic.Int64 // how many; while there are none a change costs a look at it

	mu  sync.Mutex // guards the field below
	all map[string]map[*Follow]bool
}

// A Follow tells that something has become of an owner's jobs. It must be closed.
type Follow struct {
	// C receives after each change of one of the owner's jobs that is known here, and
	// after each of any owner's on other servers; one pending signal is enough. It is a
	// hint: some changes on other servers are not told.
	C <-chan struct{}

	bell  chan struct{}
	owner string
	of    *followers
}

// Follow begins to follow an owner's jobs.
func (c *Cache) Follow(owner string) *Follow {
	f := &Follow{bell: make(chan struct{}, 1), owner: owner, of: &c.followers}
	f.C = f.bell
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.of.all == nil {
		f.of.all = map[string]map[*Follow]bool{}
	}
	if f.of.all[owner] == nil {
		f.of.all[owner] = map[*Follow]bool{}
	}
	f.of.all[owner][f] = true
	f.of.n.Add(1)
	return f
}

// Close ends it.
func (f *Follow) Close() {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if !f.of.all[f.owner][f] {
		return
	}
	if delete(f.of.all[f.owner], f); len(f.of.all[f.owner]) == 0 {
		delete(f.of.all, f.owner)
	}
	f.of.n.Add(-1)
}

// Changed tells those who follow an owner's jobs.
func (c *Cache) Changed(owner string) {
	if c.followers.n.Load() == 0 {
		return
	}
	c.followers.mu.Lock()
	defer c.followers.mu.Unlock()
	for f := range c.followers.all[owner] {
		f.ring()
	}
}

// ChangedElsewhere tells all who follow any owner's jobs: another server has changed
// some, and whose they are is not known.
func (c *Cache) ChangedElsewhere() {
	if c.followers.n.Load() == 0 {
		return
	}
	c.followers.mu.Lock()
	defer c.followers.mu.Unlock()
	for _, of := range c.followers.all {
		for f := range of {
			f.ring()
		}
	}
}

func (f *Follow) ring() {
	select {
	case f.bell <- struct{}{}:
	default:
	}
}
