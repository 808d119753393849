package serverproc

import (
	"bytes"
	"sync"
)

// A Log is text that a test may read while goroutines write it.
type Log struct {
	mu sync.Mutex // guards the field below
	b  bytes.Buffer
}

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
