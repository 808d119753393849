package bulk

import (
	"context"
	"errors"
	"slices"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

const (
	leaseTime  = 15 * time.Second // after it another server goes on with a bulk
	takeAtOnce = 64               // bulks of one server; they take turns
	sweepEvery = 30 * time.Second
	sweepBatch = 50
	trouble    = time.Second // between two tries when the store is away
	handTime   = 2 * time.Second
	restShare  = 3 // a rest is the so-many-th part of the work before
)

var errLost = errors.New("somebody else deals with the bulk, or it is over")

// A work is a bulk that this process deals with.
type work struct {
	bulk job.Bulk // as it was when it was last noted
	// doubt says that some of the next jobs may have been dealt with: by a server
	// that died, or by this one, when what became of it was not told.
	doubt bool
	tries int       // of the next jobs that failed
	stale bool      // what is noted may be another than bulk
	noted time.Time // when it was last noted how far it is, before doubt arose

	part  int64 // which ids are, if there are any
	ids   []job.ID
	after time.Time // by this process's own clock: not before
}

// adopt lets Run deal with a bulk.
func (b *Bulks) adopt(w *work) {
	b.mu.Lock()
	b.begun = append(b.begun, w)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// adopted returns what was begun here since the last time.
func (b *Bulks) adopted() []*work {
	b.mu.Lock()
	defer b.mu.Unlock()
	begun := b.begun
	b.begun = nil
	return begun
}

// Run deals with bulks until ctx is done: with those that were begun here, and with
// those whose server is gone. They take turns, a batch each. At its end it leaves
// what it has to others.
func (b *Bulks) Run(ctx context.Context) {
	look, sweep := time.NewTicker(lookEvery), time.NewTicker(sweepEvery)
	defer look.Stop()
	defer sweep.Stop()
	mine := b.take(ctx, nil, choosingTime) // also what earlier processes of this server have left
	for ctx.Err() == nil {
		mine = append(mine, b.adopted()...)
		select {
		case <-look.C:
			mine = b.take(ctx, mine, 0)
		case <-sweep.C:
			b.sweep(ctx)
		default:
		}
		busy := false
		mine = slices.DeleteFunc(mine, func(w *work) bool {
			if ctx.Err() != nil || time.Now().Before(w.after) {
				return false
			}
			busy = true
			return !b.turn(ctx, w)
		})
		if busy {
			continue
		}
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-look.C:
			mine = b.take(ctx, mine, 0)
		case <-sweep.C:
			b.sweep(ctx)
		}
	}
	b.handBack(context.WithoutCancel(ctx), append(mine, b.adopted()...))
}

// rest lets others work.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// take adds bulks with which nobody deals, or, before their leases end in so long,
// whose worker is known to be dead.
func (b *Bulks) take(ctx context.Context, mine []*work, ahead time.Duration) []*work {
	if len(mine) >= takeAtOnce {
		return mine
	}
	due, err := b.Store.DueBulks(ctx, b.now().Add(ahead), takeAtOnce-len(mine))
	if err != nil {
		b.tell(ctx, "look for bulks", err)
		return mine
	}
	for i := range due {
		if slices.ContainsFunc(mine, func(w *work) bool { return w.bulk.ID == due[i].ID }) {
			continue // its lease has ended: it is renewed, or lost, at its next turn
		}
		if due[i].Taken(b.now()) && !b.dead(due[i].Worker) {
			continue
		}
		w := &work{bulk: due[i], doubt: due[i].Worker != "", stale: true, noted: due[i].Updated}
		if due[i].State == job.BulkChoosing {
			b.forget(ctx, due[i].ID)
			continue
		}
		mine = append(mine, w)
	}
	return mine
}

// turn deals with a batch of a bulk's jobs and notes it. It reports whether there
// is more to do, for this process.
func (b *Bulks) turn(ctx context.Context, w *work) (more bool) {
	whole, end := b.leased(context.WithoutCancel(ctx), w.bulk.ID) // what was begun is noted, also at the end
	err := b.batch(whole, ctx, w)
	end()
	switch {
	case err == nil:
		w.tries = 0
		return !w.bulk.State.Final()
	case errors.Is(err, errLost) || fault.Is(err, fault.NotFound):
		return false
	}
	w.tries++
	b.tell(ctx, "go on with bulk "+w.bulk.ID.String(), err)
	w.doubt, w.stale, w.after = true, true, time.Now().Add(trouble)
	return true
}

// leased keeps the lease of a bulk while something is done with its jobs that may
// take long. Its context ends when the lease is lost.
func (b *Bulks) leased(ctx context.Context, id job.ID) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		renew := time.NewTicker(leaseTime / 3)
		defer renew.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-renew.C:
			}
			_, err := b.Store.ChangeBulk(ctx, id, func(is *job.Bulk, now time.Time) error {
				if is.Worker != b.Worker {
					return errLost
				}
				is.Updated, is.Until = now, now.Add(leaseTime)
				return nil
			})
			if errors.Is(err, errLost) {
				cancel()
			}
		}
	}()
	return ctx, func() {
		cancel()
		<-done
	}
}

