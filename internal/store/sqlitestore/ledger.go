package sqlitestore

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
	"claimcheck/internal/store/sqlitestore/waiting"
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

// Meters are the allowances of tools, this transaction included.
func (t *tx) Meters() record.Meters { return t }

// MeterOf returns an allowance of a tool, this transaction included.
func (t *tx) MeterOf(of record.MeterName) (*record.Meter, error) {
	return t.tally.meters.Get(t.c.Conn, of)
}

// Metered notes that an allowance differs from the database.
func (t *tx) Metered(m *record.Meter) {
	t.tally.meters.Spoil(m)
	t.wrote = true
}

// LeasedOf returns how many jobs of a tool are under a lease, by strand, this
// transaction included: what it has changed of jobs is written already.
func (t *tx) LeasedOf(tool string) (map[string]int64, error) { return waiting.Leased(t.c.Conn, tool) }

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
