package world

import (
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// NewUpload is a new pending upload, not yet kept.
func (w *World) NewUpload(owner string, n int) *job.Upload {
	return &job.Upload{
		ID: job.NewUploadID([16]byte{byte(n >> 8), byte(n)}), Owner: owner, Name: "Data_1.json", Created: w.Now(), Expires: w.Now().Add(time.Hour),
	}
}

// AdmitAny refuses nothing.
func AdmitAny(protocol.Ledger) error { return nil }

// PendingUpload keeps a pending upload.
func (w *World) PendingUpload(owner string, n int) *job.Upload {
	w.T.Helper()
	u := w.NewUpload(owner, n)
	w.NoError(w.AddUpload(w.Ctx(), u, AdmitAny))
	return u
}

// Arrived says that an upload is there, kept for an hour from now.
func (w *World) Arrived(u *job.Upload, size int64) {
	w.T.Helper()
	u.Done, u.Size, u.ETag, u.Type, u.Expires = true, size, "e-1", "text/csv; charset=utf-8", w.Now().Add(time.Hour)
	want := *u
	w.NoError(w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		*u = want
		return true, nil
	}))
}

// withUpload makes an upload the job's input.
func withUpload(u *job.Upload) func(*job.Job) {
	return func(j *job.Job) { j.Input = job.Input{Size: u.Size, Where: job.InUpload, Type: u.Type} }
}

// SubmitUpload submits a job with an upload as input.
func (w *World) SubmitUpload(u *job.Upload) (*job.Job, error) {
	j := w.Job(u.Owner, withUpload(u))
	s := Submission(j)
	s.Input = job.Source{Upload: u.ID, Key: u.BlobKey(), ETag: u.ETag}.Encode()
	return j, w.Submit(w.Ctx(), s)
}

// IsGone fails if there is such an upload.
func (w *World) IsGone(id string) {
	w.T.Helper()
	_, err := w.Upload(w.Ctx(), id)
	w.IsKind(err, fault.NotFound, "FILE_NOT_FOUND")
}

// WantUpload fails unless the upload is kept just so.
func (w *World) WantUpload(want job.Upload) {
	w.T.Helper()
	got, err := w.Upload(w.Ctx(), want.ID)
	w.NoError(err)
	w.Equal("upload", got, want)
}

// NewOutput is an inline output of a job, of five bytes.
func (w *World) NewOutput(id job.ID, n int) *job.Output {
	o := &job.Output{
		Token: fmt.Sprintf("%032x", n), Owner: "ann", Job: id, ContentType: "application/json",
		Size: 5, Data: []byte("outpu"), Created: w.Now(), SHA256: [32]byte{1, 2, 3},
	}
	o.Name = "json_formatter_" + o.Token + ".json"
	return o
}
