package sqlitestore

import (
	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlPutReady = `INSERT INTO ready (seq, id, owner, tool, input_size,
			priority, run_at, state, worker, attempt, lease_until, cancel_requested, probation, progress, since, end_by, message, webhook_url, input_sum, trace_parent, strand)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlGetReady = `SELECT priority, run_at, worker, attempt, lease_until, cancel_requested, probation, progress, webhook_url, input_sum, trace_parent, since, end_by, message, strand FROM ready WHERE seq = ?`
	sqlSetReady = `UPDATE ready SET
			priority = ?, run_at = ?, state = ?, worker = ?, attempt = ?, lease_until = ?, cancel_requested = ?, probation = ?, progress = ?, since = ?, end_by = ?, message = ?
		WHERE seq = ? AND worker = ? AND attempt = ?`
	sqlSetStrand = "UPDATE ready SET strand = ? WHERE seq = ?"
	sqlDropReady = `DELETE FROM ready WHERE seq = ? AND worker = ? AND attempt = ?`
)

func (t *tx) putReady(j *job.Job) error {
	r := *j.Ready
	record.Date(nil, &r, t.now)
	return t.run(sqlPutReady, func(b *file.Binder) {
		b.Int(j.ID.Seq()).Blob(j.ID[:]).Text(j.Owner).Text(j.Tool).Int(j.Input.Size)
		t.bindReady(b, &r)
		b.Text(j.Ready.WebhookURL).Int(j.Ready.InputSum).Text(j.Ready.TraceParent).Text(j.Ready.Strand)
	})
}

func (t *tx) bindReady(b *file.Binder, r *job.Ready) {
	b.Int(int64(r.Priority)).Time(r.RunAt).Int(record.StateOf(r, t.now))
	b.Text(r.Lease.Worker).Int(int64(r.Lease.Attempt)).Time(r.Lease.Until)
	b.Bool(r.CancelRequested).Int(int64(r.Probation)).Int(int64(r.Progress)).Time(record.SinceOf(r)).Time(r.EndBy).Text(r.Message)
}

// getReady reads an unfinished job's part of the queue.
func (t *tx) getReady(id job.ID, r *job.Ready) error {
	row, err := t.c.ready(id, r)
	if err == nil && !row {
		return errFence
	}
	return err
}

// ready reads a job's part of the queue; it has none once it is finished.
func (c conn) ready(id job.ID, r *job.Ready) (found bool, err error) {
	found, err = c.One(sqlGetReady, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) {
		*r = job.Ready{
			Priority: st.ColumnInt(0),
			RunAt:    record.Time(st.ColumnInt64(1)),
			Lease: job.Lease{
				ID: id, Worker: c.NameAt(st, 2), Attempt: st.ColumnInt(3), Until: record.Time(st.ColumnInt64(4)),
			},
			CancelRequested: st.ColumnInt64(5) != 0,
			Probation:       job.Probation(st.ColumnInt64(6)), //nolint:gosec // as written
			Progress:        st.ColumnInt(7),
			WebhookURL:      c.TextAt(st, 8),
			InputSum:        st.ColumnInt64(9),
			TraceParent:     c.TextAt(st, 10),
			EndBy:           record.Time(st.ColumnInt64(12)),
			Message:         c.TextAt(st, 13),
			Strand:          c.TextAt(st, 14),
		}
		record.SetSince(r, record.Time(st.ColumnInt64(11)))
	})
	record.TidyLease(&r.Lease, id)
	return found, err
}

// setReady writes what became of an unfinished job's part of the queue, if the
// same lease still has it.
func (t *tx) setReady(id job.ID, was, is *job.Ready) error {
	if was.Strand != is.Strand {
		if err := t.runFenced(sqlSetStrand, func(b *file.Binder) { b.Text(is.Strand).Int(id.Seq()) }); err != nil {
			return err
		}
	}
	return t.runFenced(sqlSetReady, func(b *file.Binder) {
		t.bindReady(b, is)
		b.Int(id.Seq()).Text(was.Lease.Worker).Int(int64(was.Lease.Attempt))
	})
}

func (t *tx) dropReady(id job.ID, was *job.Ready) error {
	return t.runFenced(sqlDropReady, func(b *file.Binder) {
		b.Int(id.Seq()).Text(was.Lease.Worker).Int(int64(was.Lease.Attempt))
	})
}