func (b *Bulks) batch(ctx, stop context.Context, w *work) error {
	if w.stale {
		if err := b.lease(ctx, w); err != nil {
			return err
		}
	}
	ids, err := b.next(ctx, w)
	if err != nil {
		return err
	}
	failures, err := b.act(ctx, stop, w, ids)
	if err != nil {
		return err
	}
	return b.note(ctx, w, ids[:len(failures)], failures)
}

// lease takes a bulk, or makes sure that it is still this process's, and reads how
// far it is.
func (b *Bulks) lease(ctx context.Context, w *work) error {
	is, err := b.Store.ChangeBulk(ctx, w.bulk.ID, func(is *job.Bulk, now time.Time) error {
		if is.State != job.BulkProcessing || is.Worker != b.Worker && is.Taken(now) && !b.dead(is.Worker) {
			return errLost
		}
		w.doubt = w.doubt || is.Worker != b.Worker && is.Worker != ""
		is.Worker, is.Updated, is.Until = b.Worker, now, now.Add(leaseTime)
		return nil
	})
	if err == nil {
		w.bulk, w.stale = is, false
	}
	return err
}

// next returns the next jobs of a bulk: never of two parts at once.
func (b *Bulks) next(ctx context.Context, w *work) ([]job.ID, error) {
	at := w.bulk.Next
	if part := at / partJobs; w.ids == nil || w.part != part {
		ids, err := b.Store.BulkJobs(ctx, w.bulk.ID, part)
		if err != nil {
			return nil, err
		}
		w.part, w.ids = part, ids
	}
	from := int(at % partJobs)
	return w.ids[min(from, len(w.ids)):min(from+batchJobs, len(w.ids))], nil
}

// note writes down what became of some jobs. It is refused if the bulk is another's
// by now; then the other one does the same again, in doubt.
func (b *Bulks) note(ctx context.Context, w *work, ids []job.ID, failures []error) error {
	var skips []Skip
	for i, err := range failures {
		if err != nil {
			skips = append(skips, Skip{ids[i].String(), codeOf(err)})
		}
	}
	is, err := b.Store.ChangeBulk(ctx, w.bulk.ID, func(is *job.Bulk, now time.Time) error {
		if is.Worker != b.Worker || is.Next != w.bulk.Next {
			return errLost
		}
		is.Next += int64(len(ids))
		is.Done += int64(len(ids) - len(skips))
		is.Skipped += int64(len(skips))
		addSkips(is, skips)
		if is.State == job.BulkProcessing && (is.Next >= is.Matched || len(ids) == 0) { // there are no more, whatever was counted
			b.end(is, job.BulkDone, now)
			return nil
		}
		is.Version++
		is.Updated, is.Until = now, now.Add(leaseTime)
		return nil
	})
	if err != nil {
		return err
	}
	w.bulk, w.doubt, w.noted = is, false, is.Updated
	if is.State.Final() {
		b.tellEnd()
	}
	return nil
}

// handBack leaves bulks to others in good order; those in doubt are found when
// their leases end.
func (b *Bulks) handBack(ctx context.Context, mine []*work) {
	ctx, cancel := context.WithTimeout(ctx, handTime)
	defer cancel()
	for _, w := range mine {
		if w.doubt || w.stale {
			continue
		}
		_, err := b.Store.ChangeBulk(ctx, w.bulk.ID, func(is *job.Bulk, now time.Time) error {
			if is.Worker != b.Worker || is.State.Final() {
				return errLost
			}
			is.Worker, is.Updated, is.Until = "", now, time.Time{}
			return nil
		})
		if err != nil && !errors.Is(err, errLost) {
			b.tell(ctx, "hand back bulk", err)
		}
	}
}

func (b *Bulks) sweep(ctx context.Context) {
	now, ok := b.Clock.Believed()
	if !ok {
		return
	}
	if _, err := b.Store.SweepBulks(ctx, now, sweepBatch); err != nil {
		b.tell(ctx, "sweep bulks", err)
	}
}

func (b *Bulks) tell(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		b.Log.WarnContext(ctx, "trouble with bulks", "what", what, "err", err)
	}
}
