package sqlitestore

import (
	"errors"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	busyTimeout    = 5 * time.Second // for locks that only a backup or an operator's program can hold
	writerCacheKiB = 8 << 10         // pages the writer keeps; the tail of each index is hot
	readerCacheKiB = 1 << 10
	maxNames       = 512 // interned owners and tools per connection
	minScratch     = 256
	maxScratch     = 16 << 10 // longer texts do not keep their memory
)

// A conn is one connection with its prepared statements and scratch memory.
// One goroutine uses it at a time.
type conn struct {
	db    *sqlite.Conn
	tx    *tx                     // the writer's, told of each statement; nil for a reader
	stmts map[string]*sqlite.Stmt // by SQL
	names map[string]string       // owners and tools, which repeat in all rows
	buf   []byte
	args  binder
}

// openWriter opens the file, which is made if it is not there, for writing.
func openWriter(path string, maxPages int) (*conn, error) {
	return openConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL,
		"PRAGMA synchronous = FULL", // each commit is on disk when it returns
		"PRAGMA foreign_keys = ON",
		"PRAGMA wal_autocheckpoint = 0", // the writer checkpoints after it has answered
		fmt.Sprintf("PRAGMA cache_size = -%d", writerCacheKiB),
		fmt.Sprintf("PRAGMA max_page_count = %d", maxPages), // 0 changes nothing
	)
}

// openReader opens the file, which must be there, for reading only. It is
// opened read-write because a reader of a WAL takes part in its locks.
func openReader(path string) (*conn, error) {
	return openConn(path, sqlite.OpenReadWrite,
		"PRAGMA query_only = ON",
		fmt.Sprintf("PRAGMA cache_size = -%d", readerCacheKiB),
	)
}

func openConn(path string, flags sqlite.OpenFlags, pragmas ...string) (*conn, error) {
	db, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, err
	}
	db.SetBusyTimeout(busyTimeout)
	c := &conn{db: db, stmts: map[string]*sqlite.Stmt{}, names: map[string]string{}}
	for _, p := range pragmas {
		if err := c.exec(p); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", p, err), c.close())
		}
	}
	return c, nil
}

func (c *conn) close() error { return c.db.Close() }

// exec runs one statement once.
func (c *conn) exec(sql string) error {
	st, _, err := c.db.PrepareTransient(sql)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		more, err = st.Step()
	}
	if e := st.Finalize(); err == nil {
		err = e
	}
	return err
}

// one runs a query of at most one row. If there is one it is shown to scan and
// true is returned. No snapshot is left open.
func (c *conn) one(sql string, params func(*binder), scan func(*sqlite.Stmt)) (bool, error) {
	st, err := c.query(sql, params)
	if err != nil {
		return false, err
	}
	row, err := c.step(st)
	if err != nil {
		return false, err
	}
	if row {
		scan(st)
	}
	return row, st.Reset()
}

// each runs a query and shows its rows to scan, one after the other.
func (c *conn) each(sql string, params func(*binder), scan func(*sqlite.Stmt)) error {
	st, err := c.query(sql, params)
	if err != nil {
		return err
	}
	for {
		row, err := c.step(st)
		if err != nil {
			return err
		}
		if !row {
			return st.Reset()
		}
		scan(st)
	}
}

// number returns the first column of the first row of a query, 0 if there is
// none.
func (c *conn) number(sql string) (n int64, err error) {
	_, err = c.one(sql, nil, func(st *sqlite.Stmt) { n = st.ColumnInt64(0) })
	return n, err
}

// query prepares a statement, params binds its parameters.
func (c *conn) query(sql string, params func(*binder)) (*sqlite.Stmt, error) {
	st, err := c.prepare(sql)
	if err != nil {
		if c.tx != nil {
			c.tx.broken = err
		}
		return nil, err
	}
	if params != nil {
		c.args = binder{st: st}
		params(&c.args)
	}
	return st, nil
}

// step goes to the next row. On error the statement is reset.
func (c *conn) step(st *sqlite.Stmt) (bool, error) {
	if c.tx != nil {
		return c.tx.step(st)
	}
	return st.Step()
}

// prepare returns the statement of a query, which is reset; parameters keep
// the values of their last use. The driver's own cache would clear them by a
// call into SQLite each time.
func (c *conn) prepare(sql string) (*sqlite.Stmt, error) {
	if st := c.stmts[sql]; st != nil {
		return st, nil
	}
	st, err := c.db.Prepare(sql)
	if err != nil {
		return nil, err
	}
	c.stmts[sql] = st
	return st, nil
}
