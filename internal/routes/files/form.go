package files

import (
	"context"
	"errors"
	"fmt"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/upload"
	"claimcheck/internal/uploadform"
)

// receiveUpload answers POST /uploads: the file of an upload, by the form that
// POST /upload-api gave.
func (f *files) receiveUpload(c *httpapi.Call) error {
	form, err := uploadform.Open(c.Incoming())
	if err != nil {
		return err
	}
	defer form.Close()
	if err := f.receive(c, form); err != nil {
		return err
	}
	c.NoContent()
	return nil
}

// receive checks the fields before it takes the file.
func (f *files) receive(c *httpapi.Call, form *uploadform.Form) error {
	most, err := f.forms.Check(form.Fields)
	if err != nil {
		return err
	}
	named, ok := job.ParseUploadKey(form.Fields["key"])
	if !ok {
		return fmt.Errorf("signed upload key %q is none", form.Fields["key"])
	}
	u, err := f.Uploads.Get(c.Request().Context(), named.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return uploadform.Expired()
	case err != nil:
		return err
	case u.Done:
		return upload.ErrExists
	case c.Request().ContentLength > most+uploadform.Overhead:
		return f.refuseUpload(c, &u, uploadform.TooLarge(most))
	}
	renew := f.renewing(c.Request().Context(), u.ID) // its time runs from here, before anybody can see the file
	w, err := f.Blobs.Create(c.Request().Context(), u.BlobKey())
	if err != nil {
		return fmt.Errorf("receive upload: %w", err)
	}
	defer w.Abort() // does nothing after Commit
	if err := form.CopyFile(w, most, renew); err != nil {
		return f.refuseUpload(c, &u, err)
	}
	return f.keepUpload(context.WithoutCancel(c.Request().Context()), &u, w, media.InputType(form.Type()))
}

// refuseUpload gives an upload up whose file was refused, so that another may be
// begun in its stead, and returns why. One that only did not arrive may be sent
// again.
func (f *files) refuseUpload(c *httpapi.Call, u *job.Upload, why error) error {
	if !fault.Is(why, fault.TooLarge) && !fault.IsCode(why, uploadform.CodeInvalid) {
		return why
	}
	err := f.Uploads.Drop(context.WithoutCancel(c.Request().Context()), u.Owner, u.ID)
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		f.Log.WarnContext(c.Request().Context(), "refused upload is kept until its time is over", "err", err)
	}
	return why
}

// renewing returns what is to be called while a file arrives, so that its upload
// does not expire however long that takes. It fails once the upload is gone or
// has another file.
func (f *files) renewing(ctx context.Context, id string) func() error {
	last := f.Now()
	return func() error {
		now := f.Now()
		if now.Sub(last) < upload.RenewEvery {
			return nil
		}
		last = now
		err := f.Uploads.Renew(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return uploadform.Expired()
		case errors.Is(err, upload.ErrExists):
			return upload.ErrExists
		case err != nil:
			f.Log.WarnContext(ctx, "upload not renewed, to be tried again", "err", err)
		}
		return nil
	}
}

// keepUpload makes the file durable, then the row that says so.
func (f *files) keepUpload(ctx context.Context, u *job.Upload, w blob.Writer, contentType string) error {
	err := w.Commit(ctx)
	if fault.Is(err, fault.Conflict) {
		return upload.ErrExists
	}
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	r, err := f.Blobs.Open(ctx, u.BlobKey())
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	file := upload.File{Size: r.Size(), ETag: r.ETag(), Type: contentType}
	r.Close()
	err = f.Uploads.Finish(ctx, u.ID, f.Queue.PlanOf(ctx, u.Owner), file)
	switch {
	case err == nil, errors.Is(err, upload.ErrExists): // a submission may have found the file already
		return nil
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Limited):
		if fault.Is(err, fault.NotFound) {
			err = uploadform.Expired()
		}
		return errors.Join(err, f.Blobs.Remove(ctx, u.BlobKey()))
	default:
		return err // it is there: a submission will find it
	}
}
