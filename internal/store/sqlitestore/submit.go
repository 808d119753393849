package sqlitestore

import (
	"context"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlPutJob = "INSERT INTO jobs (seq, " + jobColumns + `)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
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
	err := t.run(sqlPutJob, func(b *file.Binder) {
		b.Int(seq).Blob(j.ID[:]).Text(j.Owner).Text(j.Tool).Text(j.RequestID)
		b.Int(j.Input.Size).Int(int64(j.Input.Where)).Int(int64(j.Status)).Int(j.Version)
		b.Int(int64(j.Attempt)).Int(int64(j.Failures)).Int(int64(j.Losses))
		b.Time(j.Created).Time(j.Updated).Time(j.Started).Time(j.Finished).Time(j.Expires)
		b.Int(int64(j.LinkAt)).Int(int64(j.Charged.Month)).Text(j.Output)
		b.BlobOrNull(j.Options).BlobOrNull(j.Metadata).BlobOrNull(j.History).BlobOrNull(j.Error).BlobOrNull(j.Result).BlobOrNull(j.Terms)
		b.Text(j.Input.Type).TextOrNull(j.Group).IntOrNull(j.FinishNo)
	})
	if file.Constraint(err) && !t.wrote {
		return record.JobTaken(err)
	}
	if err != nil {
		return err
	}
	if j.Input.InStore() {
		if err := t.run(sqlPutInput, func(b *file.Binder) { b.Int(seq).Blob(input) }); err != nil {
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
	if err := t.store(j.Owner, j.Input.Kept()); err != nil {
		return err
	}
	return t.group(nil, j)
}
