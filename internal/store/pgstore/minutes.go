package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/pgstore/unit"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	sqlSaveMinutes = `INSERT INTO claimcheck.minutes (length, at, tool, writer, accepted, succeeded, failed, detail)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[])
		ON CONFLICT (length, at, tool, writer) DO UPDATE SET accepted = excluded.accepted, succeeded = excluded.succeeded, failed = excluded.failed, detail = excluded.detail`
	sqlMinutes = `SELECT at, tool, writer, accepted, succeeded, failed, detail FROM claimcheck.minutes
		WHERE length = $1 AND (at, tool, writer) > ($2, $3, $4) AND at < $5 ORDER BY at, tool, writer LIMIT $6`
	sqlOver = `(SELECT length, at, tool, writer FROM claimcheck.minutes WHERE length = $1 AND at < $2 ORDER BY at LIMIT $4)
		UNION ALL (SELECT length, at, tool, writer FROM claimcheck.minutes WHERE length = $1 AND at > $3 ORDER BY at DESC LIMIT $4) LIMIT $4`
	sqlHasOver     = "SELECT EXISTS (" + sqlOver + ")"
	sqlDropMinutes = "DELETE FROM claimcheck.minutes WHERE (length, at, tool, writer) IN (" + sqlOver + ")"
)

// SaveMinutes keeps rows, each in place of an older one of its key.
func (s *Store) SaveMinutes(ctx context.Context, rows []protocol.Minute) error {
	var length, at, writer, accepted, succeeded, failed []int64
	var tools []string
	var detail [][]byte
	for i := range rows {
		m := &rows[i]
		length, at, writer = append(length, int64(m.Length)), append(at, record.Milli(m.At)), append(writer, m.Writer)
		tools, detail = append(tools, pg.Enc(m.Tool)), append(detail, pg.Blob(m.Detail))
		accepted, succeeded, failed = append(accepted, m.Accepted), append(succeeded, m.Succeeded), append(failed, m.Failed)
	}
	return s.task(ctx, "save minutes", nil, func(u *unit.Unit) error {
		_, err := u.Exec(sqlSaveMinutes, length, at, tools, writer, accepted, succeeded, failed, detail)
		return err
	})
}

// Minutes returns up to limit rows of a length, by time, tool and writer, those
// after the given one.
func (s *Store) Minutes(ctx context.Context, after protocol.Minute, before time.Time, limit int) (rows []protocol.Minute, err error) {
	err = s.db.Read(ctx, s.db.Pool, "read minutes", func(r pgx.Rows) error {
		m := protocol.Minute{Length: after.Length}
		var at int64
		err := r.Scan(&at, &m.Tool, &m.Writer, &m.Accepted, &m.Succeeded, &m.Failed, &m.Detail)
		m.At, m.Tool, m.Detail = record.Time(at), pg.Dec(m.Tool), pg.BytesOrNil(m.Detail)
		rows = append(rows, m)
		return err
	}, sqlMinutes, int64(after.Length), record.Milli(after.At), pg.Enc(after.Tool), after.Writer, record.Milli(before), limit)
	return rows, err
}

// DropMinutes removes up to limit rows of a length that begin before one time or
// after another. While there are none it only reads.
func (s *Store) DropMinutes(ctx context.Context, length int, before, after time.Time, limit int) (removed int, err error) {
	over := []any{int64(length), record.Milli(before), record.Milli(after)}
	some := false
	if _, err := s.db.One(ctx, "look for old minutes", []any{&some}, sqlHasOver, append(over, 1)...); err != nil || !some {
		return 0, err
	}
	err = s.task(ctx, "drop minutes", nil, func(u *unit.Unit) error {
		n, err := u.Exec(sqlDropMinutes, append(over, limit)...)
		removed = int(n)
		return err
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}
