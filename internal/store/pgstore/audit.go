package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/account"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/record"
)

const (
	sqlAddAudit  = "INSERT INTO claimcheck.audit (at, key, owner, action, target, request) VALUES ($1, $2, $3, $4, $5, $6)"
	sqlAudit     = "SELECT n, at, key, owner, action, target, request FROM claimcheck.audit WHERE n < $1 AND at >= $2 ORDER BY n DESC LIMIT $3"
	sqlOldAudit  = "SELECT true FROM claimcheck.audit WHERE at < $1 LIMIT 1"
	sqlDropAudit = `DELETE FROM claimcheck.audit WHERE n IN (SELECT n FROM claimcheck.audit
		WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// AddAudit keeps a row of what an operator changes.
func (s *Store) AddAudit(ctx context.Context, row account.AuditRow) error {
	return s.task(ctx, "write audit", nil, func(u *unit.Unit) error {
		_, err := u.Exec(sqlAddAudit, record.Milli(u.Now), pg.Enc(row.Key), pg.Enc(row.Owner), pg.Enc(row.Action), pg.Enc(row.Target), pg.Enc(row.RequestID))
		return err
	})
}

// AuditRows returns up to limit rows below before, written at since or later, the
// newest first.
func (s *Store) AuditRows(ctx context.Context, before int64, since time.Time, limit int) (list []account.AuditRow, err error) {
	err = s.db.Read(ctx, s.db.Pool, "read audit", func(rows pgx.Rows) error {
		var r account.AuditRow
		var at int64
		err := rows.Scan(&r.N, &at, &r.Key, &r.Owner, &r.Action, &r.Target, &r.RequestID)
		r.At, r.Key, r.Owner = record.Time(at), pg.Dec(r.Key), pg.Dec(r.Owner)
		r.Action, r.Target, r.RequestID = pg.Dec(r.Action), pg.Dec(r.Target), pg.Dec(r.RequestID)
		list = append(list, r)
		return err
	}, sqlAudit, record.NumberOrEnd(before), record.Milli(since), limit)
	return list, err
}

// DropAudit removes up to limit rows that were written before a time. While there
// are none it only reads.
func (s *Store) DropAudit(ctx context.Context, before time.Time, limit int) (n int, err error) {
	some := false
	if _, err := s.db.One(ctx, "look for old audit", []any{&some}, sqlOldAudit, record.Milli(before)); err != nil || !some {
		return 0, err
	}
	err = s.task(ctx, "drop audit", nil, func(u *unit.Unit) error {
		gone, err := u.Exec(sqlDropAudit, record.Milli(before), limit)
		n = int(gone)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
