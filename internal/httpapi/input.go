package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"sync"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// An input is a request's body, spooled as it arrived: in memory while it is
// small, else in a file that nobody sees before persist.
type input struct {
	inline []byte
	file   blob.Writer
	size   int64
	kind   string    // Content-Type; empty if none is known
	sum    [32]byte  // of the body, if it was asked for
	mark   int64     // of the body: see job.Ready.InputSum
	named  job.Where // job.InUpload or job.AtURL: inline is the source; else 0
	upload string    // the key of an upload

	mu        sync.Mutex // guards the fields below
	persisted bool
	remove    func()
	released  bool
}

// spool reads the body. Failures: Invalid INVALID_REQUEST for an empty or cut off
// body, TooLarge PAYLOAD_TOO_LARGE as soon as it is known, Unavailable.
func (s *Server) spool(c *call, id job.ID, spec *tool.Spec, digest bool) (*input, error) {
	from, err := c.content(c.plan.MaxInputBytes, tooLarge(c.plan.MaxInputBytes))
	if err != nil {
		return nil, err
	}
	defer from.Close()
	in := &input{remove: func() {
		if err := s.Blobs.Remove(context.WithoutCancel(c.r.Context()), job.InputKey(id)); err != nil {
			s.Log.Warn("file left behind for the collector", "err", err)
		}
	}}
	in.kind = tool.InputType(c.r.Header.Get("Content-Type"))
	if err := in.read(c, from, s.Blobs, id, digest); err != nil {
		in.discard()
		return nil, err
	}
	if in.size == 0 {
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "The body is empty; send the input as the request body.")
	}
	if !spec.JSONInput && isJSON(c.r.Header) {
		if err := in.unwrap(s.SyncMaxBytes); err != nil {
			in.discard()
			return nil, err
		}
	}
	return in, nil
}

// read reads all of the body, and sums up what it decodes to.
func (in *input) read(c *call, from *content, blobs blob.Store, id job.ID, digest bool) error {
	var body io.Reader = from
	var sum hash.Hash
	if digest {
		sum = sha256.New()
		body = io.TeeReader(body, sum)
	}
	mark := job.NewInputSum()
	body = io.TeeReader(body, mark)
	room := int64(job.MaxInlineBytes)
	if n := from.length; n >= 0 && n < room {
		room = n
	}
	buf := make([]byte, room+1)
	n, err := io.ReadFull(body, buf)
	in.inline, in.size = buf[:n], int64(n)
	switch {
	case from.err != nil:
		return from.failure()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // the body is smaller than the room
	case err != nil:
		return fmt.Errorf("read body: %w", err)
	default:
		err := in.spill(c, body, blobs, id)
		if from.err != nil {
			return from.failure()
		}
		if err != nil {
			return err
		}
	}
	in.mark = int64(mark.Sum64()) //nolint:gosec // any 64 bits will do
	if digest {
		sum.Sum(in.sum[:0])
	}
	return nil
}

// spill moves on to a file when the body does not fit in memory.
func (in *input) spill(c *call, body io.Reader, blobs blob.Store, id job.ID) error {
	w, err := blobs.Create(c.r.Context(), job.InputKey(id))
	if err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	in.file = w
	if _, err := w.Write(in.inline); err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	in.inline = nil
	n, err := io.Copy(w, body)
	in.size += n
	if err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	return nil
}

// plainText is the type of a text that came inside of JSON.
const plainText = "text/plain; charset=utf-8"

// isJSON reports whether the body is declared to be JSON.
func isJSON(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && media == contentJSON
}

// unwrap takes the text out of {"content":"..."}, if the body is that.
func (in *input) unwrap(limit int64) error {
	if in.size > limit {
		return nil // too large to be looked into: it is the input itself
	}
	r, err := in.open()
	if err != nil {
		return err
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read spooled input: %w", err)
	}
	var wrapped map[string]json.RawMessage
	var text string
	if json.Unmarshal(body, &wrapped) != nil || len(wrapped) != 1 || json.Unmarshal(wrapped["content"], &text) != nil || wrapped["content"] == nil {
		return nil
	}
	if text == "" {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "content is empty; put the input's text into it.")
	}
	if in.file != nil && len(text) > job.MaxInlineBytes {
		return nil // kept as it is: rewriting a large file is not worth it
	}
	if in.file != nil {
		in.file.Abort()
		in.file = nil
	}
	in.inline, in.size, in.kind = []byte(text), int64(len(text)), plainText
	return nil
}

// where is the place of the input.
func (in *input) where() job.Where {
	switch {
	case in.named != job.Inline:
		return in.named
	case in.file != nil:
		return job.InFile
	default:
		return job.Inline
	}
}

// open opens the input, before and after persist.
func (in *input) open() (io.ReadCloser, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.file == nil {
		return io.NopCloser(bytes.NewReader(in.inline)), nil
	}
	return in.file.Reopen()
}

// persist makes the input durable, so that a job may name it.
func (in *input) persist(ctx context.Context) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.file == nil || in.persisted {
		return nil
	}
	if err := in.file.Commit(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("keep input: %w", err)
	}
	in.persisted = true
	return nil
}

// forget says that no job names the input after all, unless err leaves that
// open.
func (in *input) forget(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if unknownOutcome(err) {
		return
	}
	if in.persisted {
		in.persisted = false
		in.remove()
	}
}

// release says that nobody reads the input any more.
func (in *input) release() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.released && in.file != nil {
		in.file.Abort() // does nothing to a file that was committed
	}
	in.released = true
}

// discard throws the input away.
func (in *input) discard() {
	in.forget(nil)
	in.release()
}

// unknownOutcome reports whether it could not be found out if a commit
// happened.
func unknownOutcome(err error) bool {
	e := fault.Of(err)
	if e == nil {
		return false
	}
	for _, d := range e.Details {
		if d.Name == "outcome" {
			return true
		}
	}
	return false
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
