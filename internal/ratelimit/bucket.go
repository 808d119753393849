package ratelimit

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const (
	shards     = 64
	sampleSize = 64            // buckets looked at to make room for one
	evicted    = math.MinInt64 // the state of a bucket that is not in its shard's map
)

// A Bucket is one client's allowance. Its pointer may be kept as long as one
// likes, also when the bucket was evicted meanwhile. It is safe for concurrent
// use and takes no lock while it is not evicted.
type Bucket struct {
	tat  atomic.Int64 // see Decide; or evicted
	owed atomic.Int64 // what was spent here and no other server was told of, as in Decide
	home *shard
	key  string
}

// Allow spends cost of an allowance of perMinute if it is there; see [Decide].
func (b *Bucket) Allow(now time.Time, perMinute, cost int64) Result {
	if cluster := b.home.cluster; cluster != nil && perMinute > 0 && cost > 0 {
		if _, r := Decide(max(b.tat.Load(), 0), now.UnixNano(), perMinute, cost); !r.OK {
			return r
		}
		spend := min(cost, perMinute) * stepOf(perMinute)
		cluster.reserve(b, spend)
		r := b.allow(now, perMinute, cost)
		if !r.OK {
			b.owed.Add(-spend)
		}
		return r
	}
	return b.allow(now, perMinute, cost)
}

func (b *Bucket) allow(now time.Time, perMinute, cost int64) Result {
	instant := now.UnixNano()
	for {
		old := b.tat.Load()
		if old == evicted {
			b = b.home.resident(b, instant)
			continue
		}
		next, r := Decide(old, instant, perMinute, cost)
		if next == old || b.tat.CompareAndSwap(old, next) {
			return r
		}
	}
}

// Buckets is a bounded set of buckets by name. When it is full, buckets whose
// allowance is whole again make room, which loses nothing; when there is none
// among those looked at, the one nearest to it is forgotten, which gives its
// client a fresh allowance. It is safe for concurrent use.
type Buckets struct {
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	limit   int
	prefix  string    // of the names that other servers know the allowances by
	cluster *Exchange // nil: there is no other server

	mu sync.Mutex // guards the field below
	m  map[string]*Bucket
}

// NewBuckets returns an empty set that holds at most limit buckets, rounded
// down to a multiple of 64 but at least 64.
func NewBuckets(limit int) *Buckets { return newBuckets(limit, "", nil) }

func newBuckets(limit int, prefix string, cluster *Exchange) *Buckets {
	s := &Buckets{seed: maphash.MakeSeed()}
	for i := range s.shards {
		s.shards[i].prefix, s.shards[i].cluster = prefix, cluster
		s.shards[i].limit = max(limit/shards, 1)
		s.shards[i].m = map[string]*Bucket{}
	}
	return s
}

// Get returns the bucket of this name, made with a whole allowance if it is
// new. At any time all callers of a name spend from one bucket.
func (s *Buckets) Get(key string, now time.Time) *Bucket {
	home := &s.shards[maphash.String(s.seed, key)%shards]
	home.mu.Lock()
	defer home.mu.Unlock()
	if b := home.m[key]; b != nil {
		return b
	}
	b := &Bucket{home: home, key: key}
	home.put(b, now.UnixNano())
	return b
}

// Len returns how many buckets there are.
func (s *Buckets) Len() int {
	n := 0
	for i := range s.shards {
		home := &s.shards[i]
		home.mu.Lock()
		n += len(home.m)
		home.mu.Unlock()
	}
	return n
}

// resident returns the bucket that counts for an evicted one's key: a newer
// one if there is one, else the same, taken in again.
func (s *shard) resident(b *Bucket, now int64) *Bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.m[b.key]; other != nil {
		return other
	}
	b.tat.Store(0)
	s.put(b, now)
	return b
}

// put adds a bucket; the caller holds mu.
func (s *shard) put(b *Bucket, now int64) {
	if len(s.m) >= s.limit {
		s.makeRoom(now)
	}
	s.m[b.key] = b
}

// makeRoom removes at least one bucket of a full shard; the caller holds mu.
func (s *shard) makeRoom(now int64) {
	var nearest *Bucket
	least, seen, removed := int64(math.MaxInt64), 0, 0
	for key, b := range s.m { // begins at a random one each time
		tat := b.tat.Load()
		switch {
		case tat <= now && b.tat.CompareAndSwap(tat, evicted):
			delete(s.m, key)
			removed++
		case tat < least:
			nearest, least = b, tat
		}
		if seen++; seen == sampleSize {
			break
		}
	}
	if removed == 0 && nearest != nil {
		nearest.tat.Store(evicted)
		delete(s.m, nearest.key)
	}
}
