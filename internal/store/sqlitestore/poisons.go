package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlPoisons     = "SELECT owner, tool, sum, until FROM poisons WHERE until > ?"
	sqlDropPoisons = "DELETE FROM poisons WHERE until <= ?"
	sqlAddPoison   = `INSERT INTO poisons (owner, tool, sum, until) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET until = excluded.until`
)

// Poisons returns the inputs whose time has not passed.
func (s *Store) Poisons(ctx context.Context) (list []job.Poison, err error) {
	now := s.o.Now()
	err = s.read(ctx, "read poisons", func(c conn) error {
		return c.Each(sqlPoisons, func(b *file.Binder) { b.Time(now) }, func(st *sqlite.Stmt) {
			p := job.Poison{Until: record.Time(st.ColumnInt64(3))}
			p.Owner, p.Tool, p.Sum = c.NameAt(st, 0), c.NameAt(st, 1), st.ColumnInt64(2)
			list = append(list, p)
		})
	})
	return list, err
}

// AddPoison keeps one and forgets those whose time has passed.
func (s *Store) AddPoison(ctx context.Context, p job.Poison) error {
	return s.write(ctx, "add poison", true, func(t *tx) error {
		if err := t.run(sqlDropPoisons, func(b *file.Binder) { b.Time(t.now) }); err != nil {
			return err
		}
		return t.run(sqlAddPoison, func(b *file.Binder) { b.Text(p.Owner).Text(p.Tool).Int(p.Sum).Time(p.Until) })
	})
}
