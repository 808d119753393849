package queue

import (
	"context"
	"fmt"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/store/protocol"
)

// A Many is jobs that are handed in at once, of one owner and one group at most.
type Many struct {
	Owner string
	Plan  account.Plan
	Specs []Spec // in the order in which they are let in; their Idempotency is not looked at
	Whole bool   // nothing is accepted if one is refused

	Idempotency *protocol.Idempotency        // the answer to remember, without its body, or nil
	Word        func(refused []error) []byte // words that body in the transaction; see SubmitMany
}

// SubmitMany accepts jobs in one transaction, each by the rules of Submit, those
// before it counted. refused says of each why it is not accepted, nil for those that
// are. Failures: those of Submit, of which a refusal is an admission.RefusedError and comes only
// where the whole is asked for.
func (q *Queue) SubmitMany(ctx context.Context, m Many) (refused []error, replay *protocol.Idempotency, err error) {
	jobs, refused := make([]job.Job, len(m.Specs)), make([]error, len(m.Specs))
	sub := &protocol.Submission{Owner: m.Owner, More: make([]protocol.Piece, len(m.Specs)), Idempotency: m.Idempotency}
	for i := range m.Specs {
		jobs[i] = m.Specs[i].queued()
		sub.More[i] = protocol.Piece{Job: &jobs[i], Input: m.Specs[i].Input}
	}
	sub.Admit = func(l protocol.Ledger) error {
		ahead := int64(0)
		for i := range sub.More {
			j, now := sub.More[i].Job, l.Now()
			j.Created, j.Updated = now, now
			err := q.letIn(j, m.Plan, l, true, ahead)
			switch {
			case err == nil:
				ahead++
			case !fault.Is(err, fault.Limited) && !fault.Is(err, fault.Conflict):
				return err
			case m.Whole:
				return &admission.RefusedError{Which: i, Err: err}
			}
			refused[i], sub.More[i].Err = err, err
		}
		if m.Idempotency != nil {
			m.Idempotency.Body = m.Word(refused)
		}
		return nil
	}
	if err := q.config.Store.Submit(ctx, sub); err != nil {
		return nil, nil, fmt.Errorf("submit %d jobs: %w", len(jobs), err)
	}
	if sub.Replay != nil {
		return nil, sub.Replay, nil
	}
	for i := range jobs {
		if refused[i] == nil {
			q.accepted(&jobs[i], m.Plan)
		}
	}
	return refused, nil, nil
}
