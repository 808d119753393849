package sqlitestore

import (
	"context"
	"math"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
)

const (
	maxList     = 1000 // jobs in one answer
	checkEvery  = 64   // rows read between two looks at the context
	metadataCol = 20   // in jobColumns

	sqlList = "SELECT " + jobColumns + ` FROM jobs
		WHERE owner = ?1 AND seq < ?2 AND (?3 < 0 OR status = ?3) AND (?4 = '' OR tool = ?4) AND created > ?5 AND created < ?6
		ORDER BY seq DESC`
)

// List returns the owner's jobs that pass the filter, newest first, without
// Ready. CreatedAfter and CreatedBefore are exclusive.
func (s *Store) List(ctx context.Context, f job.Filter) (jobs []job.Job, err error) {
	err = s.read(ctx, "list jobs", func(c *conn) error {
		st, err := c.query(sqlList, func(b *binder) { bindFilter(b, f) })
		if err != nil {
			return err
		}
		jobs, err = c.jobsAt(ctx, st, f)
		if e := st.Reset(); err == nil {
			err = e
		}
		return err
	})
	return jobs, err
}

func bindFilter(b *binder, f job.Filter) {
	before, status := int64(math.MaxInt64), int64(-1)
	if f.Before != (job.ID{}) {
		before = f.Before.Seq()
	}
	if f.Status != nil {
		status = int64(*f.Status)
	}
	b.text(f.Owner).int(before).int(status).text(f.Tool)
	b.int(milliOr(f.CreatedAfter, math.MinInt64)).int(milliOr(f.CreatedBefore, math.MaxInt64))
}

func milliOr(t time.Time, none int64) int64 {
	if t.IsZero() {
		return none
	}
	return t.UnixMilli()
}

// jobsAt reads rows until there are enough that have the metadata asked for.
func (c *conn) jobsAt(ctx context.Context, st *sqlite.Stmt, f job.Filter) ([]job.Job, error) {
	limit := min(f.Limit, maxList)
	var jobs []job.Job
	for n := 1; len(jobs) < limit; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row, err := st.Step()
		if err != nil || !row {
			return jobs, err
		}
		if len(f.Metadata) > 0 && !record.HasMetadata(c.scratch(st, metadataCol, st.ColumnLen(metadataCol)), f.Metadata) {
			continue
		}
		jobs = append(jobs, job.Job{})
		c.jobAt(st, &jobs[len(jobs)-1])
	}
	return jobs, nil
}
