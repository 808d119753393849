package sqlitestore

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// Time is the store's, of this transaction.
func (t *tx) Time() time.Time { return t.now }

// OwnerOf returns what an owner has, this transaction included.
func (t *tx) OwnerOf(name string) (*record.Owner, error) {
	o, err := t.ownerTally(name)
	if err != nil {
		return nil, err
	}
	return &o.Owner, nil
}

// UsageOf returns an owner's usage of a month, this transaction included.
func (t *tx) UsageOf(of record.Month) (*record.Usage, error) {
	if u := t.tally.usages[of]; u != nil {
		return u, nil
	}
	u := &record.Usage{Of: of}
	_, err := t.c.One(sqlUsage, func(b *file.Binder) { b.Text(of.Owner).Int(int64(of.Month)) }, func(st *sqlite.Stmt) {
		u.Jobs, u.LostRefunds = st.ColumnInt64(0), st.ColumnInt64(1)
	})
	if err != nil {
		return nil, err
	}
	t.tally.usages[of] = u
	return u, nil
}

// Charged notes that a usage differs from the database.
func (t *tx) Charged(u *record.Usage) {
	if !u.Dirty {
		u.Dirty = true
		t.tally.charged = append(t.tally.charged, u)
	}
	t.wrote = true
}

// RunningOf returns how many jobs of a tool are under a lease, this transaction
// included. What it has changed and not written yet is in the memory of owners.
// The writer is the only one: nobody else decides by this number meanwhile.
func (t *tx) RunningOf(tool string) (int64, error) {
	if n := t.tally.tools[tool]; n != nil {
		return *n, nil
	}
	n := new(int64)
	_, err := t.c.One(sqlRunning, func(b *file.Binder) { b.Text(tool) }, func(st *sqlite.Stmt) { *n = st.ColumnInt64(0) })
	if err != nil {
		return 0, err
	}
	for _, o := range t.tally.changed {
		*n += o.Ahead(tool)
	}
	t.tally.tools[tool] = n
	return *n, nil
}
