package pgstore

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	jobColumns = `id, owner, tool, request_id, input_size, input_where, status, version, attempt, failures, losses,
		created, updated, started, finished, expires, link_at, charged_month, output, options, metadata, history, error, result, input_type`

	// sqlJobs has job.Job's RunAt behind them, only of a queued job is the other row read, and who wrote the row.
	sqlJobs = "SELECT " + jobColumns + `, CASE status WHEN 0 THEN coalesce((SELECT run_at FROM claimcheck.ready r WHERE r.id = jobs.id), 0) ELSE 0 END, xmin
		FROM claimcheck.jobs WHERE id = ANY($1)`
	sqlInput   = "SELECT data FROM claimcheck.inputs WHERE id = $1"
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

// scanJob reads a row of jobColumns, and what comes after them.
func scanJob(rows pgx.Rows, j *job.Job, more ...any) error {
	var id pgtype.UUID
	var created, updated, started, finished, expires int64
	err := rows.Scan(append([]any{
		&id, &j.Owner, &j.Tool, &j.RequestID, &j.Input.Size, &j.Input.Where, &j.Status, &j.Version, &j.Attempt, &j.Failures, &j.Losses,
		&created, &updated, &started, &finished, &expires, &j.LinkAt, &j.Charged.Month, &j.Output,
		&j.Options, &j.Metadata, &j.History, &j.Error, &j.Result, &j.Input.Type,
	}, more...)...)
	j.ID = id.Bytes
	j.Input.Type = pg.Dec(j.Input.Type)
	j.Owner, j.Tool, j.RequestID, j.Output = pg.Dec(j.Owner), pg.Dec(j.Tool), pg.Dec(j.RequestID), pg.Dec(j.Output)
	j.Created, j.Updated, j.Started = record.Time(created), record.Time(updated), record.Time(started)
	j.Finished, j.Expires = record.Time(finished), record.Time(expires)
	return err
}

// Input returns a job's inline input or encoded job.Source; NotFound if it has
// none.
func (s *Store) Input(ctx context.Context, id job.ID) (input []byte, err error) {
	found, err := s.db.One(ctx, "get input", []any{&input}, sqlInput, pg.UUID(id))
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
