package file

import (
	"context"
	"fmt"
)

// A Pool has the connections for reading, from one opening of the file to
// its closing.
type Pool struct {
	idle  chan *Conn    // those that are not in use
	lists chan *Conn    // likewise, for lists only: they read much, and nothing that is quick may wait for them
	gone  chan struct{} // closed when they are being closed
	why   error         // what callers are told after that
}

// OpenPool opens n connections for reading, and so many for lists.
func OpenPool(path string, n, lists int) (*Pool, error) {
	p := &Pool{idle: make(chan *Conn, n), lists: make(chan *Conn, lists), gone: make(chan struct{})}
	for _, to := range []chan *Conn{p.idle, p.lists} {
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

// Drain refuses further reads, waits for those that are being made and closes
// all connections.
func (p *Pool) Drain(why error) {
	p.why = why
	close(p.gone)
	closeAll(p.idle, cap(p.idle))
	closeAll(p.lists, cap(p.lists))
}

// closeAll closes n connections, those in use when they come back.
func closeAll(conns chan *Conn, n int) {
	for range n {
		_ = (<-conns).Close() // it has nothing to lose
	}
}

func (p *Pool) take(ctx context.Context, from chan *Conn) (*Conn, error) {
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

// Read runs f on a connection for reading; what says what is being done. No
// snapshot outlives it: f resets its statements.
func (p *Pool) Read(ctx context.Context, what string, f func(*Conn) error) error {
	return p.readOn(ctx, p.idle, what, f)
}

// List is Read on connections that nothing but lists waits for.
func (p *Pool) List(ctx context.Context, what string, f func(*Conn) error) error {
	return p.readOn(ctx, p.lists, what, f)
}

func (p *Pool) readOn(ctx context.Context, conns chan *Conn, what string, f func(*Conn) error) error {
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
