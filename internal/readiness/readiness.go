// Package readiness asks whether a server is ready, once a second at most,
// however many ask it.
package readiness

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What is asked whether the server is ready has readyTime to answer, and its
// answer is repeated for readyKept: anybody may ask, as often as they like.
const (
	readyTime = time.Second
	readyKept = time.Second
)

// ErrSlow is what a server is that does not answer in time.
var ErrSlow = errors.New("no answer within a second")

// A Check asks one thing at a time and remembers the answer. It goes by the real
// clock, and is safe for concurrent use.
type Check struct {
	Ask func(ctx context.Context) error

	mu     sync.Mutex    // guards the fields below
	asked  time.Time     // when asking began
	asking chan struct{} // closed at its end; nil while nobody asks
	err    error
	known  bool
}

// Get returns the answer, ErrSlow if there is none in time. What does not end
// in time goes on alone, and nothing is asked beside it.
func (r *Check) Get(ctx context.Context) error {
	r.mu.Lock()
	now := time.Now()
	if r.asking == nil && r.known && now.Sub(r.asked) < readyKept {
		defer r.mu.Unlock()
		return r.err
	}
	if r.asking == nil {
		r.asked, r.asking = now, make(chan struct{})
		go r.run(r.asking) //nolint:gosec // it answers all who ask, so it is not of one request
	}
	ended, left := r.asking, readyTime-now.Sub(r.asked)
	r.mu.Unlock()
	late := time.NewTimer(left)
	defer late.Stop()
	select {
	case <-ended:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.err
	case <-late.C:
		return ErrSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Check) run(ended chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	err := r.Ask(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.known, r.asking = err, true, nil
	close(ended)
}
