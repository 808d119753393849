package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	sqlHasExpired = `SELECT EXISTS (SELECT 1 FROM claimcheck.outputs WHERE NOT has_job AND expires > 0 AND expires <= $1)
		OR EXISTS (SELECT 1 FROM claimcheck.answers WHERE expires <= $1)
		OR EXISTS (SELECT 1 FROM claimcheck.meters WHERE whole <= $2)`
	sqlExpiredOutputs = `SELECT id, token, owner, size, file FROM claimcheck.outputs
		WHERE NOT has_job AND expires > 0 AND expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED`
	sqlDropOutput = `DELETE FROM claimcheck.outputs o USING unnest($1::uuid[], $2::text[]) u (id, token)
		WHERE o.id = u.id AND o.token = u.token`
	sqlDropAnswers = `DELETE FROM claimcheck.answers WHERE (owner, key) IN (SELECT owner, key FROM claimcheck.answers
		WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)`
	sqlDropMeters = `DELETE FROM claimcheck.meters WHERE (tool, name) IN (SELECT tool, name FROM claimcheck.meters WHERE whole <= $1 ORDER BY whole LIMIT $2 FOR UPDATE SKIP LOCKED) AND whole <= $1`
)

// expiredOutput is an output that is to be removed.
type expiredOutput struct {
	id           pgtype.UUID
	token, owner string
	size         int64
	file         bool
}

// Sweep removes up to limit outputs of synchronous calls and idempotency answers
// that have expired at a time; it returns the blobs that belonged to them and how
// many rows went. While there are none it only reads.
func (s *Store) Sweep(ctx context.Context, now time.Time, limit int) (files []string, removed int, err error) {
	some := false
	if _, err := s.db.One(ctx, "look for expired outputs", []any{&some}, sqlHasExpired, record.Milli(now), record.WholeBefore(now)); err != nil || !some {
		return nil, 0, err
	}
	err = s.task(ctx, "sweep", nil, func(u *unit.Unit) error {
		var outputs []expiredOutput
		if outputs, err = sweepOutputs(u, now, limit); err != nil {
			return err
		}
		files, removed = nil, len(outputs)
		for _, o := range outputs {
			if o.file {
				files = append(files, job.OutputKey(pg.Dec(o.token)))
			}
		}
		answers, err := sweepAnswers(u, now, limit-len(outputs))
		if removed += answers; err != nil {
			return err
		}
		meters, err := u.Exec(sqlDropMeters, record.WholeBefore(now), limit-removed)
		removed += int(meters)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return files, removed, nil
}

func sweepOutputs(u *unit.Unit, now time.Time, limit int) (found []expiredOutput, err error) {
	b := u.Start()
	b.Queue(sqlExpiredOutputs, record.Milli(now), limit).Query(func(rows pgx.Rows) error {
		var o expiredOutput
		_, err := pgx.ForEachRow(rows, []any{&o.id, &o.token, &o.owner, &o.size, &o.file}, func() error {
			found = append(found, o)
			return nil
		})
		return err
	})
	if err := u.Send(b); err != nil || len(found) == 0 {
		return nil, err
	}
	var owners []string
	ids, tokens := make([]pgtype.UUID, len(found)), make([]string, len(found))
	for i, o := range found {
		owners = append(owners, pg.Dec(o.owner))
		ids[i], tokens[i] = o.id, o.token
	}
	if err := u.LoadOwners(owners, nil); err != nil {
		return nil, err
	}
	for _, o := range found {
		of, err := u.Owner(pg.Dec(o.owner))
		if err != nil {
			return nil, err
		}
		of.Keep(-o.size)
	}
	b = u.Start()
	pg.Must(b.Queue(sqlDropOutput, ids, tokens), len(found))
	return found, u.Send(b)
}

func sweepAnswers(u *unit.Unit, now time.Time, limit int) (n int, err error) {
	tag, err := u.Exec(sqlDropAnswers, record.Milli(now), limit)
	return int(tag), err
}
