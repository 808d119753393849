package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlSetJob = `UPDATE jobs SET status = ?, version = ?, attempt = ?, failures = ?, losses = ?,
			updated = ?, started = ?, finished = ?, expires = ?, link_at = ?, charged_month = ?, output = ?,
			history = ?, error = ?, result = ?
		WHERE seq = ? AND version = ?`
	sqlDropJob   = "DELETE FROM jobs WHERE seq = ? AND version = ?"
	sqlDropInput = "DELETE FROM inputs WHERE seq = ?"
)

// Change makes the changes, in one transaction where it can; see protocol.Core.
func (s *Store) Change(ctx context.Context, changes []*protocol.Change) error {
	if len(changes) == 0 {
		return nil
	}
	op := &changing{changes: changes, results: make([]changed, len(changes))}
	if err := s.ask(ctx, op); err != nil {
		err = fmt.Errorf("change: %w", err)
		for _, c := range changes {
			c.Err = err
		}
		return err
	}
	return op.publish()
}

// changing is the operation of Change.
type changing struct {
	changes []*protocol.Change
	results []changed
}

// changed is what one change has led to.
type changed struct {
	job     job.Job
	files   []string
	err     error
	refused bool // by its decision: err is not the store's trouble
}

func (o *changing) Parts() int { return len(o.changes) }

// Bytes counts the rows; what the decisions will add is not known.
func (o *changing) Bytes() int { return 1024 * len(o.changes) }

func (o *changing) grows() bool { return false }

func (o *changing) settle(i int, err error, refused bool) {
	o.results[i].err, o.results[i].refused = err, refused
}

// publish hands out the results. Trouble of the store is returned too if
// nothing has happened.
func (o *changing) publish() error {
	var trouble error
	happened := false
	for i, c := range o.changes {
		r := &o.results[i]
		if c.Err = r.err; r.err == nil {
			c.Job, c.Files = r.job, r.files
			happened = true
			continue
		}
		c.Output, c.Delete, c.DropOutputs = nil, false, false
		if !r.refused && trouble == nil {
			trouble = r.err
		}
	}
	if happened || trouble == nil {
		return nil
	}
	return fmt.Errorf("change: %w", trouble)
}

func (o *changing) apply(t *tx, i int) error {
	r := &o.results[i]
	*r = changed{}
	return t.change(o.changes[i], r)
}

// change lets one change decide and writes what became of its job.
func (t *tx) change(c *protocol.Change, r *changed) error {
	var was job.Job
	if err := t.getJob(c.ID, &was); err != nil {
		return err
	}
	r.job = was
	if was.Ready != nil {
		ready := *was.Ready
		r.job.Ready = &ready
	}
	c.Output, c.Delete, c.DropOutputs = nil, false, false
	if err := record.Safely("decide", func() error { return c.Decide(c, &r.job, ledger{t}) }); err != nil {
		return err
	}
	record.TidyJob(&r.job)
	if r.job.Ready != nil {
		record.Date(was.Ready, r.job.Ready, t.now)
	}
	if c.Delete {
		return t.dropJob(&was, r)
	}
	if err := record.Check(&was, &r.job); err != nil {
		return fmt.Errorf("decision about job %s: %w", c.ID, err)
	}
	if c.DropOutputs {
		freed, files, err := t.dropOutputs(was.ID)
		if err != nil {
			return err
		}
		r.files = files
		if err := t.store(was.Owner, -freed); err != nil {
			return err
		}
	}
	return t.setJob(&was, &r.job, c.Output)
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
	return t.move(is.Owner, is.Tool, record.PlaceOf(was.Ready), record.PlaceOf(is.Ready))
}

func (t *tx) setRow(was, is *job.Job) error {
	return t.runFenced(sqlSetJob, func(b *binder) {
		b.int(int64(is.Status)).int(is.Version).int(int64(is.Attempt)).int(int64(is.Failures)).int(int64(is.Losses))
		b.time(is.Updated).time(is.Started).time(is.Finished).time(is.Expires)
		b.int(int64(is.LinkAt)).int(int64(is.Charged.Month)).text(is.Output)
		b.blobOrNull(is.History).blobOrNull(is.Error).blobOrNull(is.Result)
		b.int(is.ID.Seq()).int(was.Version)
	})
}

// dropJob removes a job and all that belongs to it, and names its blobs.
func (t *tx) dropJob(was *job.Job, r *changed) error {
	freed, files, err := t.dropOutputs(was.ID)
	if err != nil {
		return err
	}
	if was.Input.Where == job.InUpload {
		if files, err = t.leaveUpload(was.ID, files); err != nil {
			return err
		}
	}
	if was.Input.Where == job.InFile {
		files = append(files, job.InputKey(was.ID))
	} else if err := t.run(sqlDropInput, func(b *binder) { b.int(was.ID.Seq()) }); err != nil {
		return err
	}
	if was.Ready != nil {
		if err := t.dropReady(was.ID, was.Ready); err != nil {
			return err
		}
	}
	if err := t.runFenced(sqlDropJob, func(b *binder) { b.int(was.ID.Seq()).int(was.Version) }); err != nil {
		return err
	}
	r.files = files
	if err := t.move(was.Owner, was.Tool, record.PlaceOf(was.Ready), record.Nowhere); err != nil {
		return err
	}
	return t.store(was.Owner, -(was.Input.Kept() + freed))
}
