package upload

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// ErrInUse refuses to remove an upload that jobs have for input.
var ErrInUse = fault.New(fault.Conflict, "UPLOAD_IN_USE", "Jobs have this upload for input; it goes with the last of them. Delete them first.")

// Drop removes an owner's upload, begun or finished, and its file. Failures:
// NotFound FILE_NOT_FOUND, for another owner's as well; Conflict UPLOAD_IN_USE.
func (s *Uploads) Drop(ctx context.Context, owner, id string) error {
	if !job.IsUploadID(id) {
		return errGone
	}
	var was job.Upload
	err := s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		switch was = *u; {
		case u.Owner != owner, u.Jobs == 0 && !l.Now().Before(u.Expires):
			return false, errGone
		case u.Jobs > 0:
			return false, ErrInUse
		}
		keep, err = end(u, l.Now())
		if err == nil && !keep && u.Resume != "" { // it was given up before
			err = errGone
		}
		return keep, err
	})
	switch {
	case fault.Is(err, fault.NotFound):
		return errGone
	case err != nil:
		return fmt.Errorf("remove upload: %w", err)
	}
	if err := s.config.Blobs.Remove(ctx, was.BlobKey()); err != nil {
		s.config.Log.WarnContext(ctx, "file of a removed upload left behind for the collector", "err", err)
	}
	return nil
}

// Undo removes an upload that was begun and of which its client was told nothing: without
// its address nobody could go on with it or give it up. It may be called while its
// writer has it, and when ctx is done.
func (s *Uploads) Undo(ctx context.Context, u *job.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGo)
	defer cancel()
	err := s.config.Store.ChangeUpload(ctx, u.ID, func(is *job.Upload, _ protocol.Ledger) (keep bool, err error) {
		return is.Jobs > 0, nil
	})
	if err == nil {
		err = s.config.Blobs.Remove(ctx, u.BlobKey())
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.config.Log.WarnContext(ctx, "an upload that failed to begin stays until it expires", "upload", u.ID, "err", err)
	}
}

// RemoveExpired removes an upload that no job ever had, whose time is over and whose
// file, if it is pending, has not arrived. It reports whether it has not expired
// any more: it is gone, or its file was found.
func (s *Uploads) RemoveExpired(ctx context.Context, u *job.Upload, now time.Time) (swept bool, err error) {
	if !u.Done {
		there, err := s.look(ctx, u, s.config.PlanOf(ctx, u.Owner))
		if there || err != nil && !fault.IsCode(err, "STORAGE_FULL") {
			return there, err
		}
	}
	gone := false
	err = s.config.Store.ChangeUpload(ctx, u.ID, func(u *job.Upload, l protocol.Ledger) (keep bool, err error) {
		gone = u.Jobs == 0 && !now.Before(u.Expires) && !l.Now().Before(u.Expires)
		if !gone {
			return true, nil
		}
		return end(u, l.Now())
	})
	if fault.Is(err, fault.NotFound) {
		gone, err = true, nil
	}
	if err != nil || !gone {
		return false, err
	}
	return true, s.config.Blobs.Remove(ctx, u.BlobKey())
}

// EndPending removes a pending upload whose time is over, unless its file is there, or
// it arrives in parts and a later part has given it an end that will come.
func (s *Uploads) EndPending(ctx context.Context, u *job.Upload) error {
	there, err := s.look(ctx, u, s.config.PlanOf(ctx, u.Owner))
	if there || err != nil && !fault.IsCode(err, "STORAGE_FULL") {
		return err
	}
	gone := false
	err = s.config.Store.ChangeUpload(ctx, u.ID, func(is *job.Upload, l protocol.Ledger) (keep bool, err error) {
		goes := is.Resume != "" && !is.Expires.After(l.Now().Add(s.Life()))
		gone = !is.Done && is.Jobs == 0 && !goes
		return !gone, nil
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("end upload: %w", err)
	}
	if !gone {
		return nil
	}
	if err := s.config.Blobs.Remove(ctx, u.BlobKey()); err != nil {
		return fmt.Errorf("remove expired upload: %w", err)
	}
	return nil
}
