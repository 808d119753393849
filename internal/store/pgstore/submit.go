package pgstore

import (
	"context"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Submit writes a submission in one transaction; see protocol.Core.
func (s *Store) Submit(ctx context.Context, sub *protocol.Submission) error {
	op := &submitting{record.Submitting{Sub: sub}}
	return op.Publish(s.queue.Do(ctx, op, record.Stopping()))
}

// submitting is the operation of Submit.
type submitting struct{ record.Submitting }

func (o *submitting) want(w *wants) {
	w.owners = append(w.owners, o.Sub.Owner)
	if o.Sub.Idempotency != nil {
		w.answers = append(w.answers, answerOf{o.Sub.Owner, o.Sub.Idempotency.Key})
	}
}

func (o *submitting) apply(u *unit, _ int) error { return o.Take(u, &u.ledger) }
