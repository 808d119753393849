package sqlitestore

import (
	"context"

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
	op := &submitting{record.Submitting{Sub: sub}}
	return op.Publish(s.ask(ctx, op))
}

// submitting is the operation of Submit.
type submitting struct{ record.Submitting }

func (o *submitting) grows() bool { return true }

func (o *submitting) apply(t *tx, _ int) error { return o.Take(t, &t.ledger) }

// PutJob writes a new job with its input and its part of the queue.
func (t *tx) PutJob(j *job.Job, input []byte) error {
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
		return record.JobTaken(err)
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
	if err := t.move(j.Owner, j.Tool, record.Finished, record.StageOf(j.Ready)); err != nil {
		return err
	}
	return t.store(j.Owner, j.Input.Kept())
}
