package pgstore

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// listGrowth is how many times more rows are looked at when those before were not
// enough.
const listGrowth = 8

// What is needed to judge a row; the rest is read of those that pass only. The
// last columns are those of trouble.
const (
	lookColumns = "id, created, status, tool, finished, expires, CASE WHEN $1 THEN metadata END, CASE WHEN $2 AND status = 3 THEN error END, job_group"

	sqlList = "SELECT " + lookColumns + ` FROM claimcheck.jobs
		WHERE owner = $7 AND (created, id) < ($3, $4) AND created > $5 ORDER BY created DESC, id DESC LIMIT $6`
	sqlListGroup = "SELECT " + lookColumns + ` FROM claimcheck.jobs
		WHERE owner = $7 AND job_group = $8 AND job_group IS NOT NULL AND (created, id) < ($3, $4) AND created > $5 ORDER BY created DESC, id DESC LIMIT $6`
	sqlListFeed = "SELECT " + lookColumns + `, finish_no FROM claimcheck.jobs
		WHERE owner = $3 AND finish_no > $4 ORDER BY finish_no LIMIT $5`
	sqlListAll = "SELECT " + lookColumns + ` FROM claimcheck.jobs
		WHERE (created, id) < ($3, $4) AND created > $5 ORDER BY created DESC, id DESC LIMIT $6`

	troubleColumns = `r.id, created, status, j.tool, finished, expires, CASE WHEN $1 THEN metadata END, NULL::bytea, job_group,
		j.owner, updated, started, state, run_at, lease_until, cancel_requested`

	sqlListFailing = "SELECT " + troubleColumns + ` FROM (SELECT * FROM claimcheck.jobs WHERE expires = 0 AND (failures > 0 OR losses > 0) AND id > $2 ORDER BY id LIMIT $3) j
		JOIN claimcheck.ready r ON r.id = j.id ORDER BY j.id`
	sqlListPoisoned = "SELECT " + troubleColumns + ` FROM (SELECT * FROM claimcheck.ready WHERE probation > 0 AND id > $2 ORDER BY id LIMIT $3) r
		JOIN claimcheck.jobs j ON j.id = r.id ORDER BY r.id`
	sqlListUnfinished = "SELECT " + troubleColumns + ` FROM (SELECT * FROM claimcheck.ready WHERE id > $2 ORDER BY id LIMIT $3) r
		JOIN claimcheck.jobs j ON j.id = r.id ORDER BY r.id`
)

// List returns the jobs that pass the filter, in its order, without
// Ready, and where to go on; see protocol.Core. It reads from the replica where
// there is one. Few lists are read at once: they leave the connections to those
// who ask for less.
func (s *Store) List(ctx context.Context, f protocol.Filter) (jobs []job.Job, next protocol.Cursor, err error) {
	record.Bound(&f)
	leave, err := s.enterLists(ctx)
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	defer leave()
	from := s.db.Replica
	if f.Feed { // who waits for news would not find them there yet
		from = s.db.Pool
	}
	ids, next, err := s.page(ctx, from, &f)
	if err != nil || len(ids) == 0 {
		return nil, next, err
	}
	found := make(map[job.ID]*job.Job, len(ids))
	open, err := s.readJobs(ctx, from, ids, found)
	if err == nil {
		err = s.db.ConfirmAll(ctx, open)
	}
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	for _, id := range ids {
		if j := found[id]; j != nil && f.Listed(protocol.LookAt(j)) { // as it is now
			jobs = append(jobs, *j)
		}
	}
	return jobs, next, nil
}

// enterLists waits for one of the few lists that are read at once.
func (s *Store) enterLists(ctx context.Context) (leave func(), err error) {
	select {
	case s.lists <- struct{}{}:
		return func() { <-s.lists }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("list jobs: %w", ctx.Err())
	}
}

