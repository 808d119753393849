package pgstore

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/unit"
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

func (o *submitting) want(w *unit.Wants) {
	w.Owners = append(w.Owners, o.Sub.Owner)
	if name := o.Sub.Group(); name != "" {
		w.Groups = append(w.Groups, job.GroupName{Owner: o.Sub.Owner, Name: name})
	}
	if o.Sub.Idempotency != nil {
		w.Answers = append(w.Answers, unit.AnswerKey{Owner: o.Sub.Owner, Key: o.Sub.Idempotency.Key})
	}
}

func (o *submitting) apply(u *unit.Unit, _ int) error { return o.Take(u, &u.Ledger) }
