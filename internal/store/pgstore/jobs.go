package pgstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	// sqlJobs has job.Job's RunAt behind them, only of a queued job is the other row read, and who wrote the row.
	sqlJobs = "SELECT " + unit.JobColumns + `, CASE status WHEN 0 THEN coalesce((SELECT run_at FROM claimcheck.ready r WHERE r.id = jobs.id), 0) ELSE 0 END, xmin
		FROM claimcheck.jobs WHERE id = ANY($1)`
	sqlLastSeq = "SELECT last_seq, (SELECT id FROM claimcheck.jobs ORDER BY id DESC LIMIT 1) FROM claimcheck.meta"
)

// Get returns a job without Ready, or NotFound JOB_NOT_FOUND. Callers at the
// same time share a query. A final status is confirmed before it is told.
func (s *Store) Get(ctx context.Context, id job.ID) (job.Job, error) {
	if err := ctx.Err(); err != nil {
		return job.Job{}, fmt.Errorf("get job: %w", err)
	}
	if err := s.db.Check(); err != nil {
		return job.Job{}, fmt.Errorf("get job: %w", err)
	}
	return s.loader.get(ctx, id)
}

// Input returns a job's inline input or encoded job.Source; NotFound if it has
// none.
func (s *Store) Input(ctx context.Context, id job.ID) (input []byte, err error) {
	found, err := s.db.One(ctx, "get input", []any{&input}, unit.SQLInput, pg.UUID(id))
	if err == nil && !found {
		err = record.NoInput()
	}
	return input, err
}

// LastSeq returns the greatest Seq of any job ever stored, 0 if none.
func (s *Store) LastSeq(ctx context.Context) (int64, error) {
	var removed int64
	var last pgtype.UUID
	if _, err := s.db.One(ctx, "get last seq", []any{&removed, &last}, sqlLastSeq); err != nil {
		return 0, err
	}
	if !last.Valid {
		return removed, nil
	}
	return max(removed, job.ID(last.Bytes).Seq()), nil
}
