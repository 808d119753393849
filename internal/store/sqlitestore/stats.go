package sqlitestore

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"claimcheck/internal/store/kind"
)

// FileStats is what operators want to know of the file.
func (s *Store) FileStats(ctx context.Context) (is kind.FileStats, err error) {
	err = s.read(ctx, "ask for the size of the file", func(c conn) error {
		is.Bytes, is.FreeBytes, err = c.Size()
		return err
	})
	if err != nil {
		return is, err
	}
	log, err := os.Stat(s.o.Path + "-wal")
	switch {
	case err == nil:
		is.LogBytes = log.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return is, errors.New("the log of the database cannot be looked at")
	}
	return is, nil
}
