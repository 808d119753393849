package sqlitestore

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/account"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlAddAudit  = "INSERT INTO audit (at, key, owner, action, target, request) VALUES (?, ?, ?, ?, ?, ?)"
	sqlAudit     = "SELECT n, at, key, owner, action, target, request FROM audit WHERE n < ? AND at >= ? ORDER BY n DESC LIMIT ?"
	sqlOldAudit  = "SELECT 1 FROM audit WHERE at < ? LIMIT 1"
	sqlDropAudit = "DELETE FROM audit WHERE n IN (SELECT n FROM audit WHERE at < ? ORDER BY at LIMIT ?)"
)

// AddAudit keeps a row of what an operator changes.
func (s *Store) AddAudit(ctx context.Context, row account.AuditRow) error {
	return s.write(ctx, "write audit", true, func(t *tx) error {
		return t.run(sqlAddAudit, func(b *file.Binder) {
			b.Time(t.now).Text(row.Key).Text(row.Owner).Text(row.Action).Text(row.Target).Text(row.RequestID)
		})
	})
}

// AuditRows returns up to limit rows below before, written at since or later, the
// newest first.
func (s *Store) AuditRows(ctx context.Context, before int64, since time.Time, limit int) (rows []account.AuditRow, err error) {
	err = s.read(ctx, "read audit", func(c conn) error {
		return c.Each(sqlAudit, func(b *file.Binder) { b.Int(record.NumberOrEnd(before)).Time(since).Int(int64(limit)) }, func(st *sqlite.Stmt) {
			rows = append(rows, account.AuditRow{
				N: st.ColumnInt64(0), At: record.Time(st.ColumnInt64(1)), Key: c.TextAt(st, 2), Owner: c.TextAt(st, 3),
				Action: c.TextAt(st, 4), Target: c.TextAt(st, 5), RequestID: c.TextAt(st, 6),
			})
		})
	})
	return rows, err
}

// DropAudit removes up to limit rows that were written before a time. While there
// are none it only reads.
func (s *Store) DropAudit(ctx context.Context, before time.Time, limit int) (n int, err error) {
	some := false
	err = s.read(ctx, "look for old audit", func(c conn) error {
		some, err = c.One(sqlOldAudit, func(b *file.Binder) { b.Time(before) }, func(*sqlite.Stmt) {})
		return err
	})
	if err != nil || !some {
		return 0, err
	}
	err = s.write(ctx, "drop audit", false, func(t *tx) error {
		if err := t.run(sqlDropAudit, func(b *file.Binder) { b.Time(before).Int(int64(limit)) }); err != nil {
			return err
		}
		n = t.c.Changes()
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
