package sqlitestore

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	sqlGetOutput = `SELECT token, owner, job, name, content_type, size, sha256, file, created, expires, data, filename, on_read
		FROM outputs WHERE token = ?`
	sqlPutOutput = `INSERT INTO outputs (token, owner, seq, job, name, content_type, size, sha256, file, created, expires, filename, on_read, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlExpireOutputs = "UPDATE outputs SET expires = ? WHERE seq = ?"
	sqlJobOutputs    = "SELECT token, size, file FROM outputs WHERE seq = ?"
	sqlDropOutputs   = "DELETE FROM outputs WHERE seq = ?"

	sqlNamedInput  = "SELECT id FROM jobs WHERE seq = ? AND input_file = 1"
	sqlNamedOutput = "SELECT 1 FROM outputs WHERE token = ? AND file = 1"
)

// Output returns an output with its inline data, expired or not; NotFound with
// code NOT_FOUND.
func (s *Store) Output(ctx context.Context, token string) (o job.Output, err error) {
	err = s.read(ctx, "get output", func(c conn) error {
		row, err := c.One(sqlGetOutput, func(b *file.Binder) { b.Text(token) }, func(st *sqlite.Stmt) {
			o = job.Output{
				Token: c.TextAt(st, 0), Owner: c.NameAt(st, 1), Name: c.TextAt(st, 3), ContentType: c.NameAt(st, 4),
				Size: st.ColumnInt64(5), File: st.ColumnInt64(7) != 0,
				Created: record.Time(st.ColumnInt64(8)), Expires: record.Time(st.ColumnInt64(9)),
				Filename: c.TextAt(st, 11), OnRead: st.ColumnInt64(12) != 0,
			}
			st.ColumnBytes(2, o.Job[:])
			st.ColumnBytes(6, o.SHA256[:])
			if !o.File {
				o.Data = make([]byte, st.ColumnLen(10))
				st.ColumnBytes(10, o.Data)
			}
		})
		if err == nil && !row {
			return record.FileNotFound()
		}
		return err
	})
	return o, err
}

// PutOutput writes an output; its job is 0 for a synchronous call's.
func (t *tx) PutOutput(o *job.Output) error {
	err := t.run(sqlPutOutput, func(b *file.Binder) {
		b.Text(o.Token).Text(o.Owner)
		if o.Job == (job.ID{}) {
			b.Null().Null()
		} else {
			b.Int(o.Job.Seq()).Blob(o.Job[:])
		}
		b.Text(o.Name).Text(o.ContentType).Int(o.Size).Blob(o.SHA256[:]).Bool(o.File).Time(o.Created).Time(o.Expires).Text(o.Filename).Bool(o.OnRead)
		if o.File {
			b.Null()
		} else {
			b.Blob(o.Data)
		}
	})
	if err != nil {
		return fmt.Errorf("keep output %s: %w", o.Name, err)
	}
	return t.store(o.Owner, o.Size)
}

// setOutputs keeps a job's new output, and lets all its outputs expire with it.
func (t *tx) setOutputs(was, is *job.Job, out *job.Output) error {
	if !is.Expires.Equal(was.Expires) {
		err := t.run(sqlExpireOutputs, func(b *file.Binder) { b.Time(is.Expires).Int(is.ID.Seq()) })
		if err != nil {
			return err
		}
	}
	if out == nil {
		return nil
	}
	o := *out
	o.Owner, o.Job, o.Expires = is.Owner, is.ID, is.Expires
	return t.PutOutput(&o)
}

// dropOutputs removes a job's outputs; it returns their size and blobs.
func (t *tx) dropOutputs(id job.ID) (freed int64, files []string, err error) {
	n := 0
	err = t.c.Each(sqlJobOutputs, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) {
		n++
		freed += st.ColumnInt64(1)
		if st.ColumnInt64(2) != 0 {
			files = append(files, job.OutputKey(t.c.TextAt(st, 0)))
		}
	})
	if err != nil || n == 0 {
		return 0, nil, err
	}
	return freed, files, t.run(sqlDropOutputs, func(b *file.Binder) { b.Int(id.Seq()) })
}

// Named reports for each blob key whether a row names it.
func (s *Store) Named(ctx context.Context, keys []string) ([]bool, error) {
	named := make([]bool, len(keys))
	err := s.read(ctx, "look up blobs", func(c conn) (err error) {
		for i, key := range keys {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if named[i], err = c.named(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return named, nil
}

func (c conn) named(key string) (bool, error) {
	switch b := record.ParseBlob(key); {
	case b.Output != "":
		return c.One(sqlNamedOutput, func(p *file.Binder) { p.Text(b.Output) }, func(*sqlite.Stmt) {})
	case b.Upload.ID != "":
		is, err := c.upload(b.Upload.ID)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		return err == nil && is.BlobKey() == key, err
	case b.Input != job.ID{}:
		var is job.ID
		row, err := c.One(sqlNamedInput, func(p *file.Binder) { p.Int(b.Input.Seq()) }, func(st *sqlite.Stmt) { st.ColumnBytes(0, is[:]) })
		return row && is == b.Input, err
	default:
		return false, nil
	}
}
