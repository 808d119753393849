package ratelimit

import (
	"context"
	"sync"
	"time"
)

// A Ledger keeps what all servers together have let pass, where there are
// several.
type Ledger interface {
	// Spend adds to allowances, by their names, what was spent of each since this
	// server last told, as the time that it takes to fill up again, and returns
	// how long each takes now to be whole again, in one read and write. known is
	// what was spent before, here and in the cluster, and has not filled up since, as
	// far as this server knows: the ledger goes by it where it knows of less,
	// because its clock may have stepped, or its rows may be lost.
	Spend(ctx context.Context, costs, known map[string]time.Duration) (map[string]time.Duration, error)
}

const (
	exchangeEvery = time.Second
	exchangeGap   = 5 * time.Millisecond // between two exchanges that somebody waits for
	exchangeTime  = 2 * time.Second      // for one; after it each server goes by its own allowance
	waitTime      = 250 * time.Millisecond

	// ahead is how much a server lets pass of an allowance before it has told the
	// cluster: one second's worth, whatever the limit is, because an allowance
	// fills up in the time that it stands for.
	ahead = int64(time.Second)
)

// An Exchange tells the cluster what was spent here, and learns what was spent
// there: once a second, and at once when a second's worth of an allowance was
// spent that the cluster does not know of; then callers wait for the answer. So
// all servers together never let more pass than the limit and a second's worth
// for each of them. While the ledger cannot be reached each goes by its own
// allowance. It is safe for concurrent use.
type Exchange struct {
	ledger Ledger
	now    func() time.Time // of a clock that never steps

	mu    sync.Mutex // guards the fields below
	dirty map[*Bucket]bool
	next  *round // that is to come
	asked chan struct{}
}

// A round is one exchange.
type round struct {
	done chan struct{} // closed when it is over
	err  error         // read after done
}

func newRound() *round { return &round{done: make(chan struct{})} }

func newExchange(l Ledger, now func() time.Time) *Exchange {
	return &Exchange{ledger: l, now: now, dirty: map[*Bucket]bool{}, next: newRound(), asked: make(chan struct{}, 1)}
}

// Run exchanges until ctx is done.
func (e *Exchange) Run(ctx context.Context) {
	tick := time.NewTicker(exchangeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			e.once(ctx) // what was spent last; it fails if the ledger is gone
			return
		case <-tick.C:
		case <-e.asked:
		}
		e.once(ctx)
		gap := time.NewTimer(exchangeGap)
		select {
		case <-ctx.Done():
		case <-gap.C:
		}
		gap.Stop()
	}
}

// once tells and learns.
func (e *Exchange) once(ctx context.Context) {
	e.mu.Lock()
	dirty, this := e.dirty, e.next
	e.dirty, e.next = map[*Bucket]bool{}, newRound()
	e.mu.Unlock()
	defer close(this.done)
	if len(dirty) == 0 {
		return
	}
	asked := e.now().UnixNano() // not the answer's time, so that no delay adds to what is owed
	costs, before := make(map[string]time.Duration, len(dirty)), make(map[string]time.Duration, len(dirty))
	buckets := make(map[string]*Bucket, len(dirty))
	for b := range dirty {
		tat := b.tat.Load()
		cost := b.owed.Load()
		costs[b.name()], before[b.name()] = time.Duration(cost), time.Duration(known(tat, asked, cost))
		buckets[b.name()] = b
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTime)
	defer cancel()
	left, err := e.ledger.Spend(limited, costs, before)
	this.err = err
	for name, b := range buckets {
		if err != nil {
			e.mark(b) // to be told the next time
		} else {
			b.learn(asked+int64(left[name]), int64(costs[name]))
		}
	}
}

// known is what was owed at a time without the cost that nobody was told of.
func known(tat, asked, cost int64) int64 {
	if tat == evicted {
		return 0
	}
	return max(tat-asked-cost, 0)
}

func (e *Exchange) mark(b *Bucket) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dirty[b] = true
}

// wait has the cluster told now, and waits for its answer; it reports whether
// there was one.
func (e *Exchange) wait() bool {
	e.mu.Lock()
	this := e.next
	e.mu.Unlock()
	select {
	case e.asked <- struct{}{}:
	default:
	}
	limit := time.NewTimer(waitTime)
	defer limit.Stop()
	select {
	case <-this.done:
		return this.err == nil
	case <-limit.C:
		return false
	}
}

// reserve notes a cost before it is spent, once no more than a second's worth of
// the allowance is not known to the cluster; it waits until then, unless the
// cluster cannot be told.
func (e *Exchange) reserve(b *Bucket, spend int64) {
	for told := true; ; {
		owed := b.owed.Load()
		if told && owed > 0 && owed+spend > ahead {
			told = e.wait()
			continue
		}
		if b.owed.CompareAndSwap(owed, owed+spend) {
			if owed == 0 {
				e.mark(b)
			}
			return
		}
	}
}

// learn takes the arrival time that all servers together have, told included,
// and adds what was spent here since.
func (b *Bucket) learn(tat, told int64) {
	since := b.owed.Add(-told)
	if since > 0 {
		b.home.cluster.mark(b)
	}
	for {
		old := b.tat.Load()
		if old == evicted || b.tat.CompareAndSwap(old, tat+since) {
			return
		}
	}
}

// name is what the ledger calls the allowance.
func (b *Bucket) name() string { return b.home.prefix + b.key }
