package sqlitestore

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
)

// A binder gives a statement its parameters in order.
type binder struct {
	st *sqlite.Stmt
	n  int
}

func (b *binder) int(v int64) *binder {
	b.n++
	b.st.BindInt64(b.n, v)
	return b
}

func (b *binder) bool(v bool) *binder {
	b.n++
	b.st.BindBool(b.n, v)
	return b
}

func (b *binder) time(t time.Time) *binder { return b.int(record.Milli(t)) }

func (b *binder) text(v string) *binder {
	b.n++
	b.st.BindText(b.n, v)
	return b
}

// blob binds bytes, empty ones too.
func (b *binder) blob(v []byte) *binder {
	b.n++
	b.st.BindBytes(b.n, v)
	return b
}

// blobOrNull binds NULL for no bytes.
func (b *binder) blobOrNull(v []byte) *binder {
	if len(v) == 0 {
		return b.null()
	}
	return b.blob(v)
}

func (b *binder) null() *binder {
	b.n++
	b.st.BindNull(b.n)
	return b
}

// textAt returns a column's text.
func (c *conn) textAt(st *sqlite.Stmt, col int) string {
	n := st.ColumnLen(col)
	if n == 0 {
		return ""
	}
	return string(c.scratch(st, col, n))
}

// nameAt is textAt for columns whose values repeat; it allocates only for
// values not seen lately.
func (c *conn) nameAt(st *sqlite.Stmt, col int) string {
	b := c.scratch(st, col, st.ColumnLen(col))
	if s, ok := c.names[string(b)]; ok {
		return s
	}
	if len(c.names) >= maxNames {
		clear(c.names)
	}
	s := string(b)
	c.names[s] = s
	return s
}

// scratch returns a column's n bytes until the next call.
func (c *conn) scratch(st *sqlite.Stmt, col, n int) []byte {
	b := c.buf
	if cap(b) < n {
		b = make([]byte, max(n, minScratch))
		if n <= maxScratch {
			c.buf = b
		}
	}
	return b[:st.ColumnBytes(col, b[:n])]
}

// blobAt returns a copy of a column's bytes, nil for none.
func blobAt(st *sqlite.Stmt, col int) []byte {
	n := st.ColumnLen(col)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	st.ColumnBytes(col, b)
	return b
}
