package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlPutJob = "INSERT INTO jobs (seq, " + jobColumns + `)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlPutInput = "INSERT INTO inputs (seq, data) VALUES (?, ?)"
)

// Submit writes a submission in one transaction; see protocol.Core.
func (s *Store) Submit(ctx context.Context, sub *protocol.Submission) error {
	op := &submitting{sub: sub}
	err := s.ask(ctx, op)
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

func (o *submitting) Parts() int { return 1 }

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

func (o *submitting) grows() bool { return true }

func (o *submitting) settle(_ int, err error, _ bool) { o.err = err }

func (o *submitting) apply(t *tx, _ int) (err error) {
	s := o.sub
	o.replay = nil
	if s.Idempotency != nil {
		if o.replay, err = t.c.answer(s.Owner, s.Idempotency.Key, t.now); err != nil || o.replay != nil {
			return err
		}
	}
	if err := t.admit(s); err != nil {
		return err
	}
	if s.Job != nil {
		if err := t.putJob(s.Job, s.Input); err != nil {
			return err
		}
	}
	if s.Output != nil {
		if err := t.putOutput(s.Output); err != nil {
			return err
		}
	}
	if s.Idempotency != nil {
		return t.putAnswer(s.Owner, s.Idempotency)
	}
	return nil
}

// admit asks everything that can refuse the submission.
func (t *tx) admit(s *protocol.Submission) error {
	if s.Admit != nil {
		if err := record.Safely("admit", func() error { return s.Admit(ledger{t}) }); err != nil {
			return err
		}
	}
	if s.Job != nil && (s.Job.Ready == nil || s.Job.Status.Final()) {
		return errors.New("the submitted job is finished already")
	}
	return nil
}

// putJob writes a new job with its input and its place in the queue.
func (t *tx) putJob(j *job.Job, input []byte) error {
	seq := j.ID.Seq()
	err := t.run(sqlPutJob, func(b *binder) {
		b.int(seq).blob(j.ID[:]).text(j.Owner).text(j.Tool).text(j.RequestID)
		b.int(j.Input.Size).int(int64(j.Input.Where)).int(int64(j.Status)).int(j.Version)
		b.int(int64(j.Attempt)).int(int64(j.Failures)).int(int64(j.Losses))
		b.time(j.Created).time(j.Updated).time(j.Started).time(j.Finished).time(j.Expires)
		b.int(int64(j.LinkAt)).int(int64(j.Charged.Month)).text(j.Output)
		b.blobOrNull(j.Options).blobOrNull(j.Metadata).blobOrNull(j.History).blobOrNull(j.Error).blobOrNull(j.Result)
		b.text(j.Input.Type)
	})
	if constraint(err) && !t.wrote {
		return fault.New(fault.Conflict, "ID_TAKEN", "The id is taken by another job.").Because(err)
	}
	if err != nil {
		return err
	}
	if j.Input.InStore() {
		if err := t.run(sqlPutInput, func(b *binder) { b.int(seq).blob(input) }); err != nil {
			return err
		}
	}
	if j.Input.Where == job.InUpload {
		if err := t.useUpload(j.Owner, input); err != nil {
			return err
		}
	}
	if err := t.putReady(j); err != nil {
		return err
	}
	t.newSeq = max(t.newSeq, seq)
	if err := t.move(j.Owner, j.Tool, record.Nowhere, record.PlaceOf(j.Ready)); err != nil {
		return err
	}
	return t.store(j.Owner, j.Input.Kept())
}

// A ledger shows a transaction to a decision.
type ledger struct{ t *tx }

func (l ledger) Now() time.Time { return l.t.now }

func (l ledger) Usage(owner string, month int) (*account.Usage, error) {
	u, err := l.t.usage(owner, month)
	if err != nil {
		return nil, err
	}
	for _, c := range l.t.charges {
		if c.of == u {
			return c.value, nil
		}
	}
	v := u.Usage
	l.t.charges = append(l.t.charges, charge{of: u, value: &v})
	return &v, nil
}

func (l ledger) Counts(owner string) (account.Counts, error) {
	o, err := l.t.ownerTally(owner)
	if err != nil {
		return account.Counts{}, err
	}
	return o.Counts, nil
}

// Running returns how many jobs of a tool are under a lease. The writer is the
// only one: nobody else decides by this number meanwhile.
func (l ledger) Running(tool string) (int64, error) { return l.t.runningOf(tool) }
