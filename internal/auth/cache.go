package auth

import (
	"encoding/binary"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

	"claimcheck/internal/account"
)

// MaxCached is how many keys are remembered, about 500 bytes each.
const MaxCached = 100_000

const cacheShards = 1 << 10

// A cache has the keys last used by their digest. Reading takes no lock: each
// shard is a map that is replaced, never changed.
type cache struct {
	turn   atomic.Uint64 // grows before entries are dropped
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	m  atomic.Pointer[principals]
	mu sync.Mutex // held while m is replaced
}

type principals map[[32]byte]*Principal

func newCache() *cache {
	c := &cache{}
	for i := range c.shards {
		c.shards[i].m.Store(&principals{})
	}
	return c
}

func (c *cache) shard(digest [32]byte) *cacheShard {
	return &c.shards[binary.BigEndian.Uint16(digest[:])%cacheShards]
}

func (c *cache) get(digest [32]byte) *Principal {
	return (*c.shard(digest).m.Load())[digest]
}

// put adds what was read of a key when turn was current and returns what Check
// is to use: the cached entry if it says the same. A full shard loses an entry
// that is not valid any more, or any.
func (c *cache) put(digest [32]byte, p *Principal, turn uint64) *Principal {
	s := c.shard(digest)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.turn.Load() != turn {
		return p
	}
	m := *s.m.Load()
	old := m[digest]
	if old != nil && reflect.DeepEqual(&old.Key, &p.Key) {
		old.readAt.Store(max(old.readAt.Load(), p.readAt.Load()))
		return old
	}
	next := maps.Clone(m)
	if old == nil && len(next) >= MaxCached/cacheShards {
		delete(next, next.leastUseful(p.readAt.Load()))
	}
	next[digest] = p
	s.m.Store(&next)
	return p
}

// leastUseful returns the digest of an entry that is not valid now, or any.
func (m principals) leastUseful(now int64) [32]byte {
	var digest [32]byte
	for d, p := range m {
		if digest = d; now >= p.until {
			break
		}
	}
	return digest
}

// drop removes the entries that match, and keeps out those being read now.
func (c *cache) drop(match func(*account.Key) bool) {
	c.turn.Add(1)
	for i := range c.shards {
		c.shards[i].drop(match)
	}
}

func (s *cacheShard) drop(match func(*account.Key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	drop := func(_ [32]byte, p *Principal) bool { return match(&p.Key) }
	m := *s.m.Load()
	for digest, p := range m {
		if drop(digest, p) {
			next := maps.Clone(m)
			maps.DeleteFunc(next, drop)
			s.m.Store(&next)
			return
		}
	}
}

func (c *cache) len() int {
	n := 0
	for i := range c.shards {
		n += len(*c.shards[i].m.Load())
	}
	return n
}
