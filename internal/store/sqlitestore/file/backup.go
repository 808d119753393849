package file

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zombiezen.com/go/sqlite"
)

// Backup writes a copy of the database, as it is at one moment, to a file that
// is not there yet. Reading and writing go on meanwhile; the log grows until it
// is done. The copy is durable, its folder's entry is not.
func Backup(ctx context.Context, path, to string) (err error) {
	c, err := openConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.db.SetInterrupt(ctx.Done())
	st, _, err := c.db.PrepareTransient("VACUUM INTO ?")
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	st.BindText(1, to)
	_, err = st.Step()
	if err = errors.Join(err, st.Finalize()); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	f, err := os.OpenFile(to, os.O_RDWR, 0) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}
