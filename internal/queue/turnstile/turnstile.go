// Package turnstile lets one at a time of each owner do what is dear.
package turnstile

import (
	"context"
	"sync"
)

// A Turnstile lets one call of each owner through at a time. The zero value is
// ready, and safe for concurrent use.
type Turnstile struct {
	mu     sync.Mutex // guards the fields below
	owners map[string]*passage
}

// A passage is one owner's, kept while somebody is in it or waits.
type passage struct {
	free  chan struct{} // has one while nobody is in it
	calls int
}

// Enter waits for the owner's turn; leave must be called after it. Failures: ctx's.
func (t *Turnstile) Enter(ctx context.Context, owner string) (leave func(), err error) {
	t.mu.Lock()
	if t.owners == nil {
		t.owners = map[string]*passage{}
	}
	p := t.owners[owner]
	if p == nil {
		p = &passage{free: make(chan struct{}, 1)}
		p.free <- struct{}{}
		t.owners[owner] = p
	}
	p.calls++
	t.mu.Unlock()
	select {
	case <-p.free:
		return func() {
			p.free <- struct{}{}
			t.forget(owner, p)
		}, nil
	case <-ctx.Done():
		t.forget(owner, p)
		return nil, ctx.Err()
	}
}

func (t *Turnstile) forget(owner string, p *passage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.calls--; p.calls == 0 {
		delete(t.owners, owner)
	}
}
