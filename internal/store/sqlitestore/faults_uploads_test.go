package sqlitestore_test

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// uploadOperations are the writes about uploads.
var uploadOperations = []operation{
	{"add upload", newID, func(f *fixture, _ job.ID) error { return f.addUpload() }},
	{"finish upload", func(f *fixture) job.ID {
		f.noError(f.addUpload())
		return job.ID{}
	}, func(f *fixture, _ job.ID) error { return f.finishUpload() }},
	{"submit with upload", readyUpload, func(f *fixture, id job.ID) error { return f.submitUpload(id) }},
	{"delete with upload", func(f *fixture) job.ID {
		id := readyUpload(f)
		f.noError(f.submitUpload(id))
		return id
	}, func(f *fixture, id job.ID) error { return f.change(id, remove) }},
	{"remove upload", readyUpload, func(f *fixture, _ job.ID) error {
		return f.ChangeUpload(f.t.Context(), anUpload.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil })
	}},
	{"drop output", expiredOutput, func(f *fixture, id job.ID) error { return f.DropOutput(f.t.Context(), id.String()) }},
}

var anUpload = job.Upload{ID: job.NewUploadID([16]byte{1}), Owner: "ann", Name: "a.json", Created: time.Unix(1, 0), Expires: time.Unix(2, 0)}

func (f *fixture) addUpload() error {
	u := anUpload
	return f.AddUpload(f.t.Context(), &u, func(protocol.Ledger) error { return nil })
}

func (f *fixture) finishUpload() error {
	return f.ChangeUpload(f.t.Context(), anUpload.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		u.Done, u.Size, u.ETag = true, 100, "e"
		return true, nil
	})
}

func readyUpload(f *fixture) job.ID {
	f.noError(f.addUpload())
	f.noError(f.finishUpload())
	return f.ids.New()
}

func (f *fixture) submitUpload(id job.ID) error {
	s := f.submission("ann", 0)
	s.Job.ID = id
	s.Job.Input = job.Input{Size: 100, Where: job.InUpload}
	s.Input = job.Source{Upload: anUpload.ID, Key: anUpload.BlobKey()}.Encode()
	return f.submit(s)
}
