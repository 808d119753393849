package blob

import "sync"

// Locks are the keys at which somebody is at work in this process. The zero
// value has none; it is safe for concurrent use.
type Locks struct {
	mu   sync.Mutex // guards the field below
	held map[string]bool
}

// Lock takes a key, or fails at once with [ErrLocked].
func (l *Locks) Lock(key string) (unlock func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[key] {
		return nil, ErrLocked
	}
	if l.held == nil {
		l.held = map[string]bool{}
	}
	l.held[key] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, key)
	}, nil
}
