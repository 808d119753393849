package record

import (
	"fmt"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// AddUpload lets admit refuse a new upload, and returns it as it is kept:
// pending, of no bytes.
func AddUpload(u *job.Upload, admit func(protocol.Ledger) error, l protocol.Ledger) (job.Upload, error) {
	if err := Safely("admit upload", func() error { return admit(l) }); err != nil {
		return job.Upload{}, err
	}
	return job.Upload{ID: u.ID, Owner: u.Owner, Name: u.Name, Resume: u.Resume, Created: Time(Milli(u.Created)), Expires: Time(Milli(u.Expires))}, nil
}

// ChangeUpload lets decide change an upload, and returns it as it is to be; keep
// is false if it goes.
func ChangeUpload(was *job.Upload, decide func(*job.Upload, protocol.Ledger) (bool, error), l protocol.Ledger) (is job.Upload, keep bool, err error) {
	made := *was
	err = Safely("change upload", func() (err error) {
		keep, err = decide(&made, l)
		return err
	})
	if err != nil || keep {
		is = *was
		is.Done, is.Size, is.ETag, is.Type, is.Expires, is.Resume = made.Done, made.Size, made.ETag, made.Type, Time(Milli(made.Expires)), made.Resume
		return is, keep, err
	}
	if was.Jobs > 0 {
		return *was, false, fmt.Errorf("upload %s has %d jobs", was.ID, was.Jobs)
	}
	return *was, false, nil
}

// Pending is 1 for an upload that is not finished.
func Pending(u *job.Upload) int64 {
	if u.Done {
		return 0
	}
	return 1
}
