package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/upload"
	"claimcheck/internal/uploadform"
)

// receiveUpload answers POST /uploads: the file of an upload, by the form that
// POST /upload-api gave.
func (s *Server) receiveUpload(c *Call) error {
	f, err := uploadform.Open(c.Incoming())
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.receive(c, f); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

// receive checks the fields before it takes the file.
func (s *Server) receive(c *Call, f *uploadform.Form) error {
	most, err := s.forms.Check(f.Fields)
	if err != nil {
		return err
	}
	named, ok := job.ParseUploadKey(f.Fields["key"])
	if !ok {
		return fmt.Errorf("signed upload key %q is none", f.Fields["key"])
	}
	u, err := s.Uploads.Get(c.r.Context(), named.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return uploadform.Expired()
	case err != nil:
		return err
	case u.Done:
		return upload.ErrExists
	case c.r.ContentLength > most+uploadform.Overhead:
		return s.refuseUpload(c, &u, uploadform.TooLarge(most))
	}
	renew := s.renewing(c.r.Context(), u.ID) // its time runs from here, before anybody can see the file
	w, err := s.Blobs.Create(c.r.Context(), u.BlobKey())
	if err != nil {
		return fmt.Errorf("receive upload: %w", err)
	}
	defer w.Abort() // does nothing after Commit
	if err := f.CopyFile(w, most, renew); err != nil {
		return s.refuseUpload(c, &u, err)
	}
	return s.keepUpload(context.WithoutCancel(c.r.Context()), &u, w, media.InputType(f.Type()))
}

// refuseUpload gives an upload up whose file was refused, so that another may be
// begun in its stead, and returns why. One that only did not arrive may be sent
// again.
func (s *Server) refuseUpload(c *Call, u *job.Upload, why error) error {
	if !fault.Is(why, fault.TooLarge) && !fault.IsCode(why, uploadform.CodeInvalid) {
		return why
	}
	err := s.Uploads.Drop(context.WithoutCancel(c.r.Context()), u.Owner, u.ID)
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		s.Log.WarnContext(c.r.Context(), "refused upload is kept until its time is over", "err", err)
	}
	return why
}

// renewing returns what is to be called while a file arrives, so that its upload
// does not expire however long that takes. It fails once the upload is gone or
// has another file.
func (s *Server) renewing(ctx context.Context, id string) func() error {
	last := s.Now()
	return func() error {
		now := s.Now()
		if now.Sub(last) < upload.RenewEvery {
			return nil
		}
		last = now
		err := s.Uploads.Renew(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return uploadform.Expired()
		case errors.Is(err, upload.ErrExists):
			return upload.ErrExists
		case err != nil:
			s.Log.WarnContext(ctx, "upload not renewed, to be tried again", "err", err)
		}
		return nil
	}
}

// keepUpload makes the file durable, then the row that says so.
func (s *Server) keepUpload(ctx context.Context, u *job.Upload, w blob.Writer, contentType string) error {
	err := w.Commit(ctx)
	if fault.Is(err, fault.Conflict) {
		return upload.ErrExists
	}
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	r, err := s.Blobs.Open(ctx, u.BlobKey())
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	file := upload.File{Size: r.Size(), ETag: r.ETag(), Type: contentType}
	r.Close()
	err = s.Uploads.Finish(ctx, u.ID, s.Queue.PlanOf(ctx, u.Owner), file)
	switch {
	case err == nil, errors.Is(err, upload.ErrExists): // a submission may have found the file already
		return nil
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Limited):
		if fault.Is(err, fault.NotFound) {
			err = uploadform.Expired()
		}
		return errors.Join(err, s.Blobs.Remove(ctx, u.BlobKey()))
	default:
		return err // it is there: a submission will find it
	}
}
