package beside

import (
	"context"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlSaveMinute = `INSERT INTO minutes (length, at, tool, writer, accepted, succeeded, failed, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET accepted = excluded.accepted, succeeded = excluded.succeeded, failed = excluded.failed, detail = excluded.detail`
	sqlDropMinute = "DELETE FROM minutes WHERE length = ? AND at = ? AND tool = ? AND writer = ?"
)

// The statements that read minutes.
const (
	SQLMinutes = `SELECT at, tool, writer, accepted, succeeded, failed, detail FROM minutes
		WHERE length = ? AND (at, tool, writer) > (?, ?, ?) AND at < ? ORDER BY at, tool, writer LIMIT ?`
	SQLMinutesOver   = "SELECT EXISTS (SELECT 1 FROM minutes WHERE length = ?1 AND at < ?2) OR EXISTS (SELECT 1 FROM minutes WHERE length = ?1 AND at > ?3)"
	SQLMinutesBefore = "SELECT at, tool, writer FROM minutes WHERE length = ? AND at < ? LIMIT ?"
	SQLMinutesAfter  = "SELECT at, tool, writer FROM minutes WHERE length = ? AND at > ? LIMIT ?"
)

// SaveMinutes keeps rows, each in place of an older one of its key.
func (r *Rows) SaveMinutes(ctx context.Context, rows []protocol.Minute) error {
	return r.write(ctx, "save minutes", true, func(t Tx) error {
		for i := range rows {
			m := &rows[i]
			err := t.Run(sqlSaveMinute, func(b *file.Binder) {
				b.Int(int64(m.Length)).Time(m.At).Text(m.Tool).Int(m.Writer).Int(m.Accepted).Int(m.Succeeded).Int(m.Failed).Blob(m.Detail)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Minutes returns up to limit rows of a length, by time, tool and writer, those
// after the given one.
func (r *Rows) Minutes(ctx context.Context, after protocol.Minute, before time.Time, limit int) (rows []protocol.Minute, err error) {
	err = r.read(ctx, "read minutes", func(c *file.Conn) error {
		return c.Each(SQLMinutes, func(b *file.Binder) {
			b.Int(int64(after.Length)).Time(after.At).Text(after.Tool).Int(after.Writer).Time(before).Int(int64(limit))
		}, func(st *sqlite.Stmt) {
			rows = append(rows, protocol.Minute{
				Length: after.Length, At: record.Time(st.ColumnInt64(0)), Tool: c.NameAt(st, 1), Writer: st.ColumnInt64(2),
				Accepted: st.ColumnInt64(3), Succeeded: st.ColumnInt64(4), Failed: st.ColumnInt64(5), Detail: file.BlobAt(st, 6),
			})
		})
	})
	return rows, err
}

// DropMinutes removes up to limit rows of a length that begin before one time or
// after another. While there are none it only reads.
func (r *Rows) DropMinutes(ctx context.Context, length int, before, after time.Time, limit int) (removed int, err error) {
	some := false
	err = r.read(ctx, "look for old minutes", func(c *file.Conn) error {
		_, err := c.One(SQLMinutesOver, func(b *file.Binder) { b.Int(int64(length)).Time(before).Time(after) }, func(st *sqlite.Stmt) { some = st.ColumnInt64(0) != 0 })
		return err
	})
	if err != nil || !some {
		return 0, err
	}
	err = r.write(ctx, "drop minutes", false, func(t Tx) error {
		removed, err = dropMinutes(t, int64(length), before, after, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

func dropMinutes(t Tx, length int64, before, after time.Time, limit int) (int, error) {
	var over []protocol.Minute
	for sql, end := range map[string]time.Time{SQLMinutesBefore: before, SQLMinutesAfter: after} {
		err := t.Conn().Each(sql, func(b *file.Binder) { b.Int(length).Time(end).Int(int64(limit - len(over))) }, func(st *sqlite.Stmt) {
			over = append(over, protocol.Minute{At: record.Time(st.ColumnInt64(0)), Tool: t.Conn().NameAt(st, 1), Writer: st.ColumnInt64(2)})
		})
		if err != nil {
			return 0, err
		}
	}
	for i := range over {
		m := &over[i]
		if err := t.RunFenced(sqlDropMinute, func(b *file.Binder) { b.Int(length).Time(m.At).Text(m.Tool).Int(m.Writer) }); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}