// page reads rows until there are enough that pass, or until it has seen as many
// as the filter allows. Few are asked for at first: mostly all of them pass.
func (s *Store) page(ctx context.Context, from *pgxpool.Pool, f *protocol.Filter) (ids []job.ID, next protocol.Cursor, err error) {
	next = f.From()
	if f.Trouble != job.NoTrouble || f.Feed {
		next = f.Before
	}
	seen := 0
	for upTo := f.Limit; ; upTo *= listGrowth {
		upTo = min(upTo, f.Rows)
		more := false
		sql, args := listOf(f, next, upTo-seen+1)
		err := s.db.Read(ctx, from, "list jobs", func(rows pgx.Rows) error {
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
		}, sql, args...)
		switch {
		case err != nil || !more && !f.Feed:
			return ids, protocol.Cursor{}, err
		case !more:
			return ids, next, nil
		case len(ids) == f.Limit || seen == f.Rows:
			return ids, next, nil
		}
	}
}

// listOf is what a list reads, so many rows after a position.
func listOf(f *protocol.Filter, from protocol.Cursor, limit int) (sql string, args []any) {
	metadata := len(f.Metadata) > 0
	args = []any{metadata, pg.UUID(from.ID), limit}
	switch f.Trouble {
	case job.NoTrouble:
	case job.TroubleStuck:
		return sqlListUnfinished, args
	case job.TroubleFailing:
		return sqlListFailing, args
	case job.TroublePoisoned:
		return sqlListPoisoned, args
	}
	if f.Feed {
		return sqlListFeed, []any{metadata, len(f.Codes) > 0, pg.Enc(f.Owner), from.Finish, limit}
	}
	created, after := int64(math.MaxInt64), int64(math.MinInt64)
	if from != (protocol.Cursor{}) {
		created = record.Milli(from.Created)
	}
	if !f.CreatedAfter.IsZero() {
		after = f.CreatedAfter.UnixMilli()
	}
	args = []any{metadata, len(f.Codes) > 0, created, pg.UUID(from.ID), after, limit}
	if f.Owner == "" {
		return sqlListAll, args
	}
	args = append(args, pg.Enc(f.Owner))
	if f.Group != "" {
		return sqlListGroup, append(args, f.Group)
	}
	return sqlList, args
}

// judge adds the job of a row if it passes, and returns where it is.
func judge(rows pgx.Rows, f *protocol.Filter, ids []job.ID) ([]job.ID, protocol.Cursor, error) {
	var id pgtype.UUID
	var created, finished, expires int64
	var l protocol.Look
	var tool string
	var metadata, failure []byte
	var group pgtype.Text
	var at protocol.Cursor
	into := []any{&id, &created, &l.Status, &tool, &finished, &expires, &metadata, &failure, &group}
	var u protocol.Unrest
	var updated, started, state, runAt, until int64
	if f.Trouble != job.NoTrouble {
		into = append(into, &u.Owner, &updated, &started, &state, &runAt, &until, &u.CancelRequested)
	}
	if f.Feed {
		into = append(into, &at.Finish)
	}
	if err := rows.Scan(into...); err != nil {
		return ids, protocol.Cursor{}, err
	}
	if !f.Feed {
		at = protocol.Cursor{Created: record.Time(created), ID: id.Bytes}
	}
	l.Group, l.Tool, l.Finished, l.Expires = group.String, pg.Dec(tool), record.Time(finished), record.Time(expires)
	l.Metadata, l.Error = func() []byte { return metadata }, func() []byte { return failure }
	u.Owner, u.Updated, u.Started, u.Leased = pg.Dec(u.Owner), record.Time(updated), record.Time(started), state == record.Leased
	u.RunAt, u.LeaseUntil = record.Time(runAt), record.Time(until)
	if (f.Trouble == job.NoTrouble || f.Troubled(at.Created, &u)) && f.Listed(&l) {
		ids = append(ids, id.Bytes)
	}
	return ids, at, nil
}
