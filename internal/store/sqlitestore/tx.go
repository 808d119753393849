package sqlitestore

import (
	"errors"
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// A tx is the writer's transaction. One is used for all, one after the other.
type tx struct {
	c      conn
	clock  func() time.Time
	faults Faults
	tally  tally

	now     time.Time // of this transaction, in milliseconds as they are stored
	batch   int64     // number of the last committed transaction
	lastSeq int64     // greatest Seq ever committed
	newSeq  int64     // the same, this transaction included
	due     bool      // a delivery that is due was written

	ledger record.Ledger // shows this transaction to decisions

	// The part that is being applied.
	steps  int   // statements begun
	wrote  bool  // a statement has changed something
	broken error // of a statement that failed in a way that may have undone others
}

// begin starts a transaction.
func (t *tx) begin() error {
	t.now = record.Time(t.clock().UnixMilli())
	t.newSeq, t.due = t.lastSeq, false
	return t.c.Begin()
}

const sqlMeta = "UPDATE meta SET batch = ?, last_seq = ? WHERE one = 1"

func (t *tx) beginPart() {
	t.steps, t.wrote, t.broken = 0, false, nil
	t.ledger.Begin()
}

func (t *tx) commit() error { return t.c.Commit() }

// rollback undoes the transaction and forgets what was counted in it.
func (t *tx) rollback() error {
	t.tally.forget()
	return t.c.Rollback()
}

// flush writes what the parts have counted, once each, and the transaction's
// number.
func (t *tx) flush() error {
	if err := t.tally.flush(t); err != nil {
		return err
	}
	return t.run(sqlMeta, func(b *file.Binder) { b.Int(t.batch + 1).Int(t.newSeq) })
}

// run executes a statement that writes.
func (t *tx) run(sql string, params func(*file.Binder)) error {
	st, err := t.c.Query(sql, params)
	if err != nil {
		return err
	}
	if _, err := t.Step(st); err != nil {
		return err
	}
	t.wrote = true
	return st.Reset()
}

// runFenced is run for a statement that must change exactly one row.
func (t *tx) runFenced(sql string, params func(*file.Binder)) error {
	if err := t.run(sql, params); err != nil {
		return err
	}
	if t.c.Changes() != 1 {
		return errFence
	}
	return nil
}

// errFence means that a row is not as it was read in the same transaction.
var errFence = errors.New("the row changed under its own transaction")

// Broken notes that a statement could not be prepared.
func (t *tx) Broken(err error) { t.broken = err }

// Step is told of each statement that the writer begins or goes on with.
func (t *tx) Step(st *sqlite.Stmt) (bool, error) {
	t.steps++
	if t.faults.Write != nil {
		if err := t.faults.Write(t.steps); err != nil {
			_ = st.Reset() // as SQLite does
			t.broken = record.Refused(err)
			return false, t.broken
		}
	}
	row, err := st.Step()
	if err != nil && !file.Constraint(err) {
		t.broken = err
	}
	return row, err
}
