package care

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

var errNotAhead = errors.New("the job did not end in the future")

// recall brings back what seems to have ended more than a day from now, because
// the clock was ahead then: it is kept for its own time from now on. What is less
// far ahead may be right: the clock that is behind now may be the wrong one. It
// does nothing while the clock is not believed.
func (k *Keeper) recall(ctx context.Context) error {
	now, ok := k.config.Clock.Believed()
	if !ok {
		return nil
	}
	after := now.Add(clock.Leap)
	for {
		n, err := k.recallJobs(ctx, after)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	if err := k.config.Store.Recall(ctx, after, sweepBatch); err != nil {
		return fmt.Errorf("bring back what is dated ahead: %w", err)
	}
	return nil
}

func (k *Keeper) recallJobs(ctx context.Context, after time.Time) (recalled int, err error) {
	ids, err := protocol.EndedAfter(ctx, k.config.Store, after, sweepBatch)
	if err != nil {
		return 0, fmt.Errorf("find jobs that ended in the future: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	changes, err := k.config.Jobs.ChangeAll(ctx, ids, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if !j.Finished.After(after) || l.Now().After(after) {
			return errNotAhead
		}
		kept := j.Expires.Sub(j.Finished)
		j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(kept)
		j.Version++
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("bring back jobs that ended in the future: %w", err)
	}
	for _, c := range changes {
		if c.Err == nil {
			recalled++
		}
	}
	return recalled, nil
}
