package serverproc

import (
	"bytes"
	"sync"
)

// A Log is what is read by a test while others write it.
type Log struct {
	mu sync.Mutex // guards the field below
	b  bytes.Buffer
}

// Write appends.
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
