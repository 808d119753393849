package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	bulkColumns = "id, owner, operator, action, state, version, request_id, matched, next, done, skipped, skips, created, updated, expires, worker, until"

	sqlBulk     = "SELECT " + bulkColumns + " FROM claimcheck.bulks WHERE id = $1"
	sqlLockBulk = sqlBulk + " FOR UPDATE"
	sqlPutBulk  = "INSERT INTO claimcheck.bulks (" + bulkColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
	sqlSetBulk  = `UPDATE claimcheck.bulks SET state = $2, version = $3, matched = $4, next = $5, done = $6, skipped = $7, skips = $8, updated = $9,
		expires = $10, worker = $11, until = $12 WHERE id = $1`
	sqlUnendedBulks = "SELECT count(*) FROM claimcheck.bulks WHERE state < 2 AND owner = $1 AND operator = $2"
	sqlDueBulks     = "SELECT " + bulkColumns + " FROM claimcheck.bulks WHERE state < 2 ORDER BY updated"
	sqlBulkExpired  = "SELECT EXISTS (SELECT 1 FROM claimcheck.bulks WHERE state >= 2 AND expires <= $1)"
	sqlDropBulks    = `WITH gone AS (DELETE FROM claimcheck.bulks WHERE id IN (SELECT id FROM claimcheck.bulks
		WHERE state >= 2 AND expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id),
		ids AS (DELETE FROM claimcheck.bulk_jobs WHERE bulk IN (SELECT id FROM gone)) SELECT count(*) FROM gone`
	sqlPutBulkJobs = "INSERT INTO claimcheck.bulk_jobs (bulk, part, ids) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
	sqlBulkJobs    = "SELECT ids FROM claimcheck.bulk_jobs WHERE bulk = $1 AND part = $2"
)

// AddBulk keeps a new bulk; see protocol.Bulks. The lock of the owner keeps others
// from counting at the same time.
func (s *Store) AddBulk(ctx context.Context, b *job.Bulk, admit func(unended int64) error) error {
	record.TidyBulk(b)
	return s.task(ctx, "add bulk", []string{b.Owner}, func(u *unit.Unit) error {
		var unended int64
		batch := u.Start()
		batch.Queue(sqlUnendedBulks, pg.Enc(b.Owner), b.Operator).QueryRow(func(row pgx.Row) error { return row.Scan(&unended) })
		if err := u.Send(batch); err != nil {
			return err
		}
		if err := admit(unended); err != nil {
			return err
		}
		_, err := u.Exec(sqlPutBulk, pg.UUID(b.ID), pg.Enc(b.Owner), b.Operator, int16(b.Action), int16(b.State), b.Version, pg.Enc(b.RequestID),
			b.Matched, b.Next, b.Done, b.Skipped, pg.BlobOrNull(b.Skips), record.Milli(b.Created), record.Milli(b.Updated), record.Milli(b.Expires),
			pg.Enc(b.Worker), record.Milli(b.Until))
		if pg.Unique(err) {
			return record.BulkTaken(err)
		}
		return err
	})
}

// Bulk returns a bulk; NotFound BULK_NOT_FOUND.
func (s *Store) Bulk(ctx context.Context, id job.ID) (job.Bulk, error) {
	list, err := s.bulks(ctx, sqlBulk, pg.UUID(id))
	if err == nil && len(list) == 0 {
		err = record.BulkNotFound()
	}
	if err != nil {
		return job.Bulk{}, err
	}
	return list[0], nil
}

func (s *Store) bulks(ctx context.Context, sql string, args ...any) (list []job.Bulk, err error) {
	err = s.db.Read(ctx, s.db.Pool, "read bulks", func(rows pgx.Rows) error {
		b, err := scanBulk(rows)
		list = append(list, b)
		return err
	}, sql, args...)
	return list, err
}

