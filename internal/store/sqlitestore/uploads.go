package sqlitestore

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

const (
	uploadColumns = "id, owner, name, done, size, etag, jobs, created, expires, content_type, resume"

	sqlGetUpload      = "SELECT " + uploadColumns + " FROM uploads WHERE id = ?"
	sqlPutUpload      = "INSERT INTO uploads (" + uploadColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	sqlSetUpload      = "UPDATE uploads SET done = ?, size = ?, etag = ?, expires = ?, content_type = ?, resume = ? WHERE id = ?"
	sqlDropUpload     = "DELETE FROM uploads WHERE id = ?"
	sqlUseUpload      = "UPDATE uploads SET jobs = jobs + 1 WHERE id = ? AND owner = ?"
	sqlLeaveUpload    = "UPDATE uploads SET jobs = jobs - 1 WHERE id = ?"
	sqlPendingUploads = "SELECT " + uploadColumns + " FROM uploads WHERE owner = ? AND done = 0 ORDER BY created LIMIT ?"
)

// Upload returns an upload; NotFound FILE_NOT_FOUND.
func (s *Store) Upload(ctx context.Context, id string) (u job.Upload, err error) {
	err = s.read(ctx, "get upload", func(c conn) error {
		u, err = c.upload(id)
		return err
	})
	return u, err
}

func (c conn) upload(id string) (u job.Upload, err error) {
	row, err := c.One(sqlGetUpload, func(b *file.Binder) { b.Text(id) }, func(st *sqlite.Stmt) { u = c.uploadAt(st) })
	if err == nil && !row {
		err = record.UploadNotFound()
	}
	return u, err
}

func (c conn) uploadAt(st *sqlite.Stmt) job.Upload {
	return job.Upload{
		ID: c.TextAt(st, 0), Owner: c.NameAt(st, 1), Name: c.TextAt(st, 2), Done: st.ColumnInt64(3) != 0,
		Size: st.ColumnInt64(4), ETag: c.TextAt(st, 5), Jobs: st.ColumnInt64(6),
		Created: record.Time(st.ColumnInt64(7)), Expires: record.Time(st.ColumnInt64(8)), Type: c.TextAt(st, 9), Resume: c.TextAt(st, 10),
	}
}

// PendingUploads returns an owner's pending uploads, oldest first.
func (s *Store) PendingUploads(ctx context.Context, owner string, limit int) ([]job.Upload, error) {
	return s.listUploads(ctx, sqlPendingUploads, func(b *file.Binder) { b.Text(owner).Int(int64(limit)) })
}

func (s *Store) listUploads(ctx context.Context, sql string, params func(*file.Binder)) (list []job.Upload, err error) {
	err = s.read(ctx, "list uploads", func(c conn) error {
		return c.Each(sql, params, func(st *sqlite.Stmt) { list = append(list, c.uploadAt(st)) })
	})
	return list, err
}

// AddUpload keeps a new pending upload; see protocol.Uploads.
func (s *Store) AddUpload(ctx context.Context, u *job.Upload, admit func(protocol.Ledger) error) error {
	return s.write(ctx, "add upload", true, func(t *tx) error {
		is, err := record.AddUpload(u, admit, &t.ledger)
		if err != nil {
			return err
		}
		err = t.run(sqlPutUpload, func(b *file.Binder) {
			b.Text(is.ID).Text(is.Owner).Text(is.Name).Bool(is.Done).Int(is.Size).Text(is.ETag).Int(is.Jobs).Time(is.Created).Time(is.Expires).Text(is.Type).Text(is.Resume)
		})
		if file.Constraint(err) {
			return record.UploadTaken(err)
		}
		if err != nil {
			return err
		}
		return t.pend(is.Owner, 1)
	})
}

// ChangeUpload lets decide change an upload; see protocol.Uploads.
func (s *Store) ChangeUpload(ctx context.Context, id string, decide func(*job.Upload, protocol.Ledger) (keep bool, err error)) error {
	return s.write(ctx, "change upload", false, func(t *tx) error {
		was, err := t.c.upload(id)
		if err != nil {
			return err
		}
		is, keep, err := record.ChangeUpload(&was, decide, &t.ledger)
		switch {
		case err != nil:
			return err
		case !keep:
			return t.dropUpload(&was)
		}
		err = t.runFenced(sqlSetUpload, func(b *file.Binder) {
			b.Bool(is.Done).Int(is.Size).Text(is.ETag).Time(is.Expires).Text(is.Type).Text(is.Resume).Text(id)
		})
		if err != nil {
			return err
		}
		if err := t.pend(was.Owner, record.Pending(&is)-record.Pending(&was)); err != nil {
			return err
		}
		return t.store(was.Owner, is.Size-was.Size)
	})
}

func (t *tx) dropUpload(u *job.Upload) error {
	if err := t.runFenced(sqlDropUpload, func(b *file.Binder) { b.Text(u.ID) }); err != nil {
		return err
	}
	if err := t.pend(u.Owner, -record.Pending(u)); err != nil {
		return err
	}
	return t.store(u.Owner, -u.Size)
}

// useUpload ties an upload to a new job, whose source is given.
func (t *tx) useUpload(owner string, source []byte) error {
	of, err := job.ParseSource(source)
	if err != nil {
		return err
	}
	if err := t.run(sqlUseUpload, func(b *file.Binder) { b.Text(of.Upload).Text(owner) }); err != nil {
		return err
	}
	if t.c.Changes() != 1 {
		return record.UploadNotFound()
	}
	return nil
}

// leaveUpload unties the upload of a job that goes; with its last job it goes
// too, and its blob is added to files.
func (t *tx) leaveUpload(id job.ID, files []string) ([]string, error) {
	source, err := t.c.input(id)
	if err != nil {
		return nil, err
	}
	of, err := job.ParseSource(source)
	if err != nil {
		return nil, err
	}
	if err := t.runFenced(sqlLeaveUpload, func(b *file.Binder) { b.Text(of.Upload) }); err != nil {
		return nil, err
	}
	u, err := t.c.upload(of.Upload)
	if err != nil || u.Jobs > 0 {
		return files, err
	}
	return append(files, u.BlobKey()), t.dropUpload(&u)
}
