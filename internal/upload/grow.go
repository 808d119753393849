package upload

import (
	"context"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Stand returns how many bytes of the upload are there, which it may have all got
// without its being finished: then it is. Failures: [ErrGone] if its file
// is not there, those of finishing it.
func (w *Writing) Stand(ctx context.Context) (offset int64, err error) {
	if w.Upload.Done {
		return w.Upload.Size, nil
	}
	offset, err = w.s.config.Grower.Length(ctx, w.Upload.BlobKey())
	switch {
	case fault.Is(err, fault.NotFound) && w.State.Of != nil:
		return 0, nil // it was not joined
	case fault.Is(err, fault.NotFound):
		return 0, ErrGone
	case err != nil:
		return 0, fmt.Errorf("ask how much of an upload is there: %w", err)
	}
	if offset == w.State.Length || w.State.Of != nil {
		err = w.finish(ctx, offset)
	}
	return offset, err
}

// Append adds what from gives to the upload, which has at bytes, and returns how
// many of them are durable; also with an error some may be. With the last byte of its
// length the upload is finished. Its time begins anew. Failures: TooLarge
// PAYLOAD_TOO_LARGE (the length or the plan) and Limited STORAGE_FULL as soon as there is a byte too many, Conflict
// OFFSET_MISMATCH and UPLOAD_LOCKED, [ErrGone].
func (w *Writing) Append(ctx context.Context, at int64, from io.Reader) (n int64, err error) {
	switch length := w.State.Length; {
	case length >= 0 && (w.most == 0 || length <= w.most):
		from = &bounded{from: from, left: length - at, full: func() error { return Beyond(length) }}
	case w.most > 0:
		from = &bounded{from: from, left: w.most - at, full: w.full}
	}
	n, err = w.s.config.Grower.Append(ctx, w.Upload.BlobKey(), at, from)
	switch {
	case fault.Is(err, fault.NotFound):
		return 0, ErrGone
	case fault.Is(err, fault.LeaseLost), fault.Is(err, fault.Conflict):
		return 0, err
	}
	var kept error
	if at+n == w.State.Length {
		kept = w.finish(ctx, at+n)
	} else {
		kept = w.note(ctx, at+n)
	}
	if kept != nil {
		return n, kept
	}
	if err != nil {
		return n, fmt.Errorf("append to an upload: %w", err)
	}
	return n, nil
}

// Beyond refuses more bytes than an upload was to have.
func Beyond(length int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The body goes beyond the upload's end, which was told to be at %d bytes.", length)
}

// full is why there is no room for more.
func (w *Writing) full() error {
	if w.most == w.plan.MaxInputBytes {
		return TooLarge(w.most)
	}
	return storageFull(w.plan)
}

// note says in the row how many bytes there are, and lets go of it: nothing more is
// written.
func (w *Writing) note(ctx context.Context, size int64) error {
	w.unwatch()
	return w.change(ctx, func(u *job.Upload, state *job.Resume, l protocol.Ledger) error {
		u.Size, u.Expires = size, l.Now().Add(w.s.expiry())
		state.Writer, state.Until, state.Wanted = "", 0, false
		return nil
	})
}

// Declare says how long the upload will be. Failures: TooLarge PAYLOAD_TOO_LARGE,
// Limited STORAGE_FULL, [ErrGone].
func (w *Writing) Declare(ctx context.Context, length int64) error {
	if w.most > 0 && length > w.most {
		return w.full()
	}
	return w.change(ctx, func(_ *job.Upload, state *job.Resume, _ protocol.Ledger) error {
		state.Length = length
		return nil
	})
}

// finish makes the upload a file that jobs can read, or a part that can be joined.
func (w *Writing) finish(ctx context.Context, size int64) error {
	err := w.change(ctx, func(u *job.Upload, _ *job.Resume, l protocol.Ledger) error {
		has, err := l.Counts(u.Owner)
		if err != nil {
			return err
		}
		if w.plan.MaxStoredBytes > 0 && has.StoredBytes-u.Size+size-w.parts > w.plan.MaxStoredBytes {
			return storageFull(w.plan)
		}
		u.Size, u.Expires = size, l.Now().Add(max(w.s.expiry(), writerLife))
		return nil
	})
	if err != nil {
		return err
	}
	if w.State.Of == nil {
		if err := w.s.config.Grower.Finish(ctx, w.Upload.BlobKey(), size); err != nil {
			return fmt.Errorf("finish an upload's file: %w", err)
		}
	}
	r, err := w.s.config.Blobs.Open(ctx, w.Upload.BlobKey())
	if err != nil {
		return fmt.Errorf("look at an upload's file: %w", err)
	}
	file := File{Size: r.Size(), ETag: r.ETag()}
	if err := r.Close(); err != nil {
		return fmt.Errorf("look at an upload's file: %w", err)
	}
	w.unwatch()
	return w.change(ctx, func(u *job.Upload, state *job.Resume, l protocol.Ledger) error {
		life := w.s.config.RetentionOf(w.plan)
		if state.Part {
			life = w.s.expiry()
		}
		u.Done, u.Size, u.ETag, u.Type, u.Expires = true, file.Size, file.ETag, state.Type, l.Now().Add(life)
		state.Writer, state.Until, state.Wanted = "", 0, false
		return nil
	})
}

// Join makes the upload of its parts, one after the other. The parts go some minutes
// later, unless they were to go before. Failures: [ErrGone] if a part is not there.
func (w *Writing) Join(ctx context.Context, parts []Resumable) error {
	var keys []string
	for i := range parts {
		keys = append(keys, parts[i].Upload.BlobKey())
	}
	w.parts = bytesOf(parts)
	size, err := w.s.config.Grower.Join(ctx, w.Upload.BlobKey(), keys)
	switch {
	case fault.Is(err, fault.NotFound):
		return ErrGone
	case err != nil:
		return fmt.Errorf("join an upload: %w", err)
	}
	if err := w.finish(ctx, size); err != nil {
		return err
	}
	for i := range parts {
		w.s.forgetPart(ctx, parts[i].Upload.ID)
	}
	return nil
}

// forgetPart lets a part go soon.
func (s *Uploads) forgetPart(ctx context.Context, id string) {
	err := s.config.Store.ChangeUpload(ctx, id, func(u *job.Upload, l protocol.Ledger) (bool, error) {
		if until := l.Now().Add(joinedLife); until.Before(u.Expires) {
			u.Expires = until
		}
		return true, nil
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.config.Log.WarnContext(ctx, "a part that was joined is kept for its whole time", "upload", id, "err", err)
	}
}

// Hold returns what holds bytes that are to be judged before they are appended; nobody
// sees them, and it is to be aborted in the end.
func (s *Uploads) Hold(ctx context.Context, u *job.Upload) (blob.Writer, error) {
	w, err := s.config.Blobs.Create(ctx, u.BlobKey())
	if err != nil {
		return nil, fmt.Errorf("hold a part of an upload: %w", err)
	}
	return w, nil
}

// Expires is until when more of an upload that is not finished may come; zero for one that
// is finished.
func (r *Resumable) Expires() time.Time {
	if r.Upload.Done && !r.State.Part {
		return time.Time{}
	}
	return r.Upload.Expires
}

// A bounded reader fails with full at the first byte that is too many.
type bounded struct {
	from io.Reader
	left int64
	full func() error
}

// Read implements [io.Reader].
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var one [1]byte
		n, err := io.ReadFull(b.from, one[:])
		if n == 0 {
			return 0, err
		}
		return 0, b.full()
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
