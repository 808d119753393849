package queue

import (
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Snapshot is a job as it was at one version, shared by everybody who asks;
// nothing in it is changed but Memo. What a poll reads comes first, in one line
// of the processor's cache.
type Snapshot struct {
	// Memo is room for the bytes that an answer about this version consists
	// of, so that they are made once.
	Memo  atomic.Pointer[Memo]
	gone  int64        // Job.Expires in Unix nanoseconds, 0 for never
	fresh atomic.Int64 // nanoseconds of a clock that never steps, until when it is believed; 0: until something is published
	Job   job.Job
}

// NewSnapshot returns a snapshot of a job.
func NewSnapshot(j *job.Job) *Snapshot {
	s := &Snapshot{Job: *j}
	if !j.Expires.IsZero() {
		s.gone = j.Expires.UnixNano()
	}
	return s
}

// A Memo is a rendered answer.
type Memo struct {
	Made       int64 // Unix nanoseconds, a little before: requests that began earlier take it too
	Until      int64 // the same; to be rendered again from then on, and before Made, when the clock was set back
	Body       []byte
	Tag        []string // the one value of the ETag field
	RetryAfter []string // the one value of that field; nil for a finished job
}

// ETag is the tag of the answer.
func (m *Memo) ETag() string { return m.Tag[0] }

const viewShards = 64

// views keeps the jobs that clients ask about, and those who wait for a change.
// One process is the only writer of an embedded store, and it publishes each
// change after its commit, so that what is here is what the store holds. Where
// others write too, a job is believed for a short time only.
type views struct {
	shardBytes int64
	now        func() time.Time // a clock that never steps; nil: nobody else writes
	shards     [viewShards]viewShard
}

type viewShard struct {
	mu      sync.Mutex // guards the fields below
	jobs    map[job.ID]*Snapshot
	waiters map[job.ID]*waiters
	bytes   int64
	changes uint64 // published so far: what was read before a change is not kept
}

// waiters are those who wait for one job's next change.
type waiters struct {
	changed chan struct{} // closed at the change
	n       int           // how many; the last one to leave removes the entry
	version int64         // that they have seen; 0 if none has looked yet
}

// newViews returns empty views; now is nil for a store that nobody else writes
// to.
func newViews(bytes int64, now func() time.Time) *views {
	v := &views{shardBytes: bytes / viewShards, now: now}
	for i := range v.shards {
		v.shards[i].jobs = map[job.ID]*Snapshot{}
		v.shards[i].waiters = map[job.ID]*waiters{}
	}
	return v
}

func (v *views) shard(id job.ID) *viewShard { return &v.shards[id[15]%viewShards] }

// weight is about what a snapshot and its memo occupy.
func weight(j *job.Job) int64 {
	const fixed = 900
	return int64(fixed + 2*(len(j.Result)+len(j.Error)) + len(j.Options) + len(j.Metadata) + len(j.History))
}

// get returns what is known of a job, or nil and a mark for keep.
func (v *views) get(id job.ID) (*Snapshot, uint64) {
	s := v.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.jobs[id], s.changes
}

// asked is the time at which a read begins, in Unix nanoseconds; 0 where nobody
// else writes.
func (v *views) asked() int64 {
	if v.now == nil {
		return 0
	}
	return v.now().UnixNano()
}

// keep remembers a job that was read after get gave the mark, unless something
// changed in between, and returns its snapshot, or the one of a newer version
// that a quicker reader has brought. The job is believed for a time from when it
// was asked for: how old an answer is that took long nobody knows.
func (v *views) keep(j *job.Job, mark uint64, asked int64) *Snapshot {
	s := v.shard(j.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.jobs[j.ID]; old != nil && old.Job.Version >= j.Version {
		if old.Job.Version == j.Version {
			old.fresh.Store(max(old.fresh.Load(), freshUntil(j, asked)))
		}
		return old // with its memo
	}
	snap := NewSnapshot(j)
	snap.fresh.Store(freshUntil(j, asked))
	if s.changes == mark {
		s.put(snap, v.shardBytes)
	}
	return snap
}

// How long a job that was read is believed where others write too (design,
// section 7).
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

func (s *viewShard) put(snap *Snapshot, limit int64) {
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

func (s *viewShard) remove(id job.ID) {
	if old := s.jobs[id]; old != nil {
		s.bytes -= weight(&old.Job)
		delete(s.jobs, id)
	}
}

// publish tells of a job's new version, after its commit.
func (v *views) publish(j *job.Job) {
	s := v.shard(j.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if old := s.jobs[j.ID]; old != nil && old.Job.Version < j.Version {
		snap := NewSnapshot(j)
		snap.fresh.Store(freshUntil(j, v.asked()))
		s.put(snap, v.shardBytes)
	}
	s.wake(j.ID)
}

// heard tells of a job's version in the store, 0 for none, which another
// process may have written: who knows an older one asks again.
func (v *views) heard(n protocol.Notice) {
	s := v.shard(n.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.jobs[n.ID]; old != nil && (n.Version == 0 || old.Job.Version < n.Version) {
		s.changes++
		s.remove(n.ID)
	}
	if w := s.waiters[n.ID]; w != nil && (n.Version == 0 || w.version < n.Version) {
		s.changes++
		s.wake(n.ID)
	}
}

// doubt makes everything be asked for again.
func (v *views) doubt() {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		s.changes++
		for _, snap := range s.jobs {
			snap.fresh.Store(1)
		}
		s.mu.Unlock()
	}
}

// waited returns the jobs that somebody waits for.
func (v *views) waited() (ids []job.ID) {
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		for id := range s.waiters {
			ids = append(ids, id)
		}
		s.mu.Unlock()
	}
	return ids
}

// saw notes which version those who wait for a job have seen.
func (v *views) saw(id job.ID, version int64) {
	s := v.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiters[id]; w != nil {
		w.version = max(w.version, version)
	}
}

// forget tells that a job is gone.
func (v *views) forget(id job.ID) {
	s := v.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	s.remove(id)
	s.wake(id)
}

func (s *viewShard) wake(id job.ID) {
	if w := s.waiters[id]; w != nil {
		close(w.changed)
		delete(s.waiters, id)
	}
}

// next returns a channel that is closed at the job's next change, and a
// function to be called when nobody listens to it any more.
func (v *views) next(id job.ID) (changed <-chan struct{}, leave func()) {
	s := v.shard(id)
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
