package sqlitestore

import (
	"context"
	"strings"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/transfer"
)

// Count returns how many rows of a table are to be exported.
func (s *Store) Count(ctx context.Context, t transfer.Table) (n int64, err error) {
	from, _, _ := strings.Cut(t.From, " ORDER BY ")
	err = s.read(ctx, "count rows", func(c conn) (err error) {
		n, err = c.Number("SELECT count(*) FROM " + from)
		return err
	})
	return n, err
}

// Export shows all rows of a table, as they are at one moment, to each; an
// error of it is returned. The row is each's to keep.
func (s *Store) Export(ctx context.Context, t transfer.Table, each func(transfer.Row) error) error {
	exprs := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		exprs[i] = col.Expr()
	}
	return s.read(ctx, "export "+t.Name, func(c conn) (err error) {
		st, err := c.Query("SELECT "+strings.Join(exprs, ", ")+" FROM "+t.From, nil)
		if err != nil {
			return err
		}
		defer func() {
			if e := st.Reset(); err == nil {
				err = e
			}
		}()
		for n := 1; ; n++ {
			if n%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			row, err := st.Step()
			if err != nil || !row {
				return err
			}
			if err := each(rowAt(st, t.Columns)); err != nil {
				return err
			}
		}
	})
}

func rowAt(st *sqlite.Stmt, columns []transfer.Column) transfer.Row {
	row := make(transfer.Row, len(columns))
	for i, col := range columns {
		if st.ColumnType(i) == sqlite.TypeNull {
			continue
		}
		switch col.Kind {
		case transfer.Int, transfer.Bool:
			row[i] = st.ColumnInt64(i)
		case transfer.Text:
			b := make([]byte, st.ColumnLen(i))
			st.ColumnBytes(i, b)
			row[i] = string(b)
		case transfer.Blob, transfer.UUID:
			b := make([]byte, st.ColumnLen(i))
			st.ColumnBytes(i, b)
			row[i] = b
		}
	}
	return row
}
