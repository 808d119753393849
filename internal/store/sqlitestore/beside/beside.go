// Package beside keeps the rows of the embedded store beside those of jobs, each
// kind by itself: keys, secrets, notes, minutes, the audit, and what jobs say while they
// run. It knows neither the writer nor the file: it is given how to read and how to
// write.
package beside

import (
	"context"
	"time"

	"claimcheck/internal/store/sqlitestore/file"
)

// A Tx is the writer's transaction.
type Tx interface {
	// Run executes a statement that writes, RunFenced one that must change exactly
	// one row.
	Run(sql string, params func(*file.Binder)) error
	RunFenced(sql string, params func(*file.Binder)) error
	// Wrote reports whether a statement has changed something.
	Wrote() bool
	// Now is the time of the transaction as it is stored.
	Now() time.Time
	// Conn is the connection, for reading.
	Conn() *file.Conn
}

// Read runs f on a connection for reading; what says what is being done.
type Read func(ctx context.Context, what string, f func(*file.Conn) error) error

// Write does f in a transaction; grows says whether it needs room in the file. f
// may be called again after its transaction was undone.
type Write func(ctx context.Context, what string, grows bool, f func(Tx) error) error

// Rows are all of these rows. They are safe for concurrent use.
type Rows struct {
	read  Read
	write Write
	now   func() time.Time
}

// New returns the rows of a store; now is its clock.
func New(read Read, write Write, now func() time.Time) *Rows { return &Rows{read, write, now} }

// LastSeq returns the greatest Seq of any job ever stored, 0 if none.
func (r *Rows) LastSeq(ctx context.Context) (seq int64, err error) {
	err = r.read(ctx, "get last seq", func(c *file.Conn) (err error) {
		seq, err = c.Number("SELECT last_seq FROM meta")
		return err
	})
	return seq, err
}
