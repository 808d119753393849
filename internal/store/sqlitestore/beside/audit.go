package beside

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
func (r *Rows) AddAudit(ctx context.Context, row account.AuditRow) error {
	return r.write(ctx, "write audit", true, func(t Tx) error {
		return t.Run(sqlAddAudit, func(b *file.Binder) {
			b.Time(t.Now()).Text(row.Key).Text(row.Owner).Text(row.Action).Text(row.Target).Text(row.RequestID)
		})
	})
}

// AuditRows returns up to limit rows below before, written at since or later, the
// newest first.
func (r *Rows) AuditRows(ctx context.Context, before int64, since time.Time, limit int) (rows []account.AuditRow, err error) {
	err = r.read(ctx, "read audit", func(c *file.Conn) error {
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
func (r *Rows) DropAudit(ctx context.Context, before time.Time, limit int) (n int, err error) {
	some := false
	err = r.read(ctx, "look for old audit", func(c *file.Conn) error {
		some, err = c.One(sqlOldAudit, func(b *file.Binder) { b.Time(before) }, func(*sqlite.Stmt) {})
		return err
	})
	if err != nil || !some {
		return 0, err
	}
	err = r.write(ctx, "drop audit", false, func(t Tx) error {
		if err := t.Run(sqlDropAudit, func(b *file.Binder) { b.Time(before).Int(int64(limit)) }); err != nil {
			return err
		}
		n = t.Conn().Changes()
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