// scanBulk reads a row of bulkColumns.
func scanBulk(rows pgx.Row) (b job.Bulk, err error) {
	var id pgtype.UUID
	var created, updated, expires, until int64
	err = rows.Scan(&id, &b.Owner, &b.Operator, &b.Action, &b.State, &b.Version, &b.RequestID, &b.Matched, &b.Next, &b.Done, &b.Skipped, &b.Skips,
		&created, &updated, &expires, &b.Worker, &until)
	b.ID, b.Owner, b.RequestID, b.Worker, b.Skips = id.Bytes, pg.Dec(b.Owner), pg.Dec(b.RequestID), pg.Dec(b.Worker), pg.BytesOrNil(b.Skips)
	b.Created, b.Updated, b.Expires, b.Until = record.Time(created), record.Time(updated), record.Time(expires), record.Time(until)
	return b, err
}

// ChangeBulk lets decide change a bulk; see protocol.Bulks.
func (s *Store) ChangeBulk(ctx context.Context, id job.ID, decide func(*job.Bulk, time.Time) error) (b job.Bulk, err error) {
	err = s.task(ctx, "change bulk", nil, func(u *unit.Unit) error {
		found := false
		batch := u.Start()
		batch.Queue(sqlLockBulk, pg.UUID(id)).Query(func(rows pgx.Rows) (err error) {
			for rows.Next() {
				found = true
				if b, err = scanBulk(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		if err := u.Send(batch); err != nil {
			return err
		}
		if !found {
			return record.BulkNotFound()
		}
		if err := record.ChangeBulk(&b, decide, u.Now); err != nil {
			return err
		}
		_, err := u.Exec(sqlSetBulk, pg.UUID(id), int16(b.State), b.Version, b.Matched, b.Next, b.Done, b.Skipped, pg.BlobOrNull(b.Skips),
			record.Milli(b.Updated), record.Milli(b.Expires), pg.Enc(b.Worker), record.Milli(b.Until))
		return err
	})
	if err != nil {
		return job.Bulk{}, err
	}
	return b, nil
}

// DueBulks returns bulks that are not final and that nobody deals with.
func (s *Store) DueBulks(ctx context.Context, now time.Time, limit int) ([]job.Bulk, error) {
	all, err := s.bulks(ctx, sqlDueBulks)
	var due []job.Bulk
	for _, b := range all {
		if len(due) < limit && !b.Taken(now) {
			due = append(due, b)
		}
	}
	return due, err
}

// SweepBulks removes up to limit bulks that have expired. While there are none it
// only reads.
func (s *Store) SweepBulks(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	some := false
	if _, err := s.db.One(ctx, "look for expired bulks", []any{&some}, sqlBulkExpired, record.Milli(now)); err != nil || !some {
		return 0, err
	}
	err = s.task(ctx, "sweep bulks", nil, func(u *unit.Unit) error {
		batch := u.Start()
		batch.Queue(sqlDropBulks, record.Milli(now), limit).QueryRow(func(row pgx.Row) error { return row.Scan(&removed) })
		return u.Send(batch)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// PutBulkJobs keeps a part of a bulk's ids.
func (s *Store) PutBulkJobs(ctx context.Context, bulk job.ID, part int64, ids []job.ID) error {
	return s.task(ctx, "keep jobs of bulk", nil, func(u *unit.Unit) error {
		_, err := u.Exec(sqlPutBulkJobs, pg.UUID(bulk), part, pg.Blob(record.JoinIDs(ids)))
		return err
	})
}

// BulkJobs returns a part of a bulk's ids.
func (s *Store) BulkJobs(ctx context.Context, bulk job.ID, part int64) (ids []job.ID, err error) {
	var b []byte
	if _, err := s.db.One(ctx, "read jobs of bulk", []any{&b}, sqlBulkJobs, pg.UUID(bulk), part); err != nil {
		return nil, err
	}
	return record.SplitIDs(b), nil
}

// Match returns the ids of the jobs that pass the filter, and where to go on; see
// protocol.BulkJobs. It reads from the primary, so that nothing is left out.
func (s *Store) Match(ctx context.Context, f protocol.Filter) ([]job.ID, protocol.Cursor, error) {
	record.Bound(&f)
	f.Limit = f.Rows
	leave, err := s.enterLists(ctx)
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	defer leave()
	ids, next, err := s.page(ctx, s.db.Pool, &f)
	if err != nil {
		return nil, protocol.Cursor{}, err
	}
	return ids, next, nil
}
