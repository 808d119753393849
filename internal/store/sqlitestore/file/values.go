package file

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
)

// A Binder gives a statement its parameters in order.
type Binder struct {
	st *sqlite.Stmt
	n  int
}

// Int binds a number.
func (b *Binder) Int(v int64) *Binder {
	b.n++
	b.st.BindInt64(b.n, v)
	return b
}

// Bool binds 1 or 0.
func (b *Binder) Bool(v bool) *Binder {
	b.n++
	b.st.BindBool(b.n, v)
	return b
}

// Time binds a time as stores keep it.
func (b *Binder) Time(t time.Time) *Binder { return b.Int(record.Milli(t)) }

// Text binds a text.
func (b *Binder) Text(v string) *Binder {
	b.n++
	b.st.BindText(b.n, v)
	return b
}

// Blob binds bytes, empty ones too.
func (b *Binder) Blob(v []byte) *Binder {
	b.n++
	b.st.BindBytes(b.n, v)
	return b
}

// BlobOrNull binds NULL for no bytes.
func (b *Binder) BlobOrNull(v []byte) *Binder {
	if len(v) == 0 {
		return b.Null()
	}
	return b.Blob(v)
}

// Null binds NULL.
func (b *Binder) Null() *Binder {
	b.n++
	b.st.BindNull(b.n)
	return b
}

// TextAt returns a column's text.
func (c *Conn) TextAt(st *sqlite.Stmt, col int) string {
	n := st.ColumnLen(col)
	if n == 0 {
		return ""
	}
	return string(c.Scratch(st, col, n))
}

// NameAt is TextAt for columns whose values repeat; it allocates only for
// values not seen lately.
func (c *Conn) NameAt(st *sqlite.Stmt, col int) string {
	b := c.Scratch(st, col, st.ColumnLen(col))
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

// Scratch returns a column's n bytes until the next call.
func (c *Conn) Scratch(st *sqlite.Stmt, col, n int) []byte {
	b := c.buf
	if cap(b) < n {
		b = make([]byte, max(n, minScratch))
		if n <= maxScratch {
			c.buf = b
		}
	}
	return b[:st.ColumnBytes(col, b[:n])]
}

// BlobAt returns a copy of a column's bytes, nil for none.
func BlobAt(st *sqlite.Stmt, col int) []byte {
	n := st.ColumnLen(col)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	st.ColumnBytes(col, b)
	return b
}

// IntOrNull binds NULL for 0.
func (b *Binder) IntOrNull(v int64) *Binder {
	if v == 0 {
		return b.Null()
	}
	return b.Int(v)
}

// TextOrNull binds NULL for an empty text.
func (b *Binder) TextOrNull(v string) *Binder {
	if v == "" {
		return b.Null()
	}
	return b.Text(v)
}
