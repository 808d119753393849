package unit

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

const (
	// UploadColumns are what ScanUpload reads.
	UploadColumns = "id, owner, name, done, size, etag, jobs, created, expires, content_type, resume"
	// SQLUpload reads an upload.
	SQLUpload     = "SELECT " + UploadColumns + " FROM claimcheck.uploads WHERE id = $1"
	sqlPutUpload  = "INSERT INTO claimcheck.uploads (" + UploadColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
	sqlSetUpload  = "UPDATE claimcheck.uploads SET done = $2, size = $3, etag = $4, expires = $5, jobs = $6, content_type = $7, resume = $8 WHERE id = $1"
	sqlDropUpload = "DELETE FROM claimcheck.uploads WHERE id = $1"
)

// An uploadState is an upload in a unit; its owner is locked.
type uploadState struct {
	is     job.Upload
	stored bool // it is in the database
	gone   bool
	dirty  bool
}

// ScanUpload reads a row of uploadColumns.
func ScanUpload(rows pgx.Rows) (u job.Upload, err error) {
	var created, expires int64
	err = rows.Scan(&u.ID, &u.Owner, &u.Name, &u.Done, &u.Size, &u.ETag, &u.Jobs, &created, &expires, &u.Type, &u.Resume)
	u.ID, u.Owner, u.Name, u.ETag, u.Type, u.Resume = pg.Dec(u.ID), pg.Dec(u.Owner), pg.Dec(u.Name), pg.Dec(u.ETag), pg.Dec(u.Type), pg.Dec(u.Resume)
	u.Created, u.Expires = record.Time(created), record.Time(expires)
	return u, err
}

// AddUpload notes a new pending upload, if it is admitted.
func (u *Unit) AddUpload(up *job.Upload, admit func(protocol.Ledger) error) error {
	o, err := u.Owner(up.Owner)
	if err != nil {
		return err
	}
	is, err := record.AddUpload(up, admit, &u.Ledger)
	if err != nil {
		return err
	}
	st, err := u.upload(is.ID)
	if err != nil {
		return err
	}
	if !st.gone {
		return record.UploadTaken(nil)
	}
	st.is, st.gone, st.dirty = is, false, true
	o.Pend(1)
	return nil
}

// ChangeUpload lets decide change an upload, which was seen without its owner's
// lock.
func (u *Unit) ChangeUpload(seen *job.Upload, decide func(*job.Upload, protocol.Ledger) (keep bool, err error)) error {
	o, err := u.Owner(seen.Owner)
	if err != nil {
		return err
	}
	st, err := u.upload(seen.ID)
	if err != nil {
		return err
	}
	if st.gone {
		return record.UploadNotFound()
	}
	is, keep, err := record.ChangeUpload(&st.is, decide, &u.Ledger)
	if err != nil {
		return err
	}
	if !keep {
		u.dropUpload(o, st)
		return nil
	}
	o.Pend(record.Pending(&is) - record.Pending(&st.is))
	o.Keep(is.Size - st.is.Size)
	st.is, st.dirty = is, true
	return nil
}

// upload returns an upload's state; its owner is locked.
func (u *Unit) upload(id string) (*uploadState, error) {
	if st := u.uploads[id]; st != nil {
		return st, nil
	}
	st := &uploadState{gone: true}
	b := u.Start()
	b.Queue(SQLUpload, pg.Enc(id)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			is, err := ScanUpload(rows)
			if err != nil {
				return err
			}
			*st = uploadState{is: is, stored: true}
		}
		return rows.Err()
	})
	u.uploads[id] = st
	return st, u.Send(b)
}

// uploadOf returns the state of the upload that a job's source names.
func (u *Unit) uploadOf(source []byte) (*uploadState, error) {
	of, err := job.ParseSource(source)
	if err != nil {
		return nil, err
	}
	return u.upload(of.Upload)
}

// dropUpload notes that an upload goes, which no job has any more.
func (u *Unit) dropUpload(o *Owner, st *uploadState) {
	st.gone, st.dirty = true, true
	o.Pend(-record.Pending(&st.is))
	o.Keep(-st.is.Size)
}

// useUpload ties an upload to a new job, whose source is given.
func (u *Unit) useUpload(o *Owner, source []byte) error {
	st, err := u.uploadOf(source)
	if err != nil {
		return err
	}
	if st.gone || st.is.Owner != o.Name {
		return record.UploadNotFound()
	}
	st.is.Jobs++
	st.dirty = true
	return nil
}

// leaveUpload unties the upload of a job that goes; with its last job it goes
// too, and its blob is named.
func (u *Unit) leaveUpload(o *Owner, j *jobState, r *record.Changed) error {
	source := j.input
	if j.stored {
		b := u.Start()
		b.Queue(SQLInput, pg.UUID(j.is.ID)).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&source}, func() error { return nil })
			return err
		})
		if err := u.Send(b); err != nil {
			return err
		}
	}
	st, err := u.uploadOf(source)
	if err != nil {
		return err
	}
	if st.gone || st.is.Jobs < 1 {
		return fmt.Errorf("job %s has an upload that does not know it", j.is.ID)
	}
	st.is.Jobs--
	st.dirty = true
	if st.is.Jobs == 0 {
		r.Files = append(r.Files, st.is.BlobKey())
		u.dropUpload(o, st)
	}
	return nil
}

func (u *Unit) flushUploads(b *pgx.Batch) {
	for _, st := range u.uploads {
		is := &st.is
		switch {
		case !st.dirty, st.gone && !st.stored:
		case st.gone:
			pg.Must(b.Queue(sqlDropUpload, pg.Enc(is.ID)), 1)
		case st.stored:
			pg.Must(b.Queue(sqlSetUpload, pg.Enc(is.ID), is.Done, is.Size, pg.Enc(is.ETag), record.Milli(is.Expires), is.Jobs, pg.Enc(is.Type), pg.Enc(is.Resume)), 1)
		default:
			pg.Must(b.Queue(sqlPutUpload, pg.Enc(is.ID), pg.Enc(is.Owner), pg.Enc(is.Name), is.Done, is.Size, pg.Enc(is.ETag), is.Jobs,
				record.Milli(is.Created), record.Milli(is.Expires), pg.Enc(is.Type), pg.Enc(is.Resume)), 1)
		}
	}
}
