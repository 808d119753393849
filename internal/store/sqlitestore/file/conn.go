package file

import "zombiezen.com/go/sqlite"

const (
	maxNames   = 512 // interned names per connection
	minScratch = 256
	maxScratch = 16 << 10 // longer texts do not keep their memory
)

// A Conn is one connection with its prepared statements and scratch memory.
// One goroutine uses it at a time.
type Conn struct {
	Watch Watch // nil for a reader

	db    *sqlite.Conn
	stmts map[string]*sqlite.Stmt // by SQL
	names map[string]string       // values that repeat in all rows
	buf   []byte
	args  Binder
}

// A Watch is told of each statement of the writer's connection.
type Watch interface {
	// Step is called instead of a statement's own.
	Step(st *sqlite.Stmt) (bool, error)
	// Broken is told that a statement could not be prepared.
	Broken(err error)
}

// Close closes the connection.
func (c *Conn) Close() error { return c.db.Close() }

// exec runs one statement once.
func (c *Conn) exec(sql string) error {
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

// One runs a query of at most one row. If there is one it is shown to scan and
// true is returned. No snapshot is left open.
func (c *Conn) One(sql string, params func(*Binder), scan func(*sqlite.Stmt)) (bool, error) {
	st, err := c.Query(sql, params)
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

// Each runs a query and shows its rows to scan, one after the other.
func (c *Conn) Each(sql string, params func(*Binder), scan func(*sqlite.Stmt)) error {
	st, err := c.Query(sql, params)
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

// Number returns the first column of the first row of a query, 0 if there is
// none.
func (c *Conn) Number(sql string) (n int64, err error) {
	_, err = c.One(sql, nil, func(st *sqlite.Stmt) { n = st.ColumnInt64(0) })
	return n, err
}

// Query prepares a statement, params binds its parameters.
func (c *Conn) Query(sql string, params func(*Binder)) (*sqlite.Stmt, error) {
	st, err := c.prepare(sql)
	if err != nil {
		if c.Watch != nil {
			c.Watch.Broken(err)
		}
		return nil, err
	}
	if params != nil {
		c.args = Binder{st: st}
		params(&c.args)
	}
	return st, nil
}

// step goes to the next row. On error the statement is reset.
func (c *Conn) step(st *sqlite.Stmt) (bool, error) {
	if c.Watch != nil {
		return c.Watch.Step(st)
	}
	return st.Step()
}

// prepare returns the statement of a query, which is reset; parameters keep
// the values of their last use. The driver's own cache would clear them by a
// call into SQLite each time.
func (c *Conn) prepare(sql string) (*sqlite.Stmt, error) {
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

// Changes is how many rows the last statement has changed.
func (c *Conn) Changes() int { return c.db.Changes() }

// Begin starts a transaction that writes.
func (c *Conn) Begin() error { return c.once("BEGIN IMMEDIATE") }

// Commit ends it.
func (c *Conn) Commit() error { return c.once("COMMIT") }

// Rollback undoes it, unless SQLite has already.
func (c *Conn) Rollback() error {
	if c.db.AutocommitEnabled() {
		return nil
	}
	return c.once("ROLLBACK")
}

// once runs a statement that returns no rows, and of which nobody is told.
func (c *Conn) once(sql string) error {
	st, err := c.prepare(sql)
	if err != nil {
		return err
	}
	if _, err := st.Step(); err != nil {
		return err
	}
	return st.Reset()
}
