package view

import (
	"context"

	"claimcheck/internal/job"
)

// Await returns what get gives of a job as soon as enough says so of it, or as it
// is when ctx is done: a long poll. get is asked at once and after each change; it
// is given a context that is not done with ctx. Failures are those of get.
func (c *Cache) Await(ctx context.Context, id job.ID, get func(context.Context) (*Snapshot, error), enough func(*Snapshot) bool) (*Snapshot, error) {
	for {
		snap, done, err := c.awaitOnce(ctx, id, get, enough)
		if done || err != nil {
			return snap, err
		}
	}
}

func (c *Cache) awaitOnce(ctx context.Context, id job.ID, get func(context.Context) (*Snapshot, error), enough func(*Snapshot) bool) (snap *Snapshot, done bool, err error) {
	changed, leave := c.next(id)
	defer leave()
	snap, err = get(context.WithoutCancel(ctx))
	if err != nil || enough(snap) {
		return snap, true, err
	}
	c.saw(id, snap.Job.Version)
	select {
	case <-ctx.Done():
		return snap, true, nil
	case <-changed:
		return nil, false, nil
	}
}

// waiters are those who wait for one job's next change.
type waiters struct {
	changed chan struct{} // closed at the change
	n       int           // how many; the last one to leave removes the entry
	version int64         // that they have seen; 0 if none has looked yet
}

// next returns a channel that is closed at the job's next change, and a
// function to be called when nobody listens to it any more.
func (c *Cache) next(id job.ID) (changed <-chan struct{}, leave func()) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiters[id]
	if w == nil {
		w = &waiters{changed: make(chan struct{})}
		s.waiters[id] = w
	}
	w.n++
	return w.changed, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if w.n--; w.n == 0 && s.waiters[id] == w {
			delete(s.waiters, id)
		}
	}
}

// saw notes which version those who wait for a job have seen.
func (c *Cache) saw(id job.ID, version int64) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiters[id]; w != nil {
		w.version = max(w.version, version)
	}
}

// Awaited returns the jobs that somebody waits for.
func (c *Cache) Awaited() (ids []job.ID) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for id := range s.waiters {
			ids = append(ids, id)
		}
		for id := range s.watches {
			if s.waiters[id] == nil {
				ids = append(ids, id)
			}
		}
		s.mu.Unlock()
	}
	return ids
}

// wake tells all who wait for a job's change.
func (s *shard) wake(id job.ID) {
	if w := s.waiters[id]; w != nil {
		close(w.changed)
		delete(s.waiters, id)
	}
	for w := range s.watches[id] {
		w.ring(id)
	}
}

// behind reports whether somebody who waits for a job's change has seen an older
// version than this one, 0 for none.
func (s *shard) behind(id job.ID, version int64) bool {
	if w := s.waiters[id]; w != nil && (version == 0 || w.version < version) {
		return true
	}
	for _, seen := range s.watches[id] {
		if version == 0 || seen < version {
			return true
		}
	}
	return false
}
