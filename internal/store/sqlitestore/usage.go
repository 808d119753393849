package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
)

const (
	sqlOwnerUsage = `SELECT
			(SELECT jobs FROM usage WHERE owner = ?1 AND month = ?2),
			(SELECT lost_refunds FROM usage WHERE owner = ?1 AND month = ?2),
			(SELECT sum(queued) FROM counts WHERE owner = ?1),
			(SELECT sum(running) FROM counts WHERE owner = ?1),
			(SELECT stored_bytes FROM owners WHERE owner = ?1),
			(SELECT pending_uploads FROM owners WHERE owner = ?1)`
	sqlPlan = "SELECT plan FROM owners WHERE owner = ? AND plan IS NOT NULL"
)

// Usage returns an owner's usage of a month and what it has now.
func (s *Store) Usage(ctx context.Context, owner string, month int) (u account.Usage, n account.Counts, err error) {
	err = s.read(ctx, "read usage", func(c *conn) error {
		_, err := c.one(sqlOwnerUsage, func(b *binder) { b.text(owner).int(int64(month)) }, func(st *sqlite.Stmt) {
			u = account.Usage{Jobs: st.ColumnInt64(0), LostRefunds: st.ColumnInt64(1)}
			n = account.Counts{Queued: st.ColumnInt64(2), Running: st.ColumnInt64(3), StoredBytes: st.ColumnInt64(4), PendingUploads: st.ColumnInt64(5)}
		})
		return err
	})
	return u, n, err
}

// Plan returns the name of an owner's plan; NotFound for an owner without any
// key ever made.
func (s *Store) Plan(ctx context.Context, owner string) (plan string, err error) {
	err = s.read(ctx, "read plan", func(c *conn) error {
		row, err := c.one(sqlPlan, func(b *binder) { b.text(owner) }, func(st *sqlite.Stmt) { plan = c.nameAt(st, 0) })
		if err == nil && !row {
			return record.NoPlan()
		}
		return err
	})
	return plan, err
}
