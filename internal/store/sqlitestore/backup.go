package sqlitestore

import (
	"context"

	"claimcheck/internal/store/sqlitestore/file"
)

// Backup writes a copy of the database, as it is at one moment, to a file that is
// not there yet. Reading and writing go on meanwhile; the log grows until it is
// done. The copy is durable, its folder's entry is not.
func (s *Store) Backup(ctx context.Context, path string) error {
	return file.Backup(ctx, s.o.Path, path)
}
