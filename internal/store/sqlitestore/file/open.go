// Package file is the SQLite file: opening it, connections and their statements,
// the pool for reading, the log and its checkpoints, the schema's version, copies,
// and which of SQLite's errors pass. It knows no table.
package file

import (
	"errors"
	"fmt"
	"os"
	"time"

	"zombiezen.com/go/sqlite"
)

const (
	busyTimeout    = 5 * time.Second // for the locks of a backup or an operator's program
	writerCacheKiB = 8 << 10         // pages the writer keeps; the tail of each index is hot
	readerCacheKiB = 1 << 10
)

// Touch makes the file if it is not there. Other users must not read it: it has
// the signing secrets. SQLite gives the files beside it the same mode.
func Touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	return f.Close()
}

// OpenWriter opens the file, which is made if it is not there, for writing.
func OpenWriter(path string, maxPages int) (*Conn, error) {
	return openConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL,
		"PRAGMA synchronous = FULL", // each commit is on disk when it returns
		"PRAGMA foreign_keys = ON",
		"PRAGMA wal_autocheckpoint = 0", // the writer checkpoints after it has answered
		fmt.Sprintf("PRAGMA cache_size = -%d", writerCacheKiB),
		fmt.Sprintf("PRAGMA max_page_count = %d", maxPages), // 0 changes nothing
	)
}

// openReader opens the file, which must be there, for reading only. It is
// opened read-write because a reader of a WAL takes part in its locks.
func openReader(path string) (*Conn, error) {
	return openConn(path, sqlite.OpenReadWrite,
		"PRAGMA query_only = ON",
		fmt.Sprintf("PRAGMA cache_size = -%d", readerCacheKiB),
	)
}

func openConn(path string, flags sqlite.OpenFlags, pragmas ...string) (*Conn, error) {
	db, err := sqlite.OpenConn(path, flags)
	if err != nil {
		return nil, err
	}
	db.SetBusyTimeout(busyTimeout)
	c := &Conn{db: db, stmts: map[string]*sqlite.Stmt{}, names: map[string]string{}}
	for _, p := range pragmas {
		if err := c.exec(p); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", p, err), c.Close())
		}
	}
	return c, nil
}
