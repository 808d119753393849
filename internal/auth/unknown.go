package auth

import (
	"context"
	"sync"
	"time"
)

const (
	// maxMisses is how many keys that are not there are remembered, about 60
	// bytes each.
	maxMisses = 1 << 12
	// missLife is how long; another server may make such a key meanwhile.
	missLife = time.Second
)

// A Gate is passed before the store is asked for a key that is not remembered:
// anybody can make up keys of the right form, one for each request.
type Gate interface {
	// Enter returns when the store may be asked; leave is called afterwards. Its
	// error ends the check.
	Enter(ctx context.Context) (leave func(), err error)
}

// misses has keys that were asked for lately and are not there, by their
// digest. When there are too many, all are forgotten.
type misses struct {
	mu sync.Mutex // guards the fields below
	m  map[[32]byte]int64
}

// has reports whether the store said so less than missLife ago.
func (m *misses) has(digest [32]byte, now int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.m[digest]
	if age := now - at; ok && age >= 0 && age < int64(missLife) {
		return true
	}
	delete(m.m, digest)
	return false
}

func (m *misses) add(digest [32]byte, now int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil || len(m.m) >= maxMisses {
		m.m = make(map[[32]byte]int64)
	}
	m.m[digest] = now
}

// forget makes the next check ask the store.
func (m *misses) forget(digest [32]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, digest)
}
