package pgstore

import (
	"context"
	"fmt"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// Submit writes a submission in one transaction; see protocol.Core.
func (s *Store) Submit(ctx context.Context, sub *protocol.Submission) error {
	op := &submitting{sub: sub}
	err := s.queue.Do(ctx, op, record.Stopping())
	if err == nil {
		err = op.err
	}
	if err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	sub.Replay = op.replay
	return nil
}

// submitting is the operation of Submit.
type submitting struct {
	sub    *protocol.Submission
	replay *protocol.Idempotency
	err    error
}

// Parts says that a submission counts as one change of its commit.
func (o *submitting) Parts() int { return 1 }

// Bytes is about how much the submission sends: its input, output and answer.
func (o *submitting) Bytes() int {
	n := len(o.sub.Input)
	if o.sub.Output != nil {
		n += len(o.sub.Output.Data)
	}
	if o.sub.Idempotency != nil {
		n += len(o.sub.Idempotency.Body)
	}
	return n
}

func (o *submitting) want(w *wants) {
	w.owners = append(w.owners, o.sub.Owner)
	if o.sub.Idempotency != nil {
		w.answers = append(w.answers, answerOf{o.sub.Owner, o.sub.Idempotency.Key})
	}
}

func (o *submitting) apply(u *unit, _ int) (err error) {
	o.replay, err = u.submit(o.sub)
	return err
}

func (o *submitting) settle(_ int, err error, _ bool) { o.err = err }
