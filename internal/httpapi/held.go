package httpapi

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/fault"
)

// A held counts the requests that wait for something: long polls, event streams
// and claims. Each has a connection and a goroutine for as long as it waits, so
// that nobody may have any number of them.
type held struct {
	most int64 // of all owners; 0 for no limit

	mu     sync.Mutex // guards the fields below
	all    int64
	owners map[string]int64 // those that have any
}

// enter counts one of an owner, who may have most (0: any number). Where there
// is no room it returns no leave, and whether that is the owner's doing.
func (h *held) enter(owner string, most int64) (leave func(), own bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	own = most > 0 && h.owners[owner] >= most
	if own || h.most > 0 && h.all >= h.most {
		return nil, own
	}
	if h.owners == nil {
		h.owners = map[string]int64{}
	}
	h.all++
	h.owners[owner]++
	return func() { h.leave(owner) }, false
}

func (h *held) leave(owner string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all--
	if h.owners[owner]--; h.owners[owner] == 0 {
		delete(h.owners, owner)
	}
}

// heldRetry is when a request that found no room may come again.
const heldRetry = 5 * time.Second

// enterHeld counts this call among those that wait. Limited RATE_LIMITED.
func (c *Call) enterHeld() (leave func(), err error) {
	leave, own := c.s.held.enter(c.who.Key.Owner, c.plan.MaxHeld)
	if leave != nil {
		return leave, nil
	}
	c.w.Header().Del("Preference-Applied")
	f := fault.New(fault.Limited, "RATE_LIMITED", "Too many requests are waiting already; ask without waiting, or later.").After(heldRetry)
	if own {
		f = f.With("limit", c.plan.MaxHeld)
	}
	return nil, f
}

// waiting is enterHeld, if there is any time to wait, with a context that ends
// after that time, at the latest when the server stops.
func (c *Call) waiting(most time.Duration) (ctx context.Context, end func(), err error) {
	leave := func() {}
	if most > 0 {
		if leave, err = c.enterHeld(); err != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), most)
	stop := context.AfterFunc(c.s.Stopping, cancel)
	return ctx, func() { stop(); cancel(); leave() }, nil
}
