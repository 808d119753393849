package queue

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/words"
)

// renew keeps the leases of this process alive for which somebody works, and
// learns of jobs that are to be canceled.
func (q *Queue) renew(ctx context.Context) error {
	leases := q.worked()
	if len(leases) == 0 {
		return nil
	}
	wishes := make([]wish, len(leases))
	for i, lease := range leases {
		wishes[i] = wish{id: lease.ID, decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			if err := fenced(j, lease); err != nil {
				return err
			}
			j.Ready.Lease.Until = l.Now().Add(q.config.Lease)
			return nil
		}}
	}
	asked := time.Now()
	changes, err := q.quietly(ctx, wishes)
	if err != nil {
		return fmt.Errorf("renew %d leases: %w", len(changes), err)
	}
	for i, c := range changes {
		switch {
		case fault.Is(c.Err, fault.LeaseLost), fault.Is(c.Err, fault.NotFound):
			q.Stop(c.ID, leases[i].Attempt, ErrLeaseLost)
		case c.Err != nil:
			q.config.Log.WarnContext(ctx, "lease not renewed", "job", c.ID.String(), "err", c.Err)
		default:
			q.extend(leases[i], asked)
			if c.Job.Ready != nil && c.Job.Ready.CancelRequested {
				q.Stop(c.ID, leases[i].Attempt, ErrCanceled)
			}
		}
	}
	return nil
}

// Progress records a sign of life of an attempt of this process.
func (q *Queue) Progress(ctx context.Context, c Claimed, sign words.Sign) error {
	_, err := q.changeOne(ctx, c.Job.ID, func(ch *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if err := fenced(j, c.Lease); err != nil {
			return err
		}
		sign.Note(ch, j, l.Now())
		j.Ready.Lease.Until = l.Now().Add(q.config.Lease) // of this process's attempts: see Renew
		return nil
	})
	return err
}
