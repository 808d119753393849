package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore/file"
)

const sqlOwner = `SELECT
			(SELECT jobs FROM usage WHERE owner = ?1 AND month = ?2),
			(SELECT lost_refunds FROM usage WHERE owner = ?1 AND month = ?2),
			(SELECT sum(queued) FROM counts WHERE owner = ?1),
			(SELECT sum(running) FROM counts WHERE owner = ?1),
			(SELECT stored_bytes FROM owners WHERE owner = ?1),
			(SELECT pending_uploads FROM owners WHERE owner = ?1),
			(SELECT plan FROM owners WHERE owner = ?1)`

// Owner returns what an owner used in a month, what it has now, and its plan.
func (s *Store) Owner(ctx context.Context, owner string, month int) (o protocol.Owner, err error) {
	err = s.read(ctx, "read owner", func(c conn) error {
		_, err := c.One(sqlOwner, func(b *file.Binder) { b.Text(owner).Int(int64(month)) }, func(st *sqlite.Stmt) {
			o.Usage = account.Usage{Jobs: st.ColumnInt64(0), LostRefunds: st.ColumnInt64(1)}
			o.Counts = account.Counts{Queued: st.ColumnInt64(2), Running: st.ColumnInt64(3), StoredBytes: st.ColumnInt64(4), PendingUploads: st.ColumnInt64(5)}
			o.Plan = c.NameAt(st, 6)
		})
		return err
	})
	return o, err
}
