package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlRuntimes    = "SELECT tool, data FROM runtimes"
	sqlSaveRuntime = "INSERT INTO runtimes (tool, data) VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data"
)

// Runtimes returns what SaveRuntimes kept, by tool.
func (s *Store) Runtimes(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := s.read(ctx, "read run times", func(c conn) error {
		return c.Each(sqlRuntimes, func(*file.Binder) {}, func(st *sqlite.Stmt) {
			data := make([]byte, st.ColumnLen(1))
			st.ColumnBytes(1, data)
			all[st.ColumnText(0)] = data
		})
	})
	return all, err
}

// SaveRuntimes keeps what is known of how long tools run.
func (s *Store) SaveRuntimes(ctx context.Context, all map[string][]byte) error {
	return s.write(ctx, "save run times", true, func(t *tx) error {
		for tool, data := range all {
			if err := t.run(sqlSaveRuntime, func(b *file.Binder) { b.Text(tool).Blob(data) }); err != nil {
				return err
			}
		}
		return nil
	})
}
