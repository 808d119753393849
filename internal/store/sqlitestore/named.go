package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlInputFiles  = "SELECT id FROM jobs WHERE seq > ? AND input_file = 1 ORDER BY seq LIMIT ?"
	sqlOutputFiles = "SELECT token FROM outputs WHERE token > ? AND file = 1 ORDER BY token LIMIT ?"
	sqlUploadFiles = "SELECT " + uploadColumns + " FROM uploads WHERE id > ? AND done = 1 AND etag <> '' ORDER BY id LIMIT ?"
	sqlLoneOutput  = "SELECT owner, size FROM outputs WHERE token = ? AND seq IS NULL"
)

// NamedKeys returns blob keys that rows name: of inputs, then of outputs, then
// of uploads; see protocol.Care.
func (s *Store) NamedKeys(ctx context.Context, after string, limit int) (keys []string, err error) {
	err = s.read(ctx, "list blobs", func(c conn) error {
		keys, err = record.NamedKeys(after, limit, c)
		return err
	})
	return keys, err
}

// NamedInputs lists inputs that are files.
func (c conn) NamedInputs(after job.ID, limit int) (keys []string, err error) {
	err = c.Each(sqlInputFiles, func(b *file.Binder) { b.Int(after.Seq()).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		var id job.ID
		st.ColumnBytes(0, id[:])
		keys = append(keys, job.InputKey(id))
	})
	return keys, err
}

// NamedOutputs lists outputs that are files.
func (c conn) NamedOutputs(after string, limit int) (keys []string, err error) {
	err = c.Each(sqlOutputFiles, func(b *file.Binder) { b.Text(after).Int(int64(limit)) }, func(st *sqlite.Stmt) {
		keys = append(keys, job.OutputKey(c.TextAt(st, 0)))
	})
	return keys, err
}

// NamedUploads lists finished uploads.
func (c conn) NamedUploads(after string, limit int) (keys []string, err error) {
	err = c.Each(sqlUploadFiles, func(b *file.Binder) { b.Text(after).Int(int64(limit)) }, func(st *sqlite.Stmt) {
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
		row, err := t.c.One(sqlLoneOutput, func(b *file.Binder) { b.Text(token) }, func(st *sqlite.Stmt) {
			owner, size = t.c.NameAt(st, 0), st.ColumnInt64(1)
		})
		switch {
		case err != nil:
			return err
		case !row:
			return record.FileNotFound()
		}
		if err := t.runFenced(sqlDropOutput, func(b *file.Binder) { b.Text(token) }); err != nil {
			return err
		}
		return t.store(owner, -size)
	})
}
