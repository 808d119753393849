package sqlitestore

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/bulks"
)

// AddBulk keeps a new bulk; see protocol.Bulks.
func (s *Store) AddBulk(ctx context.Context, b *job.Bulk, admit func(unended int64) error) error {
	record.TidyBulk(b)
	return s.write(ctx, "add bulk", true, func(t *tx) error {
		unended, err := bulks.Count(t.c.Conn, b.Owner, b.Operator)
		if err == nil {
			err = admit(unended)
		}
		if err != nil {
			return err
		}
		return bulks.Put(t.run, b)
	})
}

// Bulk returns a bulk; NotFound BULK_NOT_FOUND.
func (s *Store) Bulk(ctx context.Context, id job.ID) (b job.Bulk, err error) {
	err = s.read(ctx, "get bulk", func(c conn) error {
		b, err = bulks.Get(c.Conn, id)
		return err
	})
	return b, err
}

// ChangeBulk lets decide change a bulk; see protocol.Bulks.
func (s *Store) ChangeBulk(ctx context.Context, id job.ID, decide func(*job.Bulk, time.Time) error) (b job.Bulk, err error) {
	err = s.write(ctx, "change bulk", true, func(t *tx) error {
		if b, err = bulks.Get(t.c.Conn, id); err != nil {
			return err
		}
		if err := record.ChangeBulk(&b, decide, t.now); err != nil {
			return err
		}
		return bulks.Set(t.runFenced, &b)
	})
	if err != nil {
		return job.Bulk{}, err
	}
	return b, nil
}

// DueBulks returns bulks that are not final and that nobody deals with.
func (s *Store) DueBulks(ctx context.Context, now time.Time, limit int) (list []job.Bulk, err error) {
	err = s.read(ctx, "look for bulks", func(c conn) error {
		return bulks.Unended(c.Conn, func(b job.Bulk) {
			if len(list) < limit && !b.Taken(now) {
				list = append(list, b)
			}
		})
	})
	return list, err
}

// SweepBulks removes up to limit bulks that have expired, each by itself: one may
// have had very many jobs. While there are none it only reads.
func (s *Store) SweepBulks(ctx context.Context, now time.Time, limit int) (removed int, err error) {
	var ids []job.ID
	err = s.read(ctx, "look for expired bulks", func(c conn) error {
		ids, err = bulks.Expired(c.Conn, now, limit)
		return err
	})
	for ; err == nil && removed < len(ids); removed++ {
		err = s.write(ctx, "sweep bulk", false, func(t *tx) error { return bulks.Drop(t.run, ids[removed]) })
	}
	return removed, err
}

// PutBulkJobs keeps a part of a bulk's ids.
func (s *Store) PutBulkJobs(ctx context.Context, bulk job.ID, part int64, ids []job.ID) error {
	return s.write(ctx, "keep jobs of bulk", true, func(t *tx) error { return bulks.PutJobs(t.run, bulk, part, ids) })
}

// BulkJobs returns a part of a bulk's ids.
func (s *Store) BulkJobs(ctx context.Context, bulk job.ID, part int64) (ids []job.ID, err error) {
	err = s.read(ctx, "read jobs of bulk", func(c conn) error {
		ids, err = bulks.Jobs(c.Conn, bulk, part)
		return err
	})
	return ids, err
}
