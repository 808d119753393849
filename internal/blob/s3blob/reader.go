package s3blob

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/fault"
)

const maxResumes = 5 // of a broken read without any progress in between

var errSeek = errors.New("seek before the start of a blob")

// A reader reads an object, as it was when it was opened; a broken read goes on
// where it was.
type reader struct {
	ctx    context.Context //nolint:containedctx // io.Reader takes none
	store  *Store
	object string
	size   int64
	etag   string // empty: it cannot change
	at     int64
	body   io.ReadCloser // nil until the next read
	broken int           // reads that failed since the last byte
}

// Size implements [blob.Reader].
func (r *reader) Size() int64 { return r.size }

// ETag implements [blob.Reader].
func (r *reader) ETag() string { return r.etag }

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if r.at >= r.size {
			return 0, io.EOF
		}
		err := r.begin()
		n := 0
		if err == nil {
			n, err = r.body.Read(p[:min(int64(len(p)), r.size-r.at)])
		}
		r.at += int64(n)
		if n > 0 {
			r.broken = 0
			return n, nil // an error comes again, if it lasts
		}
		if err == nil {
			continue
		}
		if err := r.pause(err); err != nil {
			return 0, err
		}
	}
}

// begin opens the rest of the object.
func (r *reader) begin() error {
	if r.body != nil {
		return nil
	}
	var o minio.GetObjectOptions
	if r.etag != "" {
		if err := o.SetMatchETag(r.etag); err != nil {
			return err
		}
	}
	if r.at > 0 {
		if err := o.SetRange(r.at, 0); err != nil {
			return err
		}
	}
	body, _, _, err := r.store.core.GetObject(r.ctx, r.store.bucket, r.object, o)
	if err != nil {
		return err
	}
	r.body = body
	return nil
}

// pause waits before the rest is asked for again, or says why it is not.
func (r *reader) pause(cause error) error {
	r.end()
	r.broken++
	err := trouble(r.ctx, "read blob", cause)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return fault.New(fault.NotFound, "FILE_NOT_FOUND", "The file was changed or removed while it was read.").Because(cause)
	}
	if r.broken > maxResumes || r.ctx.Err() != nil {
		return err
	}
	timer := time.NewTimer(r.store.pause << (r.broken - 1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.ctx.Done():
		return trouble(r.ctx, "read blob", r.ctx.Err())
	}
}

func (r *reader) end() {
	if r.body != nil {
		_ = r.body.Close() // it was only read
		r.body = nil
	}
}

// Seek implements [io.Seeker]; the object is asked for at the next read.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errSeek
	}
	if offset != r.at {
		r.end()
		r.at = offset
	}
	return offset, nil
}

// Close implements [io.Closer].
func (r *reader) Close() error {
	r.end()
	return nil
}
