package record

import (
	"errors"
	"fmt"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Submitting is what Submit asks of a writer, in one part.
type Submitting struct {
	Sub    *protocol.Submission
	replay *protocol.Idempotency
	err    error
}

// A Taker is a transaction that takes a submission.
type Taker interface {
	// Answer returns the unexpired remembered answer of an idempotency key, or nil.
	Answer(owner, key string) (*protocol.Idempotency, error)
	// PutJob takes a new job, its input and its part of the queue.
	PutJob(j *job.Job, input []byte) error
	// PutOutput takes an output of a synchronous call.
	PutOutput(o *job.Output) error
	// PutAnswer remembers an answer, in place of an expired one of the same key.
	PutAnswer(owner string, a *protocol.Idempotency) error
}

// Parts says that a submission is one part of its transaction.
func (o *Submitting) Parts() int { return 1 }

// Bytes is about how much the submission writes: its input, output and answer.
func (o *Submitting) Bytes() int {
	n := len(o.Sub.Input)
	for i := range o.Sub.More {
		n += len(o.Sub.More[i].Input)
	}
	if o.Sub.Output != nil {
		n += len(o.Sub.Output.Data)
	}
	if o.Sub.Idempotency != nil {
		n += len(o.Sub.Idempotency.Body)
	}
	return n
}

// Take decides about the submission and writes what follows, unless the answer
// is known already.
func (o *Submitting) Take(t Taker, l protocol.Ledger) (err error) {
	s := o.Sub
	o.replay = nil
	if s.Idempotency != nil {
		if o.replay, err = t.Answer(s.Owner, s.Idempotency.Key); err != nil || o.replay != nil {
			return err
		}
	}
	if s.Admit != nil {
		if err := Safely("admit", func() error { return s.Admit(l) }); err != nil {
			return err
		}
	}
	if s.Job != nil {
		if s.Job.Ready == nil || s.Job.Status.Final() {
			return errors.New("the submitted job is finished already")
		}
		if err := t.PutJob(s.Job, s.Input); err != nil {
			return err
		}
	}
	for i := range s.More {
		if p := &s.More[i]; p.Err == nil {
			if err := t.PutJob(p.Job, p.Input); err != nil {
				return err
			}
		}
	}
	if s.Output != nil {
		if err := t.PutOutput(s.Output); err != nil {
			return err
		}
	}
	if s.Idempotency != nil {
		return t.PutAnswer(s.Owner, s.Idempotency)
	}
	return nil
}

// Settle is told how the submission ended.
func (o *Submitting) Settle(_ int, err error, _ bool) { o.err = err }

// Publish hands out the result; asked is why the writer has not seen the
// operation, nil if it has.
func (o *Submitting) Publish(asked error) error {
	if asked == nil {
		asked = o.err
	}
	if asked != nil {
		return fmt.Errorf("submit: %w", asked)
	}
	o.Sub.Replay = o.replay
	return nil
}
