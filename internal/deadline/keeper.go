package deadline

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"claimcheck/internal/store/protocol"
)

const (
	// lookEvery is how often deadlines are looked for, beside being told.
	lookEvery = 500 * time.Millisecond
	// grace is how much later than the leader the other servers of a cluster end
	// what is due, should the leader not have.
	grace = 300 * time.Millisecond
	// batch is how many jobs are ended in one transaction.
	batch = 500
	// maxListed is how many deadlines are looked at where the clock has stepped.
	maxListed = 100_000
	// troubleWait is the wait after the store refused.
	troubleWait = 100 * time.Millisecond
)

// Config is what a Keeper needs. All fields must be set.
type Config struct {
	Store protocol.Timers
	Times *Times
	Leads func() bool // this process does what one does for all
	Log   *slog.Logger

	// End ends those jobs whose deadline has come, and returns how many it ended.
	End func(ctx context.Context, due []protocol.Timed) (ended int, err error)
}

// A Keeper has jobs ended whose deadline has come. Each server has one; all of them
// look, so that a job ends in time whatever becomes of the others.
type Keeper struct {
	Config
	wake chan struct{}
}

// NewKeeper returns a keeper that does nothing until Run.
func NewKeeper(c Config) *Keeper { return &Keeper{Config: c, wake: make(chan struct{}, 1)} }

// Wake tells of a deadline that may be nearer than those that are known. It does not
// wait.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run keeps deadlines until ctx is done.
func (k *Keeper) Run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, err := k.look(ctx)
		if err != nil && ctx.Err() == nil {
			k.Log.ErrorContext(ctx, "maintenance failed", "what", "deadlines", "err", err)
			wait = troubleWait
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look ends what is due and returns after how long to look again.
func (k *Keeper) look(ctx context.Context) (wait time.Duration, err error) {
	for {
		limit := 2 * batch
		if k.Times.Stepped() {
			limit = maxListed
		}
		list, err := protocol.DueDeadlines(ctx, k.Store, k.Times.Horizon(lookEvery), limit)
		if err != nil {
			return 0, err
		}
		due, next := k.due(list)
		ended := 0
		for part := range slices.Chunk(due, batch) {
			n, err := k.End(ctx, part)
			if err != nil {
				return 0, err
			}
			ended += n
		}
		if len(list) < limit || ended == 0 {
			return next, nil
		}
	}
}

// due are those whose time has come, for this server to end; next is when it
// comes for the first of the others, not later than lookEvery.
func (k *Keeper) due(list []protocol.Timed) (due []protocol.Timed, next time.Duration) {
	late := time.Duration(0)
	if !k.Leads() {
		late = grace
	}
	next = lookEvery
	for _, t := range list {
		left := k.Times.Left(t.Created, t.At) + late
		if left <= 0 {
			due = append(due, t)
		} else {
			next = min(next, left)
		}
	}
	return due, next
}
