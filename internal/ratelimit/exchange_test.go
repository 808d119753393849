package ratelimit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/ratelimit"
)

// A ledger is one for three servers, which takes a while to answer.
type ledger struct {
	mu    sync.Mutex // guards the fields below
	tats  map[string]int64
	calls int
	down  bool
	step  time.Duration // of its clock
}

func (l *ledger) Spend(ctx context.Context, costs, known map[string]time.Duration) (map[string]time.Duration, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(2 * time.Millisecond):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.down {
		return nil, errors.New("down")
	}
	all, now := map[string]time.Duration{}, time.Now().Add(l.step).UnixNano()
	for name, cost := range costs {
		l.tats[name] = max(l.tats[name], now+int64(known[name])) + int64(cost)
		all[name] = time.Duration(l.tats[name] - now)
	}
	return all, nil
}

// servers starts limiters that share a ledger, until the test ends.
func servers(t *testing.T, l *ledger, n int) []*ratelimit.Limiter {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var limiters []*ratelimit.Limiter
	for range n {
		limiter, exchange := ratelimit.NewShared(time.Now, l)
		limiters = append(limiters, limiter)
		all.Go(func() { exchange.Run(ctx) })
	}
	t.Cleanup(func() { end(); all.Wait() })
	return limiters
}

// hammer has clients ask all servers as fast as they can for a time, and
// returns how many requests passed.
func hammer(limiters []*ratelimit.Limiter, owner string, perMinute int64, span time.Duration) int64 {
	var mu sync.Mutex
	var passed int64
	var all sync.WaitGroup
	until := time.Now().Add(span)
	for _, l := range limiters {
		for range 4 {
			all.Go(func() {
				for time.Now().Before(until) {
					r := l.Owner(owner).Status.Allow(time.Now(), perMinute, 1)
					if r.OK {
						mu.Lock()
						passed++
						mu.Unlock()
					}
					time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's clock
				}
			})
		}
	}
	all.Wait()
	return passed
}

func TestThreeServersTogetherKeepTheLimit(t *testing.T) {
	for _, perMinute := range []int64{60, 600, 6000} {
		synctest.Test(t, func(t *testing.T) {
			const span = 20 * time.Second
			limiters := servers(t, &ledger{tats: map[string]int64{}}, 3)
			passed := hammer(limiters, "ann", perMinute, span)
			steady := perMinute + perMinute*int64(span)/int64(time.Minute)
			most := steady + 3*max(perMinute/60, 1)
			if passed > most || passed < steady*9/10 {
				t.Errorf("limit %d: %d passed in %s, want about %d and at most %d", perMinute, passed, span, steady, most)
			}
		})
	}
}

func TestOneServerMaySpendAWholeMinutesWorthAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{tats: map[string]int64{}}
		limiter := servers(t, l, 3)[0]
		began := time.Now()
		for i := range 600 {
			if r := limiter.Owner("ann").Status.Allow(time.Now(), 600, 1); !r.OK {
				t.Fatalf("request %d was refused", i+1)
			}
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a burst of 600 took %s", took)
		}
	})
}

func TestAQuietOwnerCostsOneExchangeASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{tats: map[string]int64{}}
		limiter := servers(t, l, 1)[0]
		for range 100 { // five a second of ten that are allowed
			limiter.Owner("ann").Status.Allow(time.Now(), 600, 1)
			time.Sleep(200 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.calls > 21 {
			t.Errorf("%d exchanges in 20 seconds", l.calls)
		}
	})
}

func TestWithoutTheLedgerEachServerGoesByItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{tats: map[string]int64{}, down: true}
		limiters := servers(t, l, 2)
		for _, limiter := range limiters {
			passed := 0
			for range 100 {
				if limiter.Owner("ann").Status.Allow(time.Now(), 60, 1).OK {
					passed++
				}
			}
			if passed < 60 || passed > 130 {
				t.Errorf("%d passed, want a minute's worth and what filled up meanwhile", passed)
			}
		}
	})
}

func TestAnAllowanceThatOthersSpentIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters := servers(t, &ledger{tats: map[string]int64{}}, 2)
		for range 60 {
			limiters[0].Owner("ann").Submit.Allow(time.Now(), 60, 1)
		}
		time.Sleep(1100 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
		passed := 0
		for range 60 {
			if limiters[1].Owner("ann").Submit.Allow(time.Now(), 60, 1).OK {
				passed++
			}
		}
		if passed > 5 {
			t.Errorf("%d passed of an allowance that a peer has spent", passed)
		}
		if !limiters[1].Owner("bob").Submit.Allow(time.Now(), 60, 1).OK || !limiters[1].Owner("ann").Status.Allow(time.Now(), 60, 1).OK {
			t.Error("another allowance was spent, too")
		}
	})
}

// The database's clock steps: nobody is refused who has something left, nobody
// gets a fresh allowance.
func TestAStepOfTheLedgersClockChangesNoAllowance(t *testing.T) {
	for _, step := range []time.Duration{2 * time.Hour, 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			l := &ledger{tats: map[string]int64{}}
			limiters := servers(t, l, 2)
			for range 6 {
				limiters[0].Owner("ann").Submit.Allow(time.Now(), 30, 1)
			}
			time.Sleep(1100 * time.Millisecond) //nolint:forbidigo // of the bubble's clock
			l.mu.Lock()
			l.step = step
			l.mu.Unlock()
			passed := 0
			for range 40 {
				if limiters[0].Owner("ann").Submit.Allow(time.Now(), 30, 1).OK {
					passed++
				}
			}
			if passed < 24 || passed > 25 {
				t.Errorf("after a step of %s %d passed of 24 that were left", step, passed)
			}
		})
	}
}
