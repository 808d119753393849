package pgstore

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// listGrowth is how many times more rows are looked at when those before were not
// enough.
const listGrowth = 8

// sqlList has what is needed to judge a row; the rest is read of those that pass
// only.
const sqlList = `SELECT id, created, status, tool, finished, expires, CASE WHEN $6 THEN metadata END, CASE WHEN $7 AND status = 3 THEN error END FROM claimcheck.jobs
	WHERE owner = $1 AND (created, id) < ($2, $3) AND created > $4 ORDER BY created DESC, id DESC LIMIT $5`

// List returns the owner's jobs that pass the filter, newest first, without
// Ready, and where to go on; see protocol.Core. It reads from the replica where
// there is one. Few lists are read at once: they leave the connections to those
// who ask for less.
func (s *Store) List(ctx context.Context, f protocol.Filter) (jobs []job.Job, next protocol.Cursor, err error) {
	record.Bound(&f)
	select {
	case s.lists <- struct{}{}:
		defer func() { <-s.lists }()
	case <-ctx.Done():
		return nil, protocol.Cursor{}, fmt.Errorf("list jobs: %w", ctx.Err())
	}
	ids, next, err := s.page(ctx, &f)
	if err != nil || len(ids) == 0 {
		return nil, next, err
	}
	found := make(map[job.ID]*job.Job, len(ids))
	open, err := s.readJobs(ctx, s.db.Replica, ids, found)
	if err == nil {
		err = s.db.ConfirmAll(ctx, open)
	}
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	for _, id := range ids {
		if j := found[id]; j != nil && record.Listed(&f, record.LookAt(j)) { // as it is now
			jobs = append(jobs, *j)
		}
	}
	return jobs, next, nil
}

// page reads rows until there are enough that pass, or until it has seen as many
// as the filter allows. Few are asked for at first: mostly all of them pass.
func (s *Store) page(ctx context.Context, f *protocol.Filter) (ids []job.ID, next protocol.Cursor, err error) {
	next = f.From()
	after := int64(math.MinInt64)
	if !f.CreatedAfter.IsZero() {
		after = f.CreatedAfter.UnixMilli()
	}
	seen := 0
	for upTo := f.Limit; ; upTo *= listGrowth {
		upTo = min(upTo, f.Rows)
		created := int64(math.MaxInt64)
		if next != (protocol.Cursor{}) {
			created = record.Milli(next.Created)
		}
		more := false
		err := s.db.Read(ctx, s.db.Replica, "list jobs", func(rows pgx.Rows) error {
			if more = seen == upTo || len(ids) == f.Limit; more {
				return nil
			}
			if err := record.Rest(ctx, seen); err != nil {
				return err
			}
			seen++
			var err error
			ids, next, err = judge(rows, f, ids)
			return err
		}, sqlList, pg.Enc(f.Owner), created, pg.UUID(next.ID), after, upTo-seen+1, len(f.Metadata) > 0, len(f.Codes) > 0)
		switch {
		case err != nil || !more:
			return ids, protocol.Cursor{}, err
		case len(ids) == f.Limit || seen == f.Rows:
			return ids, next, nil
		}
	}
}

// judge adds the job of a row of sqlList if it passes, and returns where it is.
func judge(rows pgx.Rows, f *protocol.Filter, ids []job.ID) ([]job.ID, protocol.Cursor, error) {
	var id pgtype.UUID
	var created, finished, expires int64
	var l record.Look
	var tool string
	var metadata, failure []byte
	if err := rows.Scan(&id, &created, &l.Status, &tool, &finished, &expires, &metadata, &failure); err != nil {
		return ids, protocol.Cursor{}, err
	}
	l.Tool, l.Finished, l.Expires = pg.Dec(tool), record.Time(finished), record.Time(expires)
	l.Metadata, l.Error = func() []byte { return metadata }, func() []byte { return failure }
	if record.Listed(f, &l) {
		ids = append(ids, id.Bytes)
	}
	return ids, protocol.Cursor{Created: record.Time(created), ID: id.Bytes}, nil
}
