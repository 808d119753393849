package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
)

// sqlStanding has readyColumns behind the rest, of a job that has none with what
// is no Ready.
const sqlStanding = `SELECT j.id, j.version, r.id IS NOT NULL, coalesce(priority, 0), coalesce(run_at, 0), coalesce(worker, ''), coalesce(r.attempt, 0),
		coalesce(lease_until, 0), coalesce(cancel_requested, false), coalesce(probation, 0), coalesce(progress, 0), coalesce(webhook_url, ''),
		coalesce(input_sum, 0), coalesce(trace_parent, ''), coalesce(since, 0), coalesce(end_by, 0), coalesce(message, ''), coalesce(strand, '')
	FROM claimcheck.jobs j LEFT JOIN claimcheck.ready r ON r.id = j.id WHERE j.id = ANY($1)`

// Standing returns where these jobs stand, in any order; those that are gone
// are left out.
func (s *Store) Standing(ctx context.Context, ids []job.ID) (all []protocol.Standing, err error) {
	err = s.db.Read(ctx, s.db.Pool, "ask where jobs stand", func(rows pgx.Rows) error {
		var is protocol.Standing
		var id pgtype.UUID
		var r job.Ready
		waits := false
		columns, tidy := unit.ReadyInto(&r)
		if err := rows.Scan(append([]any{&id, &is.Version, &waits}, columns...)...); err != nil {
			return err
		}
		is.ID = id.Bytes
		if waits {
			tidy(is.ID)
			is.Ready = &r
		}
		all = append(all, is)
		return nil
	}, sqlStanding, pg.UUIDs(ids))
	return all, err
}
