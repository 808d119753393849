package sqlitestore

import (
	"context"
	"math"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	checkEvery = 64 // rows read between two looks at the context

	// sqlList has what is needed to judge a row; the rest is read of those that
	// pass only.
	sqlList = `SELECT id, created, status, tool, finished, expires, CASE WHEN ?6 THEN metadata END, CASE WHEN ?7 AND status = 3 THEN error END FROM jobs
		WHERE owner = ?1 AND (created, seq) < (?2, ?3) AND created > ?4 ORDER BY created DESC, seq DESC LIMIT ?5`
)

// List returns the owner's jobs that pass the filter, newest first, without
// Ready, and where to go on; see protocol.Core. Few lists are read at once, on
// connections of their own: other reads do not wait for them.
func (s *Store) List(ctx context.Context, f protocol.Filter) (jobs []job.Job, next protocol.Cursor, err error) {
	record.Bound(&f)
	err = s.pool.Load().List(ctx, "list jobs", func(on *file.Conn) error {
		c := conn{on}
		st, err := c.Query(sqlList, func(b *file.Binder) { bindFilter(b, &f) })
		if err != nil {
			return err
		}
		jobs, next, err = c.page(ctx, st, &f)
		if e := st.Reset(); err == nil {
			err = e
		}
		return err
	})
	return jobs, next, err
}

func bindFilter(b *file.Binder, f *protocol.Filter) {
	from := f.From()
	created, seq, after := int64(math.MaxInt64), int64(0), int64(math.MinInt64)
	if from != (protocol.Cursor{}) {
		created, seq = record.Milli(from.Created), from.ID.Seq()
	}
	if !f.CreatedAfter.IsZero() {
		after = f.CreatedAfter.UnixMilli()
	}
	b.Text(f.Owner).Int(created).Int(seq).Int(after).Int(int64(f.Rows) + 1).Bool(len(f.Metadata) > 0).Bool(len(f.Codes) > 0)
}

// page reads rows until there are enough that pass, or until it has seen as many
// as the filter allows; one more tells whether there are any left.
func (c conn) page(ctx context.Context, st *sqlite.Stmt, f *protocol.Filter) (jobs []job.Job, next protocol.Cursor, err error) {
	for n := 0; ; n++ {
		if err := record.Rest(ctx, n); err != nil {
			return nil, protocol.Cursor{}, err
		}
		row, err := st.Step()
		if err != nil || !row {
			return jobs, protocol.Cursor{}, err
		}
		if n == f.Rows || len(jobs) == f.Limit {
			return jobs, next, nil
		}
		st.ColumnBytes(0, next.ID[:])
		next.Created = record.Time(st.ColumnInt64(1))
		if !record.Listed(f, &record.Look{
			Status: job.Status(st.ColumnInt64(2)), Tool: c.NameAt(st, 3), //nolint:gosec // a status as written
			Finished: record.Time(st.ColumnInt64(4)), Expires: record.Time(st.ColumnInt64(5)),
			Metadata: func() []byte { return c.Scratch(st, 6, st.ColumnLen(6)) }, Error: func() []byte { return c.Scratch(st, 7, st.ColumnLen(7)) },
		}) {
			continue
		}
		jobs = append(jobs, job.Job{})
		if err := c.job(next.ID, &jobs[len(jobs)-1]); err != nil { // of the same snapshot
			return nil, protocol.Cursor{}, err
		}
	}
}
