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

// What is needed to judge a row; the rest is read of those that pass only. The
// last columns are those of trouble.
const (
	checkEvery = 64 // rows read between two looks at the context

	lookColumns = "id, created, status, tool, finished, expires, CASE WHEN ?1 THEN metadata END, CASE WHEN ?2 AND status = 3 THEN error END, CASE WHEN ?8 <> '' THEN job_group END"

	sqlList = "SELECT " + lookColumns + ` FROM jobs
		WHERE owner = ?7 AND (created, seq) < (?3, ?4) AND created > ?5 ORDER BY created DESC, seq DESC LIMIT ?6`
	sqlListGroup = "SELECT " + lookColumns + ` FROM jobs
		WHERE owner = ?7 AND job_group = ?8 AND job_group IS NOT NULL AND (created, seq) < (?3, ?4) AND created > ?5 ORDER BY created DESC, seq DESC LIMIT ?6`
	sqlListFeed = "SELECT " + lookColumns + `, finish_no FROM jobs
		WHERE owner = ?7 AND finish_no > ?3 ORDER BY finish_no LIMIT ?6`
	sqlListAll = "SELECT " + lookColumns + ` FROM jobs
		WHERE (created, seq) < (?3, ?4) AND created > ?5 ORDER BY created DESC, seq DESC LIMIT ?6`

	troubleColumns = `j.id, created, status, j.tool, finished, expires, CASE WHEN ?1 THEN metadata END, NULL, CASE WHEN ?4 <> '' THEN job_group END,
		j.owner, updated, started, state, run_at, lease_until, cancel_requested`

	sqlListFailing = "SELECT " + troubleColumns + ` FROM jobs j CROSS JOIN ready r USING (seq)
		WHERE expires = 0 AND (failures > 0 OR losses > 0) AND j.seq > ?2 ORDER BY j.seq LIMIT ?3`
	sqlListPoisoned = "SELECT " + troubleColumns + ` FROM ready r CROSS JOIN jobs j USING (seq)
		WHERE probation > 0 AND r.seq > ?2 ORDER BY r.seq LIMIT ?3`
	sqlListUnfinished = "SELECT " + troubleColumns + ` FROM ready r CROSS JOIN jobs j USING (seq)
		WHERE r.seq > ?2 ORDER BY r.seq LIMIT ?3`
)

// List returns the jobs that pass the filter, in its order, without
// Ready, and where to go on; see protocol.Core. Few lists are read at once, on
// connections of their own: other reads do not wait for them.
func (s *Store) List(ctx context.Context, f protocol.Filter) (jobs []job.Job, next protocol.Cursor, err error) {
	record.Bound(&f)
	next, err = s.list(ctx, &f, func(c conn, id job.ID) error {
		jobs = append(jobs, job.Job{})
		return c.job(id, &jobs[len(jobs)-1]) // of the same snapshot
	})
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	return jobs, next, nil
}

// Match returns the ids of the jobs that pass the filter, and where to go on; see
// protocol.BulkJobs.
func (s *Store) Match(ctx context.Context, f protocol.Filter) (ids []job.ID, next protocol.Cursor, err error) {
	record.Bound(&f)
	f.Limit = f.Rows
	next, err = s.list(ctx, &f, func(_ conn, id job.ID) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	return ids, next, nil
}

// list shows the jobs of a page to found, in their order.
func (s *Store) list(ctx context.Context, f *protocol.Filter, found func(conn, job.ID) error) (next protocol.Cursor, err error) {
	err = s.pool.Load().List(ctx, "list jobs", func(on *file.Conn) error {
		c := conn{on}
		st, err := c.Query(listOf(f), func(b *file.Binder) { bindFilter(b, f) })
		if err != nil {
			return err
		}
		next, err = c.page(ctx, st, f, found)
		if e := st.Reset(); err == nil {
			err = e
		}
		return err
	})
	return next, err
}

var sqlTrouble = [...]string{job.TroubleStuck: sqlListUnfinished, job.TroubleFailing: sqlListFailing, job.TroublePoisoned: sqlListPoisoned}

// listOf is what a list reads.
func listOf(f *protocol.Filter) string {
	switch {
	case f.Trouble != job.NoTrouble:
		return sqlTrouble[f.Trouble]
	case f.Feed:
		return sqlListFeed
	case f.Owner == "":
		return sqlListAll
	case f.Group != "":
		return sqlListGroup
	}
	return sqlList
}

func bindFilter(b *file.Binder, f *protocol.Filter) {
	b.Bool(len(f.Metadata) > 0)
	if f.Trouble != job.NoTrouble {
		b.Int(f.Before.ID.Seq()).Int(int64(f.Rows) + 1).Text(f.Group)
		return
	}
	from := f.From()
	created, seq, after := int64(math.MaxInt64), int64(0), int64(math.MinInt64)
	if from != (protocol.Cursor{}) {
		created, seq = record.Milli(from.Created), from.ID.Seq()
	}
	if !f.CreatedAfter.IsZero() {
		after = f.CreatedAfter.UnixMilli()
	}
	if f.Feed {
		created = f.Before.Finish
	}
	b.Bool(len(f.Codes) > 0).Int(created).Int(seq).Int(after).Int(int64(f.Rows) + 1).Text(f.Owner).Text(f.Group)
}

// page reads rows until there are enough that pass, or until it has seen as many
// as the filter allows; one more tells whether there are any left.
func (c conn) page(ctx context.Context, st *sqlite.Stmt, f *protocol.Filter, found func(conn, job.ID) error) (next protocol.Cursor, err error) {
	passed := 0
	if f.Feed {
		next = f.Before
	}
	for n := 0; ; n++ {
		if err := record.Rest(ctx, n); err != nil {
			return protocol.Cursor{}, err
		}
		row, err := st.Step()
		if err == nil && !row && f.Feed {
			return next, nil
		}
		if err != nil || !row {
			return protocol.Cursor{}, err
		}
		if n == f.Rows || passed == f.Limit {
			return next, nil
		}
		var id job.ID
		st.ColumnBytes(0, id[:])
		created := record.Time(st.ColumnInt64(1))
		if next = (protocol.Cursor{Created: created, ID: id}); f.Feed {
			next = protocol.Cursor{Finish: st.ColumnInt64(9)}
		}
		l := protocol.Look{
			Status: job.Status(st.ColumnInt64(2)), Tool: c.NameAt(st, 3), //nolint:gosec // a status as written
			Finished: record.Time(st.ColumnInt64(4)), Expires: record.Time(st.ColumnInt64(5)),
			Metadata: func() []byte { return c.Scratch(st, 6, st.ColumnLen(6)) }, Error: func() []byte { return c.Scratch(st, 7, st.ColumnLen(7)) },
			Group: c.NameAt(st, 8),
		}
		if f.Trouble != job.NoTrouble && !f.Troubled(created, c.unrestAt(st)) || !f.Listed(&l) {
			continue
		}
		if err := found(c, id); err != nil {
			return protocol.Cursor{}, err
		}
		passed++
	}
}

// unrestAt reads the last of troubleColumns.
func (c conn) unrestAt(st *sqlite.Stmt) *protocol.Unrest {
	return &protocol.Unrest{
		Owner: c.NameAt(st, 9), Updated: record.Time(st.ColumnInt64(10)), Started: record.Time(st.ColumnInt64(11)),
		Leased: st.ColumnInt64(12) == record.Leased, RunAt: record.Time(st.ColumnInt64(13)), LeaseUntil: record.Time(st.ColumnInt64(14)),
		CancelRequested: st.ColumnInt64(15) != 0,
	}
}
