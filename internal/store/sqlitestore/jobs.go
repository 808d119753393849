package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/beside"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	jobColumns = `id, owner, tool, request_id, input_size, input_file, status, version, attempt, failures, losses,
		created, updated, started, finished, expires, link_at, charged_month, output, options, metadata, history, error, result, terms, input_type,
		job_group, finish_no`

	// shownColumns has job.Job's RunAt too: only of a queued job is the other row read.
	shownColumns = jobColumns + ", CASE status WHEN 0 THEN (SELECT run_at FROM ready r WHERE r.seq = jobs.seq) END"

	sqlGetJob = "SELECT " + shownColumns + " FROM jobs WHERE seq = ?"
)

// Get returns a job without Ready, or NotFound JOB_NOT_FOUND.
func (s *Store) Get(ctx context.Context, id job.ID) (j job.Job, err error) {
	err = s.read(ctx, "get job", func(c conn) error { return c.job(id, &j) })
	return j, err
}

// job reads a job without Ready; on error j is zero.
func (c conn) job(id job.ID, j *job.Job) error {
	row, err := c.One(sqlGetJob, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) { c.jobAt(st, j) })
	if err == nil && (!row || j.ID != id) {
		err = record.JobNotFound()
	}
	if err != nil {
		*j = job.Job{}
	}
	return err
}

// jobAt reads a row of shownColumns, all of its bytes into one allocation.
func (c conn) jobAt(st *sqlite.Stmt, j *job.Job) {
	st.ColumnBytes(0, j.ID[:])
	j.Owner = c.NameAt(st, 1)
	j.Tool = c.NameAt(st, 2)
	j.RequestID = c.TextAt(st, 3)
	j.Input = job.Input{Size: st.ColumnInt64(4), Where: job.Where(st.ColumnInt64(5)), Type: c.TextAt(st, 25)} //nolint:gosec // as written
	j.Status = job.Status(st.ColumnInt64(6))                                                                  //nolint:gosec // as written
	j.Version = st.ColumnInt64(7)
	j.Attempt = st.ColumnInt(8)
	j.Failures = st.ColumnInt(9)
	j.Losses = st.ColumnInt(10)
	for i, t := range [...]*time.Time{&j.Created, &j.Updated, &j.Started, &j.Finished, &j.Expires} {
		*t = record.Time(st.ColumnInt64(11 + i))
	}
	j.LinkAt = st.ColumnInt(16)
	j.Charged.Month = st.ColumnInt(17)
	j.Output = c.TextAt(st, 18)
	j.Group, j.FinishNo = c.TextAt(st, 26), st.ColumnInt64(27)
	j.RunAt = record.Time(st.ColumnInt64(28))

	long := [...]*[]byte{&j.Options, &j.Metadata, &j.History, &j.Error, &j.Result, &j.Terms}
	var sizes [len(long)]int
	total := 0
	for i := range long {
		sizes[i] = st.ColumnLen(19 + i)
		total += sizes[i]
	}
	if total == 0 {
		return
	}
	all := make([]byte, total)
	for i, p := range long {
		if n := sizes[i]; n > 0 {
			*p = all[:n:n]
			st.ColumnBytes(19+i, *p)
			all = all[n:]
		}
	}
}

// Input returns a job's inline input; NotFound if it has none.
func (s *Store) Input(ctx context.Context, id job.ID) (input []byte, err error) {
	err = s.read(ctx, "get input", func(c conn) error {
		input, err = c.input(id)
		return err
	})
	return input, err
}

func (c conn) input(id job.ID) ([]byte, error) { return beside.Input(c.Conn, id) }
