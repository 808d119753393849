package pgstore

import (
	"context"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	maxList = 1000 // jobs in one answer
	page    = 1000 // rows of one query where most may not count

	sqlList = "SELECT " + jobColumns + ` FROM claimcheck.jobs
		WHERE owner = $1 AND id < $2 AND ($3::smallint < 0 OR status = $3) AND ($4 = '' OR tool = $4) AND created > $5 AND created < $6
		ORDER BY id DESC LIMIT $7`
)

// lastID is behind every id.
var lastID = job.ID{
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
}

// List returns the owner's jobs that pass the filter, newest first, without
// Ready. CreatedAfter and CreatedBefore are exclusive. It reads from the
// replica where there is one.
func (s *Store) List(ctx context.Context, f job.Filter) (jobs []job.Job, err error) {
	before, status := lastID, int16(-1)
	if f.Before != (job.ID{}) {
		before = f.Before
	}
	if f.Status != nil {
		status = int16(*f.Status)
	}
	limit := min(f.Limit, maxList)
	if limit <= 0 {
		return nil, nil
	}
	rowsAtOnce := limit
	if len(f.Metadata) > 0 {
		rowsAtOnce = page
	}
	for n := rowsAtOnce; err == nil && n == rowsAtOnce && len(jobs) < limit; {
		n = 0
		err = s.read(ctx, s.replica, "list jobs", func(rows pgx.Rows) error {
			var j job.Job
			if err := scanJob(rows, &j); err != nil {
				return err
			}
			n, before = n+1, j.ID
			if len(jobs) < limit && (len(f.Metadata) == 0 || record.HasMetadata(j.Metadata, f.Metadata)) {
				jobs = append(jobs, j)
			}
			return nil
		}, sqlList, enc(f.Owner), uuid(before), status, enc(f.Tool), milliOr(f.CreatedAfter, math.MinInt64), milliOr(f.CreatedBefore, math.MaxInt64), rowsAtOnce)
	}
	return jobs, err
}

func milliOr(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMilli()
}
