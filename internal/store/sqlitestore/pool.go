package sqlitestore

import (
	"context"
	"fmt"
)

// A pool holds the connections for reading, from one opening of the file to
// its closing.
type pool struct {
	idle chan *conn    // holds those that are not in use
	gone chan struct{} // closed when they are being closed
	why  error         // what callers are told after that
}

func openPool(path string, n int) (*pool, error) {
	p := &pool{idle: make(chan *conn, n), gone: make(chan struct{})}
	for range n {
		c, err := openReader(path)
		if err != nil {
			p.drainN(len(p.idle))
			return nil, err
		}
		p.idle <- c
	}
	return p, nil
}

// drain refuses further reads, waits for those that are being made and closes
// all connections.
func (p *pool) drain(why error) {
	p.why = why
	close(p.gone)
	p.drainN(cap(p.idle))
}

func (p *pool) drainN(n int) {
	for range n {
		_ = (<-p.idle).close() // it has nothing to lose
	}
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case <-p.gone:
		return nil, p.why
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.gone:
		return nil, p.why
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read runs f on a connection for reading; what says what is being done. No
// snapshot outlives it: f resets its statements.
func (s *Store) read(ctx context.Context, what string, f func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p := s.pool.Load()
	c, err := p.take(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = f(c)
	p.idle <- c
	if err != nil {
		return readFailure(what, err)
	}
	return nil
}
