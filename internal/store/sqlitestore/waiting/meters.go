package waiting

import (
	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// SQLDropMeters removes up to so many allowances that were whole at a time (see
// [record.WholeBefore]).
const SQLDropMeters = "DELETE FROM meters WHERE (tool, name) IN (SELECT tool, name FROM meters WHERE whole <= ? ORDER BY whole LIMIT ?)"

// The statements of allowances.
const (
	sqlMeter    = "SELECT at, owed FROM meters WHERE tool = ? AND name = ?"
	sqlPutMeter = `INSERT INTO meters (tool, name, at, owed, whole) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at, owed = excluded.owed, whole = excluded.whole`
	SQLLeased = "SELECT strand, count(*) FROM ready WHERE tool = ? AND state = 2 AND strand <> '' GROUP BY strand"
)

// Meters are the allowances that a transaction knows. The zero value knows none.
type Meters struct {
	known map[record.MeterName]*record.Meter
	dirty []*record.Meter
}

// Len is how many are known.
func (m *Meters) Len() int { return len(m.known) }

// Get returns an allowance, read on first touch.
func (m *Meters) Get(c *file.Conn, of record.MeterName) (*record.Meter, error) {
	if is := m.known[of]; is != nil {
		return is, nil
	}
	is := &record.Meter{Of: of}
	_, err := c.One(sqlMeter, func(b *file.Binder) { b.Text(of.Tool).Text(of.Name) }, func(st *sqlite.Stmt) {
		is.State = record.ReadMeter(st.ColumnInt64(0), st.ColumnInt64(1))
	})
	if err != nil {
		return nil, err
	}
	if m.known == nil {
		m.known = map[record.MeterName]*record.Meter{}
	}
	m.known[of] = is
	return is, nil
}

// Spoil notes that an allowance differs from the database.
func (m *Meters) Spoil(is *record.Meter) {
	if !is.Dirty {
		is.Dirty = true
		m.dirty = append(m.dirty, is)
	}
}

// Flush writes what differs, once each, by run.
func (m *Meters) Flush(run func(sql string, params func(*file.Binder)) error) error {
	for _, is := range m.dirty {
		at := is.At.UnixNano()
		err := run(sqlPutMeter, func(b *file.Binder) {
			b.Text(is.Of.Tool).Text(is.Of.Name).Int(at).Int(int64(is.Owed)).Int(at + int64(is.Owed))
		})
		if err != nil {
			return err
		}
		is.Dirty = false
	}
	m.dirty = m.dirty[:0]
	return nil
}

// Leased returns how many jobs of a tool are under a lease, by strand.
func Leased(c *file.Conn, tool string) (map[string]int64, error) {
	leased := map[string]int64{}
	err := c.Each(SQLLeased, func(b *file.Binder) { b.Text(tool) }, func(st *sqlite.Stmt) {
		leased[c.TextAt(st, 0)] = st.ColumnInt64(1)
	})
	return leased, err
}
