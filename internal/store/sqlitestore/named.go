package sqlitestore

import (
	"context"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

const (
	sqlInputFiles  = "SELECT id FROM jobs WHERE seq > ? AND input_file = 1 ORDER BY seq LIMIT ?"
	sqlOutputFiles = "SELECT token FROM outputs WHERE token > ? AND file = 1 ORDER BY token LIMIT ?"
	sqlUploadFiles = "SELECT " + uploadColumns + " FROM uploads WHERE id > ? AND done = 1 ORDER BY id LIMIT ?"
	sqlLoneOutput  = "SELECT owner, size FROM outputs WHERE token = ? AND seq IS NULL"
)

// NamedKeys returns blob keys that rows name: of inputs, then of outputs, then
// of uploads; see protocol.Care.
func (s *Store) NamedKeys(ctx context.Context, after string, limit int) (keys []string, err error) {
	err = s.read(ctx, "list blobs", func(c *conn) error {
		keys, err = c.namedKeys(after, limit)
		return err
	})
	return keys, err
}

func (c *conn) namedKeys(after string, limit int) (keys []string, err error) {
	left := func() int64 { return int64(limit - len(keys)) }
	folder, name, _ := strings.Cut(after, "/")
	switch folder {
	case "", "inputs":
		var id job.ID
		if name != "" {
			if id, err = job.ParseID(name); err != nil {
				return nil, fmt.Errorf("list blobs after %q: %w", after, err)
			}
		}
		err = c.each(sqlInputFiles, func(b *binder) { b.int(id.Seq()).int(left()) }, func(st *sqlite.Stmt) {
			st.ColumnBytes(0, id[:])
			keys = append(keys, job.InputKey(id))
		})
		if err != nil || left() == 0 {
			return keys, err
		}
		name = ""
		fallthrough
	case "outputs":
		err = c.each(sqlOutputFiles, func(b *binder) { b.text(name).int(left()) }, func(st *sqlite.Stmt) {
			keys = append(keys, job.OutputKey(c.textAt(st, 0)))
		})
		if err != nil || left() == 0 {
			return keys, err
		}
		after = ""
	}
	last, _ := job.ParseUploadKey(after)
	err = c.each(sqlUploadFiles, func(b *binder) { b.text(last.ID).int(left()) }, func(st *sqlite.Stmt) {
		u := c.uploadAt(st)
		keys = append(keys, u.BlobKey())
	})
	return keys, err
}

// DropOutput removes an output that belongs to no job; NotFound NOT_FOUND.
func (s *Store) DropOutput(ctx context.Context, token string) error {
	return s.write(ctx, "drop output", false, func(t *tx) error {
		var owner string
		var size int64
		row, err := t.c.one(sqlLoneOutput, func(b *binder) { b.text(token) }, func(st *sqlite.Stmt) {
			owner, size = t.c.nameAt(st, 0), st.ColumnInt64(1)
		})
		switch {
		case err != nil:
			return err
		case !row:
			return fault.New(fault.NotFound, "NOT_FOUND", "File not found")
		}
		if err := t.runFenced(sqlDropOutput, func(b *binder) { b.text(token) }); err != nil {
			return err
		}
		return t.store(owner, -size)
	})
}
