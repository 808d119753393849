package attempt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"sync"
	"sync/atomic"

	"claimcheck/internal/blob"
	"claimcheck/internal/job"
)

var errClosed = errors.New("the attempt is over")

// A sink takes a tool's output: in memory while it fits a row, then in a file.
// The tool's goroutine writes; close may be called from another.
type sink struct {
	ctx     context.Context //nolint:containedctx // io.Writer takes none, and a sink lives as long as one call
	blobs   blob.Store
	key     string
	limit   int64
	preview preview

	mu     sync.Mutex // guards the fields below
	buf    []byte
	file   blob.Writer
	sum    hash.Hash
	size   int64
	closed bool
}

func newSink(ctx context.Context, blobs blob.Store, key string, limit int64) *sink {
	return &sink{ctx: ctx, blobs: blobs, key: key, limit: limit, sum: sha256.New()}
}

// Write implements [io.Writer]. It fails with Invalid OUTPUT_TOO_LARGE beyond the
// limit, with the cause of ctx when that is done, and after close.
func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed
	}
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	if err := CheckSize(s.size+int64(len(p)), s.limit); err != nil {
		return 0, err
	}
	s.size += int64(len(p))
	s.sum.Write(p)
	s.preview.add(p)
	if s.file == nil && len(s.buf)+len(p) <= job.MaxInlineBytes {
		s.buf = append(s.buf, p...)
		return len(p), nil
	}
	if s.file == nil {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	return s.file.Write(p)
}

func (s *sink) spill() error {
	w, err := s.blobs.Create(s.ctx, s.key)
	if err != nil {
		return err
	}
	s.file = w
	_, err = io.Copy(w, bytes.NewReader(s.buf))
	s.buf = nil
	return err
}

// finish makes the output durable if it is a file, and describes it.
func (s *sink) finish(ctx context.Context, o *job.Output) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		if err := s.file.Commit(ctx); err != nil {
			return err
		}
		o.File = true
	} else {
		o.Data = s.buf
	}
	s.closed = true
	o.Size = s.size
	s.sum.Sum(o.SHA256[:0])
	return nil
}

// close refuses what a tool that was left behind still writes.
func (s *sink) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// abort throws the output away.
func (s *sink) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file != nil {
		s.file.Abort()
	}
}

// A guardedReader reads the input until the attempt is over.
type guardedReader struct {
	ctx context.Context //nolint:containedctx // io.Reader takes none, and it lives as long as one call
	n   *atomic.Int64   // bytes read; may be nil
	mu  sync.Mutex      // guards the field below: nobody reads after close returned
	r   io.Reader
}

// Read implements [io.Reader]. It fails with the cause of ctx when that is done, and
// after close.
func (g *guardedReader) Read(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		return 0, context.Cause(g.ctx)
	}
	if g.r == nil {
		return 0, errClosed
	}
	n, err := g.r.Read(p)
	if g.n != nil {
		g.n.Add(int64(n))
	}
	return n, err
}

func (g *guardedReader) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.r = nil
}
