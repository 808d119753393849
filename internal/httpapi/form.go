package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/queue"
)

const (
	maxFormFields = 20
	maxFieldBytes = 8 << 10
	formBuffer    = 64 << 10 // read from the connection, and written to the file, at once
	maxFormBytes  = 2*formBuffer + maxFormFields*maxFieldBytes
	formOverhead  = 64 << 10 // of a form beside its file
)

// A form is a multipart/form-data body that is read as it arrives.
type form struct {
	parts  *multipart.Reader
	from   *intake.Content
	body   *budget
	fields map[string]string
	file   *multipart.Part // being read; what stands behind it is not read yet
}

// receiveUpload answers POST /uploads: the file of an upload, by the form that
// POST /upload-api gave.
func (s *Server) receiveUpload(c *Call) error {
	f, err := s.openForm(c)
	if err != nil {
		return err
	}
	defer f.from.Close()
	if err := s.receive(c, f); err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

// receive checks the fields before it takes the file.
func (s *Server) receive(c *Call, f *form) error {
	most, err := s.checkForm(f.fields)
	if err != nil {
		return err
	}
	named, ok := job.ParseUploadKey(f.fields["key"])
	if !ok {
		return fmt.Errorf("signed upload key %q is none", f.fields["key"])
	}
	u, err := s.Queue.Upload(c.r.Context(), named.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return uploadExpired()
	case err != nil:
		return err
	case u.Done:
		return queue.ErrUploadExists
	case c.r.ContentLength > most+formOverhead:
		return s.refuseUpload(c, &u, uploadTooLarge(most))
	}
	f.body.left = most + formOverhead + formBuffer
	w, err := s.Blobs.Create(c.r.Context(), u.BlobKey())
	if err != nil {
		return fmt.Errorf("receive upload: %w", err)
	}
	defer w.Abort() // does nothing after Commit
	f.body.beat = s.renewing(c.r.Context(), u.ID)
	if err := f.copyFile(w, most); err != nil {
		return s.refuseUpload(c, &u, err)
	}
	return s.keepUpload(context.WithoutCancel(c.r.Context()), &u, w, media.InputType(f.file.Header.Get("Content-Type")))
}

// refuseUpload gives an upload up whose file was refused, so that another may be
// begun in its place, and returns why. One that only did not arrive may be sent
// again.
func (s *Server) refuseUpload(c *Call, u *job.Upload, why error) error {
	if !fault.Is(why, fault.TooLarge) && !fault.IsCode(why, codeUploadInvalid) {
		return why
	}
	err := s.Queue.DropUpload(context.WithoutCancel(c.r.Context()), u.Owner, u.ID)
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
		if now.Sub(last) < queue.RenewUploadEvery {
			return nil
		}
		last = now
		err := s.Queue.RenewUpload(ctx, id)
		switch {
		case fault.Is(err, fault.NotFound):
			return uploadExpired()
		case errors.Is(err, queue.ErrUploadExists):
			return queue.ErrUploadExists
		case err != nil:
			s.Log.WarnContext(ctx, "upload not renewed, to be tried again", "err", err)
		}
		return nil
	}
}

func uploadTooLarge(most int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The file is larger than the %d bytes that this upload may have.", most).With("limit", most)
}

// keepUpload makes the file durable, then the row that says so.
func (s *Server) keepUpload(ctx context.Context, u *job.Upload, w blob.Writer, contentType string) error {
	err := w.Commit(ctx)
	if fault.Is(err, fault.Conflict) {
		return queue.ErrUploadExists
	}
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	r, err := s.Blobs.Open(ctx, u.BlobKey())
	if err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	file := queue.UploadedFile{Size: r.Size(), ETag: r.ETag(), Type: contentType}
	r.Close()
	err = s.Queue.FinishUpload(ctx, u.ID, s.Queue.PlanOf(ctx, u.Owner), file)
	switch {
	case err == nil, errors.Is(err, queue.ErrUploadExists): // a submission may have found the file already
		return nil
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Limited):
		if fault.Is(err, fault.NotFound) {
			err = uploadExpired()
		}
		return errors.Join(err, s.Blobs.Remove(ctx, u.BlobKey()))
	default:
		return err // it is there: a submission will find it
	}
}

// openForm reads a form up to its file. Failures: Unsupported
// UNSUPPORTED_MEDIA_TYPE, Invalid INVALID_REQUEST, Forbidden UPLOAD_INVALID.
func (s *Server) openForm(c *Call) (*form, error) {
	media, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The file must be sent as multipart/form-data.")
	}
	from, err := c.Incoming().Open(0, nil) // how much may come is told by what was signed
	if err != nil {
		return nil, err
	}
	f := &form{from: from, body: &budget{r: from, left: maxFormBytes}, fields: map[string]string{}}
	f.parts = multipart.NewReader(bufio.NewReaderSize(f.body, formBuffer), params["boundary"])
	for range maxFormFields + 1 {
		part, err := f.parts.NextRawPart()
		if err != nil {
			return nil, f.broken(err)
		}
		if part.FormName() == "file" {
			f.file = part
			return f, nil
		}
		if err := f.readField(part); err != nil {
			return nil, err
		}
	}
	return nil, uploadInvalid("The form has fields that were not given.")
}

// broken says why there is no further part.
func (f *form) broken(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return uploadInvalid("The form has no part named file.")
	case errors.Is(err, errBudget):
		return uploadInvalid("The form has fields that were not given.")
	case f.from.Failure() != nil:
		return f.from.Failure()
	default:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body is not a complete form; send it again.").Because(err)
	}
}

func (f *form) readField(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
	name := part.FormName()
	_, twice := f.fields[name]
	switch {
	case err != nil:
		return f.broken(err)
	case name == "" || twice || len(value) > maxFieldBytes:
		return uploadInvalid("The form has fields that were not given.")
	}
	f.fields[name] = string(value)
	return nil
}

// copyFile writes the file, which must be the form's last part.
func (f *form) copyFile(to io.Writer, most int64) error {
	buffered := bufio.NewWriterSize(to, formBuffer)
	from := &tracingReader{r: io.LimitReader(f.file, most+1)}
	n, err := io.Copy(onlyWriter{buffered}, from)
	if err == nil {
		err = buffered.Flush()
	}
	switch {
	case n > most, errors.Is(from.err, errBudget):
		return uploadTooLarge(most)
	case f.from.Failure() != nil:
		return f.from.Failure()
	case fault.Of(from.err) != nil:
		return from.err
	case from.err != nil:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The file did not arrive completely; send it again.").Because(from.err)
	case err != nil:
		return fmt.Errorf("receive upload: %w", err)
	}
	_, err = f.parts.NextRawPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil, errors.Is(err, errBudget):
		return uploadInvalid("The file must be the form's last part, and the only file.")
	case f.from.Failure() != nil:
		return f.from.Failure()
	default:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The form did not arrive completely; send it again.").Because(err)
	}
}

// onlyWriter hides that a writer could read for itself, in pieces of its own.
type onlyWriter struct{ io.Writer }

var errBudget = errors.New("more than may be sent")

// A budget is a reader that fails beyond a number of bytes.
type budget struct {
	r    io.Reader
	left int64
	beat func() error // called before each read; nil: nothing
}

// Read reads from r, after a call of beat, what is left of the budget; a budget
// that is used up is errBudget, even where r ends there.
func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	if b.beat != nil {
		if err := b.beat(); err != nil {
			return 0, err
		}
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// A tracingReader remembers its own error, to tell it from the writer's.
type tracingReader struct {
	r   io.Reader
	err error
}

// Read reads from r and keeps an error other than its end.
func (t *tracingReader) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}
