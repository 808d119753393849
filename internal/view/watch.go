package view

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"claimcheck/internal/job"
)

// A Watch tells which of several jobs have changed, for one who follows them all
// and wants no goroutine for each. It is for one goroutine at a time, and must be
// closed.
type Watch struct {
	c    *Cache
	ids  []job.ID
	bell chan struct{} // has room for one

	listens bool         // to what the one job says, too
	said    atomic.Bool  // it has said something since the owner asked
	heard   atomic.Int64 // the position up to which the owner has heard it
	percent atomic.Int64 // how far the job has come
	told    int64        // of that; the owner's alone

	mu      sync.Mutex // guards the field below
	changed []job.ID   // since Next told, each once
}

// Watch begins to watch jobs, each of which counts as changed at first. One that
// is named twice is watched once.
func (c *Cache) Watch(ids []job.ID) *Watch {
	return c.begin(&Watch{ids: slices.Clone(ids)})
}

// Listen begins to watch one job, and to listen to what it says: Next tells of it when
// it has said something, and Said whether it has.
func (c *Cache) Listen(id job.ID) *Watch {
	return c.begin(&Watch{ids: []job.ID{id}, listens: true})
}

func (c *Cache) begin(w *Watch) *Watch {
	w.c, w.bell = c, make(chan struct{}, 1)
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

// Said reports whether the job that is listened to has said something since the owner
// asked last.
func (w *Watch) Said() bool { return w.said.Swap(false) }

// Heard notes up to which position the owner has heard what the job said.
func (w *Watch) Heard(position int64) { w.heard.Store(position) }

// Progress is how far the job that is listened to has come, in percent, and whether that
// has changed since the owner asked last.
func (w *Watch) Progress() (percent int, changed bool) {
	now := w.percent.Load()
	changed = now != w.told
	w.told = now
	return int(now), changed
}

// Progressed tells those who listen to a job how far it has come; r is nil of one that
// is finished.
func (c *Cache) Progressed(id job.ID, r *job.Ready) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progressed(id, r)
}

func (s *shard) progressed(id job.ID, r *job.Ready) {
	if r == nil {
		return
	}
	for w := range s.watches[id] {
		if percent := int64(r.Progress); w.listens && w.percent.Swap(percent) != percent {
			w.ring(id)
		}
	}
}

// Said tells those who listen to a job that it has said something.
func (c *Cache) Said(id job.ID) { c.SaidUpTo(id, math.MaxInt64) }

// SaidUpTo tells those who listen to a job, and have not heard it, that it has said
// something up to a position.
func (c *Cache) SaidUpTo(id job.ID, position int64) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.watches[id] {
		if w.listens && w.heard.Load() < position {
			w.said.Store(true)
			w.ring(id)
		}
	}
}

// Listened returns the jobs that somebody listens to.
func (c *Cache) Listened() (ids []job.ID) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		for id, all := range s.watches {
			for w := range all {
				if w.listens {
					ids = append(ids, id)
					break
				}
			}
		}
		s.mu.Unlock()
	}
	return ids
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
