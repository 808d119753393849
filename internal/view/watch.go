package view

import (
	"context"
	"slices"
	"sync"

	"claimcheck/internal/job"
)

// A Watch tells which of several jobs have changed, for one who follows them all
// and wants no goroutine for each. It is for one goroutine at a time, and must be
// closed.
type Watch struct {
	c    *Cache
	ids  []job.ID
	bell chan struct{} // has room for one

	mu      sync.Mutex // guards the field below
	changed []job.ID   // since Next told, each once
}

// Watch begins to watch jobs, each of which counts as changed at first. One that
// is named twice is watched once.
func (c *Cache) Watch(ids []job.ID) *Watch {
	w := &Watch{c: c, ids: slices.Clone(ids), bell: make(chan struct{}, 1)}
	for _, id := range w.ids {
		c.shard(id).join(w, id)
		w.ring(id)
	}
	return w
}

// Next returns the jobs that have changed, or are gone, since it last told, as
// soon as there are any; none when ctx is done. If more happens before its owner
// looks, it tells of it again.
func (w *Watch) Next(ctx context.Context) []job.ID {
	select {
	case <-ctx.Done():
		return nil
	case <-w.bell:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := w.changed
	w.changed = nil
	return ids
}

// Saw notes which version of a job the owner has seen, so that other servers'
// news of it is not told again.
func (w *Watch) Saw(id job.ID, version int64) {
	s := w.c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, watched := s.watches[id][w]; watched {
		s.watches[id][w] = max(seen, version)
	}
}

// Drop ends the watch of one job.
func (w *Watch) Drop(id job.ID) { w.c.shard(id).part(w, id) }

// Close ends the watch.
func (w *Watch) Close() {
	for _, id := range w.ids {
		w.Drop(id)
	}
}

// ring notes a change; it never waits.
func (w *Watch) ring(id job.ID) {
	w.mu.Lock()
	if !slices.Contains(w.changed, id) {
		w.changed = append(w.changed, id)
	}
	w.mu.Unlock()
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

// join begins a watch of one job, of which its owner has seen nothing.
func (s *shard) join(w *Watch, id job.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watches[id] == nil {
		s.watches[id] = map[*Watch]int64{}
	}
	s.watches[id][w] = 0
}

// part ends it.
func (s *shard) part(w *Watch, id job.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.watches[id], w); len(s.watches[id]) == 0 {
		delete(s.watches, id)
	}
}
