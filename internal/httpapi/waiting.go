package httpapi

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// waiters counts the requests that wait for something: long polls, event streams
// and claims. Each has a connection and a goroutine for as long as it waits, so
// that nobody may have any number of them.
type waiters struct {
	most int64 // of all owners; 0 for no limit

	mu     sync.Mutex // guards the fields below
	all    int64
	owners map[string]int64 // those that have any
}

// enter counts one of an owner, who may have most (0: any number). Where there
// is no room it returns no leave, and whether that is the owner's doing.
func (w *waiters) enter(owner string, most int64) (leave func(), own bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	own = most > 0 && w.owners[owner] >= most
	if own || w.most > 0 && w.all >= w.most {
		return nil, own
	}
	if w.owners == nil {
		w.owners = map[string]int64{}
	}
	w.all++
	w.owners[owner]++
	return func() { w.leave(owner) }, false
}

func (w *waiters) leave(owner string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all--
	if w.owners[owner]--; w.owners[owner] == 0 {
		delete(w.owners, owner)
	}
}

// waitingRetry is when a request that found no room may come again.
const waitingRetry = 5 * time.Second

// enterWaiting counts this call among those that wait. Limited RATE_LIMITED.
func (c *Call) enterWaiting() (leave func(), err error) {
	leave, own := c.s.waiters.enter(c.who.Key.Owner, c.plan.MaxHeld)
	if leave != nil {
		return leave, nil
	}
	c.w.Header().Del("Preference-Applied")
	f := fault.New(fault.Limited, "RATE_LIMITED", "Too many requests are waiting already; ask without waiting, or later.").After(waitingRetry)
	if own {
		f = f.With("limit", c.plan.MaxHeld)
	}
	return nil, f
}

// Waiting is for calls that wait for at most a time: its context ends with that, at
// the latest when the server stops. If there is any time to wait, the call is counted
// among those that wait; end must be called.
func (c *Call) Waiting(most time.Duration) (ctx context.Context, end func(), err error) {
	leave := func() {}
	if most > 0 {
		if leave, err = c.enterWaiting(); err != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), most)
	stop := context.AfterFunc(c.s.Stopping, cancel)
	return ctx, func() { stop(); cancel(); leave() }, nil
}

// Wish is how long the client wants to wait. That it is honoured stands in the
// answer, also where there is nothing to wait for.
func (c *Call) Wish() intake.Wish {
	p := parsePrefer(c.r.Header)
	if p.Waits {
		c.w.Header()["Preference-Applied"] = []string{plain.Applied(p, false)}
	}
	return p
}

// Hold is for calls that answer when something has changed: its context ends when
// the client wants to wait no longer (Prefer: wait; at once where it does not wish
// to), at the latest when the server stops. The call is counted among those that
// wait; end must be called.
func (c *Call) Hold() (ctx context.Context, end func(), err error) {
	p := c.Wish()
	c.quiet = c.quiet || p.Wait > 0 // a long poll is not a slow request
	return c.Waiting(p.Wait)
}

// Await returns a job of the caller's at once if it is news, else as soon as it
// is, at the latest after a time or when the server stops. It is counted among
// the requests that wait if it has to.
func (c *Call) Await(id job.ID, most time.Duration, news func(*view.Snapshot) bool) (*view.Snapshot, error) {
	ctx, owner := c.r.Context(), c.who.Key.Owner
	if snap, err := c.s.Queue.Get(ctx, owner, id); err != nil || most <= 0 || news(snap) {
		return snap, err
	}
	c.quiet = true // a long poll is not a slow request
	ctx, end, err := c.Waiting(most)
	if err != nil {
		return nil, err
	}
	defer end()
	return c.s.Queue.Await(ctx, owner, id, news)
}
