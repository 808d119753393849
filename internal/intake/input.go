package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
)

// An Input is what an order's work is done on: bytes, spooled as they arrived,
// in memory while they are few, else in a file that nobody sees before Persist;
// or where they are to be had.
type Input struct {
	Inline []byte    // the bytes, or a job.Source; nil where they are in a file
	Size   int64     // in bytes
	Kind   string    // Content-Type; empty if none is known
	Mark   int64     // of the bytes: see job.Ready.InputSum
	named  job.Where // job.InUpload or job.AtURL: Inline is the source; else 0
	upload string    // the key of an upload
	sum    [32]byte  // of what was sent, if it was asked for
	file   blob.Writer

	mu        sync.Mutex // guards the fields below
	persisted bool
	remove    func()
	released  bool
}

// Take reads the order's input. Failures: Invalid INVALID_REQUEST for an empty
// or cut off body, TooLarge PAYLOAD_TOO_LARGE as soon as it is known,
// Unsupported UNSUPPORTED_ENCODING, Unavailable.
func (in *Intake) Take(ctx context.Context, o *Order, body Body) error {
	from, err := body.Open(o.most())
	if err != nil {
		return err
	}
	defer from.Close()
	input := &Input{Kind: media.InputType(body.Type), remove: func() {
		if err := in.Blobs.Remove(context.WithoutCancel(ctx), job.InputKey(o.ID)); err != nil {
			in.Log.WarnContext(ctx, "file left behind for the collector", "err", err)
		}
	}}
	err = input.read(ctx, from, in.Blobs, o)
	switch {
	case err != nil:
	case input.Size == 0:
		return fault.New(fault.Invalid, CodeInvalidRequest, "The body is empty; send the input as the request body.")
	case body.Wrapped && !o.Spec.JSONInput && !o.Spec.RawInput:
		err = input.unwrap(in.SyncMaxBytes)
	}
	if err != nil {
		input.Discard()
		return err
	}
	o.Input = input
	return nil
}

// read reads all of the body, and sums up what it decodes to.
func (in *Input) read(ctx context.Context, from *Content, blobs blob.Store, o *Order) error {
	var body io.Reader = from
	var sum hash.Hash
	if o.Key != "" {
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
	in.Inline, in.Size = buf[:n], int64(n)
	switch {
	case from.err != nil:
		return from.Failure()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // the body is smaller than the room
	case err != nil:
		return fmt.Errorf("read body: %w", err)
	default:
		err := in.spill(ctx, body, blobs, o.ID)
		if from.err != nil {
			return from.Failure()
		}
		if err != nil {
			return err
		}
	}
	in.Mark = int64(mark.Sum64()) //nolint:gosec // any 64 bits will do
	if sum != nil {
		sum.Sum(in.sum[:0])
	}
	return nil
}

// spill moves on to a file when the body does not fit in memory.
func (in *Input) spill(ctx context.Context, body io.Reader, blobs blob.Store, id job.ID) error {
	w, err := blobs.Create(ctx, job.InputKey(id))
	if err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	in.file = w
	if _, err := w.Write(in.Inline); err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	in.Inline = nil
	n, err := io.Copy(w, body)
	in.Size += n
	if err != nil {
		return fmt.Errorf("spool input: %w", err)
	}
	return nil
}

// plainText is the type of a text that came inside of JSON.
const plainText = "text/plain; charset=utf-8"

// unwrap takes the text out of {"content":"..."}, if the body is that.
func (in *Input) unwrap(limit int64) error {
	if in.Size > limit {
		return nil // too large to be looked into: it is the input itself
	}
	r, err := in.Open()
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
		return fault.New(fault.Invalid, CodeInvalidRequest, "content is empty; put the input's text into it.")
	}
	if in.file != nil && len(text) > job.MaxInlineBytes {
		return nil // kept as it is: rewriting a large file is not worth it
	}
	if in.file != nil {
		in.file.Abort()
		in.file = nil
	}
	in.Inline, in.Size, in.Kind = []byte(text), int64(len(text)), plainText
	return nil
}

// Where says where the input is.
func (in *Input) Where() job.Where {
	switch {
	case in.named != job.Inline:
		return in.named
	case in.file != nil:
		return job.InFile
	default:
		return job.Inline
	}
}

// Open opens the input, before and after Persist.
func (in *Input) Open() (io.ReadCloser, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.file == nil {
		return io.NopCloser(bytes.NewReader(in.Inline)), nil
	}
	return in.file.Reopen()
}

// Persist makes the input durable, so that a job may name it.
func (in *Input) Persist(ctx context.Context) error {
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

// Forget says that no job names the input after all, unless err leaves that
// open.
func (in *Input) Forget(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if fault.OutcomeUnknown(err) {
		return
	}
	if in.persisted {
		in.persisted = false
		in.remove()
	}
}

// Release says that nobody reads the input any more.
func (in *Input) Release() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.released && in.file != nil {
		in.file.Abort() // does nothing to a file that was committed
	}
	in.released = true
}

// Discard throws the input away.
func (in *Input) Discard() {
	in.Forget(nil)
	in.Release()
}
