package s3blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
)

const (
	firstPartBytes = 16 << 20
	laterPartBytes = 512 << 20 // from firstParts on: 10,000 parts are all that S3 allows
	firstParts     = 2000
	atOnce         = 2 // parts that are sent at once
	partTime       = 10 * time.Minute
)

var (
	errCommitted = errors.New("blob is already committed")
	errAborted   = errors.New("blob was aborted")
)

// A writer spools a file; its parts are sent as soon as they are whole.
type writer struct {
	store  *Store
	key    string
	object string
	once   bool // it must not replace another
	spool  *spool
	size   int64
	sent   int64 // bytes of the parts that are sent or being sent
	ended  error // why nothing more can be written; nil while something can

	ctx    context.Context //nolint:containedctx // of the parts on their way, ended by Abort
	stop   context.CancelFunc
	upload string        // the multipart upload's id; empty before the first part
	slots  chan struct{} // one for each part that is being sent
	sends  sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	parts  []minio.CompletePart
	failed error // of the first part that could not be sent
}

func (s *Store) create(key, object string) (*writer, error) {
	sp, err := newSpool(s.spool)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, key: key, object: object, once: strings.HasPrefix(key, blob.Uploads), spool: sp, slots: make(chan struct{}, atOnce)}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w, nil
}

// Write implements [io.Writer].
func (w *writer) Write(p []byte) (int, error) {
	if w.ended != nil {
		return 0, w.ended
	}
	n, err := w.spool.file.Write(p)
	w.size += int64(n)
	if err != nil {
		w.ended = local("spool blob", err)
		return n, w.ended
	}
	for w.size-w.sent >= w.partBytes() {
		if w.ended = w.send(w.partBytes()); w.ended != nil {
			return n, w.ended
		}
	}
	return n, nil
}

// partBytes is how large the next part is.
func (w *writer) partBytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.parts) < firstParts {
		return firstPartBytes
	}
	return laterPartBytes
}

// send begins to send the next n bytes as a part.
func (w *writer) send(n int64) error {
	if w.upload == "" {
		id, err := w.store.core.NewMultipartUpload(w.ctx, w.store.bucket, w.object, minio.PutObjectOptions{})
		if err != nil {
			return trouble(w.ctx, "begin blob", err)
		}
		w.upload = id
	}
	w.mu.Lock()
	w.parts = append(w.parts, minio.CompletePart{})
	number, failed := len(w.parts), w.failed
	w.mu.Unlock()
	if failed != nil {
		return failed
	}
	from := w.sent
	w.sent += n
	w.sends.Go(func() {
		w.slots <- struct{}{}
		defer func() { <-w.slots }()
		w.sendPart(number, io.NewSectionReader(w.spool.file, from, n))
	})
	return nil
}

func (w *writer) sendPart(number int, content *io.SectionReader) {
	ctx, cancel := context.WithTimeout(w.ctx, partTime)
	defer cancel()
	sum, err := sumOf(content)
	var part minio.ObjectPart
	if err == nil {
		part, err = w.store.core.PutObjectPart(ctx, w.store.bucket, w.object, w.upload, number, content, content.Size(),
			minio.PutObjectPartOptions{Sha256Hex: sum, DisableContentSha256: true})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.failed == nil {
		w.failed = trouble(w.ctx, "send part of blob", err)
	}
	w.parts[number-1] = minio.CompletePart{PartNumber: number, ETag: part.ETag}
}

// sumOf is the SHA-256 of a part, which goes into the request's signature: the
// storage refuses a part that arrives otherwise. (Without it the library signs
// piece by piece, and of an empty file some storages leave the last piece on the
// connection.)
func sumOf(content io.ReadSeeker) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, content); err != nil {
		return "", local("read spool", err)
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", local("read spool", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Reopen implements [blob.Writer].
func (w *writer) Reopen() (blob.Reader, error) {
	switch {
	case errors.Is(w.ended, errCommitted):
		return w.store.Open(context.Background(), w.key)
	case w.ended != nil:
		return nil, w.ended
	case !w.spool.use():
		return nil, errAborted
	}
	return &spoolReader{SectionReader: io.NewSectionReader(w.spool.file, 0, w.size), spool: w.spool}, nil
}

// Commit implements [blob.Writer].
func (w *writer) Commit(ctx context.Context) error {
	if w.ended != nil {
		return w.ended
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	unlink := context.AfterFunc(ctx, w.stop)
	defer unlink()
	if err := w.publish(ctx); err != nil {
		w.ended = err
		if !w.once {
			w.takeBack()
		}
		return err
	}
	w.ended = errCommitted
	w.stop()
	return w.spool.leave()
}

// publish makes the object appear, whole.
func (w *writer) publish(ctx context.Context) error {
	var o minio.PutObjectOptions
	if w.once {
		o.SetMatchETagExcept("*")
	}
	core, bucket := w.store.core, w.store.bucket
	if w.upload == "" {
		content := io.NewSectionReader(w.spool.file, 0, w.size)
		sum, err := sumOf(content)
		if err != nil {
			return err
		}
		o.DisableContentSha256 = true // the sum says it
		_, err = core.PutObject(ctx, bucket, w.object, content, w.size, "", sum, o)
		return trouble(ctx, "commit blob", err)
	}
	if w.size > w.sent {
		if err := w.send(w.size - w.sent); err != nil {
			return err
		}
	}
	w.sends.Wait()
	w.mu.Lock()
	parts, failed := w.parts, w.failed
	w.mu.Unlock()
	if failed != nil {
		return failed
	}
	_, err := core.CompleteMultipartUpload(ctx, bucket, w.object, w.upload, parts, o)
	return trouble(ctx, "commit blob", err)
}

// takeBack removes what may have appeared though we were told that it did not.
func (w *writer) takeBack() {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	_ = w.store.remove(ctx, w.object) // what stays is named by no row: the collector finds it
}

// Abort implements [blob.Writer].
func (w *writer) Abort() {
	if errors.Is(w.ended, errAborted) || errors.Is(w.ended, errCommitted) {
		return
	}
	w.ended = errAborted
	w.stop()
	w.sends.Wait()
	_ = w.spool.leave() // nothing of it is wanted
	if w.upload == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	_ = w.store.core.AbortMultipartUpload(ctx, w.store.bucket, w.object, w.upload) // Walk ends what stays
}
