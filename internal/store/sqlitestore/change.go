package sqlitestore

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/beside"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlSetJob  = "UPDATE jobs SET status = ?, version = ?, attempt = ?, failures = ?, losses = ?, updated = ?, started = ?, finished = ?, expires = ?, link_at = ?, charged_month = ?, output = ?, history = ?, error = ?, result = ? WHERE seq = ? AND version = ?"
	sqlDropJob = "DELETE FROM jobs WHERE seq = ? AND version = ?"
)

// Change makes the changes, in one transaction where it can; see protocol.Core.
func (s *Store) Change(ctx context.Context, changes []*protocol.Change) error {
	if len(changes) == 0 {
		return nil
	}
	op := &changing{record.NewChanging(changes)}
	return op.Publish(s.ask(ctx, op))
}

// changing is the operation of Change.
type changing struct{ record.Changing }

func (o *changing) grows() bool { return false }

func (o *changing) apply(t *tx, i int) error { return t.change(o.Changes[i], o.Result(i)) }

// change lets one change decide and writes what became of its job.
func (t *tx) change(c *protocol.Change, r *record.Changed) error {
	var was job.Job
	if err := t.getJob(c.ID, &was); err != nil {
		return err
	}
	if err := record.Decide(c, &was, &r.Job, &t.ledger); err != nil {
		return err
	}
	if c.Delete {
		return t.dropJob(&was, r)
	}
	if c.DropOutputs {
		freed, files, err := t.dropOutputs(was.ID)
		if err != nil {
			return err
		}
		r.Files = files
		if err := t.store(was.Owner, -freed); err != nil {
			return err
		}
	}
	if c.DropInput {
		if err := t.loseInput(&was, r); err != nil {
			return err
		}
	}
	if err := beside.KeepInput(t.run, was.ID, c.InputUntil); err != nil {
		return err
	}
	var err error
	if r.Dropped, err = beside.Say(t.c.Conn, t.run, was.ID, &c.Say); err != nil {
		return err
	}
	return t.setJob(&was, &r.Job, c.Output)
}

// getJob reads a job as it is in the transaction.
func (t *tx) getJob(id job.ID, j *job.Job) error {
	if err := t.c.job(id, j); err != nil || j.Status.Final() {
		return err
	}
	j.Ready, j.RunAt = &job.Ready{}, time.Time{}
	return t.getReady(id, j.Ready)
}

// setJob writes what differs.
func (t *tx) setJob(was, is *job.Job, out *job.Output) error {
	if err := t.number(was, is); err != nil {
		return err
	}
	if !record.SameRow(was, is) {
		if err := t.setRow(was, is); err != nil {
			return err
		}
	}
	switch {
	case was.Ready == nil:
	case is.Ready == nil:
		if err := t.dropReady(is.ID, was.Ready); err != nil {
			return err
		}
	case *was.Ready != *is.Ready:
		if err := t.setReady(is.ID, was.Ready, is.Ready); err != nil {
			return err
		}
	}
	if err := t.setOutputs(was, is, out); err != nil {
		return err
	}
	if was.Ready != nil && is.Ready == nil {
		if err := t.announce(is, was.Ready.WebhookURL); err != nil {
			return err
		}
	}
	if err := t.move(is.Owner, is.Tool, record.StageOf(was.Ready), record.StageOf(is.Ready)); err != nil {
		return err
	}
	return t.group(was, is)
}

func (t *tx) setRow(was, is *job.Job) error {
	if is.FinishNo != was.FinishNo { // apart: the index of numbers costs those nothing who have none
		if err := t.run("UPDATE jobs SET finish_no = ? WHERE seq = ?", func(b *file.Binder) { b.Int(is.FinishNo).Int(is.ID.Seq()) }); err != nil {
			return err
		}
	}
	return t.runFenced(sqlSetJob, func(b *file.Binder) {
		b.Int(int64(is.Status)).Int(is.Version).Int(int64(is.Attempt)).Int(int64(is.Failures)).Int(int64(is.Losses))
		b.Time(is.Updated).Time(is.Started).Time(is.Finished).Time(is.Expires).Int(int64(is.LinkAt)).Int(int64(is.Charged.Month)).Text(is.Output)
		b.BlobOrNull(is.History).BlobOrNull(is.Error).BlobOrNull(is.Result).Int(is.ID.Seq()).Int(was.Version)
	})
}

// dropJob removes a job and all that belongs to it, and names its blobs.
func (t *tx) dropJob(was *job.Job, r *record.Changed) error {
	freed, files, err := t.dropOutputs(was.ID)
	if err != nil {
		return err
	}
	if files, err = beside.DropInput(t.run, was, files, t.leaveUpload); err != nil {
		return err
	}
	if was.Ready != nil {
		if err := t.dropReady(was.ID, was.Ready); err != nil {
			return err
		}
	}
	if err := t.runFenced(sqlDropJob, func(b *file.Binder) { b.Int(was.ID.Seq()).Int(was.Version) }); err != nil {
		return err
	}
	r.Files = files
	if err := t.move(was.Owner, was.Tool, record.StageOf(was.Ready), record.Finished); err != nil {
		return err
	}
	if err := t.store(was.Owner, -(was.Input.Kept() + freed)); err != nil {
		return err
	}
	return t.group(was, nil)
}

// loseInput removes the input of a job that stays.
func (t *tx) loseInput(was *job.Job, r *record.Changed) (err error) {
	if r.Files, err = beside.DropInput(t.run, was, r.Files, t.leaveUpload); err != nil {
		return err
	}
	if err := t.store(was.Owner, -was.Input.Kept()); err != nil {
		return err
	}
	return beside.LoseInput(t.run, was.ID)
}
