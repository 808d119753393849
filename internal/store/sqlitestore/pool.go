package sqlitestore

import (
	"context"
	"fmt"

	"claimcheck/internal/store/record"
)

// A pool holds the connections for reading, from one opening of the file to
// its closing.
type pool struct {
	idle  chan *conn    // holds those that are not in use
	lists chan *conn    // likewise, for lists only: they read much, and nothing that is quick may wait for them
	gone  chan struct{} // closed when they are being closed
	why   error         // what callers are told after that
}

func openPool(path string, n int) (*pool, error) {
	p := &pool{idle: make(chan *conn, n), lists: make(chan *conn, record.ListsAtOnce()), gone: make(chan struct{})}
	for _, to := range []chan *conn{p.idle, p.lists} {
		for range cap(to) {
			c, err := openReader(path)
			if err != nil {
				closeAll(p.idle, len(p.idle))
				closeAll(p.lists, len(p.lists))
				return nil, err
			}
			to <- c
		}
	}
	return p, nil
}

// drain refuses further reads, waits for those that are being made and closes
// all connections.
func (p *pool) drain(why error) {
	p.why = why
	close(p.gone)
	closeAll(p.idle, cap(p.idle))
	closeAll(p.lists, cap(p.lists))
}

// closeAll closes n connections, those in use when they come back.
func closeAll(conns chan *conn, n int) {
	for range n {
		_ = (<-conns).close() // it has nothing to lose
	}
}

func (p *pool) take(ctx context.Context, from chan *conn) (*conn, error) {
	select {
	case <-p.gone:
		return nil, p.why
	default:
	}
	select {
	case c := <-from:
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
	p := s.pool.Load()
	return p.read(ctx, p.idle, what, f)
}

// read runs f on one of some connections.
func (p *pool) read(ctx context.Context, conns chan *conn, what string, f func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	c, err := p.take(ctx, conns)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = f(c)
	conns <- c
	if err != nil {
		return readFailure(what, err)
	}
	return nil
}
