package uploadform

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

const (
	maxFormFields = 20
	maxFieldBytes = 8 << 10
	formBuffer    = 64 << 10 // read from the connection, and written to the file, at once
	maxFormBytes  = 2*formBuffer + maxFormFields*maxFieldBytes
	// Overhead is how long a form may be beside its file.
	Overhead = 64 << 10
)

// A Form is a multipart/form-data body that is read as it arrives. It is used by
// one goroutine.
type Form struct {
	Fields map[string]string // all before the file
	parts  *multipart.Reader
	from   *intake.Content
	body   *budget
	file   *multipart.Part // being read; what stands behind it is not read yet
}

// Open reads a form up to its file. Failures: Unsupported
// UNSUPPORTED_MEDIA_TYPE, Invalid INVALID_REQUEST, Forbidden UPLOAD_INVALID.
func Open(b intake.Body) (*Form, error) {
	media, params, err := mime.ParseMediaType(b.Type)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The file must be sent as multipart/form-data.")
	}
	from, err := b.Open(0, nil) // how much may come is told by what was signed
	if err != nil {
		return nil, err
	}
	f := &Form{from: from, body: &budget{r: from, left: maxFormBytes}, Fields: map[string]string{}}
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
	return nil, invalid("The form has fields that were not given.")
}

// broken says why there is no further part.
func (f *Form) broken(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return invalid("The form has no part named file.")
	case errors.Is(err, errBudget):
		return invalid("The form has fields that were not given.")
	case f.from.Failure() != nil:
		return f.from.Failure()
	default:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body is not a complete form; send it again.").Because(err)
	}
}

func (f *Form) readField(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
	name := part.FormName()
	_, twice := f.Fields[name]
	switch {
	case err != nil:
		return f.broken(err)
	case name == "" || twice || len(value) > maxFieldBytes:
		return invalid("The form has fields that were not given.")
	}
	f.Fields[name] = string(value)
	return nil
}

// Type is the Content-Type of the file, as it was sent.
func (f *Form) Type() string { return f.file.Header.Get("Content-Type") }

// Close frees what reading needed.
func (f *Form) Close() { f.from.Close() }

// CopyFile writes the file, which must be the form's last part, of at most so
// many bytes. Before each read beat is called; when it fails, so does this.
// Failures: TooLarge PAYLOAD_TOO_LARGE, Invalid INVALID_REQUEST, Forbidden
// UPLOAD_INVALID.
func (f *Form) CopyFile(to io.Writer, most int64, beat func() error) error {
	f.body.left, f.body.beat = most+Overhead+formBuffer, beat
	buffered := bufio.NewWriterSize(to, formBuffer)
	from := &tracingReader{r: io.LimitReader(f.file, most+1)}
	n, err := io.Copy(onlyWriter{buffered}, from)
	if err == nil {
		err = buffered.Flush()
	}
	switch {
	case n > most, errors.Is(from.err, errBudget):
		return TooLarge(most)
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
		return invalid("The file must be the form's last part, and the only file.")
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
