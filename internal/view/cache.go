// Package view keeps what clients read: jobs, each as it was at one version, with
// room for the bytes of an answer about it. Whoever asks again for a version that
// is known costs one look-up; whoever waits for a change (a long poll) is woken by
// it. What is here is a copy: what is true is in the store.
package view

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/job"
)

// Config is what a Cache needs.
type Config struct {
	Bytes int64            // memory for jobs; 0: none is kept
	Now   func() time.Time // a clock that never steps; nil: nobody else writes to the store

	Read  func(context.Context, job.ID) (job.Job, error) // reads a job from the store
	Asked func(hit bool)                                 // is told whether a job was in memory; must not block
}

const shardCount = 64

// A Cache has the jobs that clients ask about, and knows who waits for a change.
// One process is the only writer of an embedded store, and it publishes each
// change after its commit, so that what is here is what the store has. In a
// cluster other servers write too, and a job is believed for a short time only. It is safe for
// concurrent use.
type Cache struct {
	config     Config
	shardBytes int64
	shards     [shardCount]shard
	followers  followers
}

type shard struct {
	mu      sync.Mutex // guards the fields below
	jobs    map[job.ID]*Snapshot
	waiters map[job.ID]*waiters
	watches map[job.ID]map[*Watch]int64 // and the version that each has seen; 0 before it has looked
	bytes   int64
	changes uint64 // published so far: what was read before a change is not kept
}

// New returns an empty cache.
func New(c Config) *Cache {
	v := &Cache{config: c, shardBytes: c.Bytes / shardCount}
	for i := range v.shards {
		v.shards[i].jobs = map[job.ID]*Snapshot{}
		v.shards[i].waiters = map[job.ID]*waiters{}
		v.shards[i].watches = map[job.ID]map[*Watch]int64{}
	}
	return v
}

func (c *Cache) shard(id job.ID) *shard { return &c.shards[id[15]%shardCount] }

// Get returns a job, from memory if it is known there. Failures are those of
// Config.Read.
func (c *Cache) Get(ctx context.Context, id job.ID) (*Snapshot, error) {
	snap, mark := c.look(id)
	if snap != nil {
		if until := snap.fresh.Load(); until != 0 && c.asked() >= until {
			snap = nil
		}
	}
	c.config.Asked(snap != nil)
	if snap != nil {
		return snap, nil
	}
	asked := c.asked()
	j, err := c.config.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.keep(&j, mark, asked), nil
}

// look returns what is known of a job, or nil and a mark for keep.
func (c *Cache) look(id job.ID) (*Snapshot, uint64) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.jobs[id], s.changes
}

// weight is about what a snapshot and its memo occupy.
func weight(j *job.Job) int64 {
	const fixed = 900
	return int64(fixed + 2*(len(j.Result)+len(j.Error)) + len(j.Options) + len(j.Metadata) + len(j.Terms) + len(j.History))
}

// asked is the time at which a read begins, in Unix nanoseconds; 0 where nobody
// else writes.
func (c *Cache) asked() int64 {
	if c.config.Now == nil {
		return 0
	}
	return c.config.Now().UnixNano()
}

// keep remembers a job that was read after look gave the mark, unless something
// changed in between, and returns its snapshot, or the one of a newer version
// that a quicker reader has brought. The job is believed for a time from when it
// was asked for: how old an answer is that took long nobody knows.
func (c *Cache) keep(j *job.Job, mark uint64, asked int64) *Snapshot {
	s := c.shard(j.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.jobs[j.ID]; old != nil && !old.before(j) {
		if old.Job.Version == j.Version {
			old.fresh.Store(max(old.fresh.Load(), freshUntil(j, asked)))
		}
		return old // with its memo
	}
	snap := NewSnapshot(j)
	snap.fresh.Store(freshUntil(j, asked))
	if s.changes == mark {
		s.put(snap, c.shardBytes)
	}
	return snap
}

// How long a job that was read is believed in a cluster.
const (
	freshUnfinished = 250 * time.Millisecond
	freshFinished   = 2 * time.Second
)

// freshUntil is the end of that time for a job that was as it is at a time, in
// Unix nanoseconds; 0 where nobody else writes.
func freshUntil(j *job.Job, at int64) int64 {
	switch {
	case at == 0:
		return 0
	case j.Status.Final():
		return at + int64(freshFinished)
	default:
		return at + int64(freshUnfinished)
	}
}

func (s *shard) put(snap *Snapshot, limit int64) {
	s.remove(snap.Job.ID)
	s.jobs[snap.Job.ID] = snap
	s.bytes += weight(&snap.Job)
	for id := range s.jobs { // any order will do: what is asked for again comes back
		if s.bytes <= limit {
			return
		}
		s.remove(id)
	}
}

func (s *shard) remove(id job.ID) {
	if old := s.jobs[id]; old != nil {
		s.bytes -= weight(&old.Job)
		delete(s.jobs, id)
	}
}

// Publish tells of a job's new version, after its commit.
func (c *Cache) Publish(j *job.Job) {
	s := c.shard(j.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if old := s.jobs[j.ID]; old != nil && old.before(j) {
		snap := NewSnapshot(j)
		snap.fresh.Store(freshUntil(j, c.asked()))
		s.put(snap, c.shardBytes)
	}
	s.progressed(j.ID, j.Ready)
	s.wake(j.ID)
	c.Changed(j.Owner)
}

// Heard tells of a job's version in the store, 0 for none, which another
// process may have written: who knows an older one asks again.
func (c *Cache) Heard(id job.ID, version int64) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.jobs[id]; old != nil && (version == 0 || old.Job.Version < version) {
		s.changes++
		s.remove(id)
	}
	if s.behind(id, version) {
		s.changes++
		s.wake(id)
	}
}

// Doubt makes everything be read again: something was missed.
func (c *Cache) Doubt() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.changes++
		for _, snap := range s.jobs {
			snap.fresh.Store(1)
		}
		s.mu.Unlock()
	}
}

// Forget tells that a job is gone.
func (c *Cache) Forget(id job.ID) {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	s.remove(id)
	s.wake(id)
}
