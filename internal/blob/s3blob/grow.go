package s3blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// What S3 allows of a multipart upload, and what it is used for here.
const (
	minPartBytes = 5 << 20 // but the last
	maxParts     = 10_000

	maxPartBytes = 5 << 30

	// unknownPartBytes are the parts of a file whose size nobody knows beforehand.
	unknownPartBytes = 16 << 20
)

// A growing file is a multipart upload of its object, and beside it
// the objects _g/<object>/info and _g/<object>/tail-<parts>-<bytes>. All parts but the
// last have one size, so that a part that is sent twice is the same; the
// list of parts is the truth. What is less than a part is the tail: that counts which
// follows the parts that there are, the longest of several. So a process may die between any two
// requests, and one that is late can undo nothing.
const (
	growing    = "_g/"
	infoName   = "info"
	tailPrefix = "tail-"
	tailFormat = tailPrefix + "%d-%d"
)

// An info says how a file grows. It is written once.
type info struct {
	Upload string `json:"upload"`     // the multipart upload's id
	Part   int64  `json:"part_bytes"` // of each part but the last
}

// partBytesFor is how large the parts of a file of a size are.
func partBytesFor(size int64) int64 {
	if size < 0 {
		return unknownPartBytes
	}
	return max(minPartBytes, (size+maxParts-1)/maxParts)
}

// growth is the object that a key grows to.
func growth(ctx context.Context, key string) (object string, err error) {
	if err := blob.CheckGrowing(key); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return objectOf(key)
}

// growingKeyOf returns the key of a growing file that an object is of.
func growingKeyOf(object string) (key string, ok bool) {
	object, ok = strings.CutPrefix(object, growing)
	if i := strings.LastIndexByte(object, '/'); ok && i > 0 {
		key, ok = keyOf(object[:i])
		return key, ok && blob.CheckGrowing(key) == nil
	}
	return "", false
}

// Begin implements [blob.Grower].
func (s *Store) Begin(ctx context.Context, key string, size int64) error {
	object, err := growth(ctx, key)
	if err != nil {
		return err
	}
	if size > maxParts*maxPartBytes {
		return fault.New(fault.TooLarge, "FILE_TOO_LARGE", "The storage of files keeps at most %d bytes in a file.", int64(maxParts*maxPartBytes))
	}
	if _, err := s.sizeOf(ctx, object); !fault.Is(err, fault.NotFound) {
		if err == nil {
			err = blob.ErrExists
		}
		return err
	}
	id, err := s.core.NewMultipartUpload(ctx, s.bucket, object, minio.PutObjectOptions{})
	if err != nil {
		return trouble(ctx, "begin growing blob", err)
	}
	if err := s.putInfo(ctx, object, info{id, partBytesFor(size)}); err != nil {
		s.endUpload(ctx, object, id)
		return err
	}
	return nil
}

// putInfo writes a file's info, unless there is one already.
func (s *Store) putInfo(ctx context.Context, object string, i info) error {
	b, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("begin growing blob: %w", err)
	}
	var o minio.PutObjectOptions
	o.SetMatchETagExcept("*")
	err = s.putSmall(ctx, growing+object+"/"+infoName, strings.NewReader(string(b)), o)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	if is, _, readErr := s.readInfo(ctx, object); readErr == nil && is == i {
		return nil // it is ours: the answer to a first try was lost
	}
	return blob.ErrExists
}

// putSmall writes an object whose content can be read twice.
func (s *Store) putSmall(ctx context.Context, object string, content io.ReadSeeker, o minio.PutObjectOptions) error {
	size, err := content.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = content.Seek(0, io.SeekStart)
	}
	if err != nil {
		return local("read spool", err)
	}
	sum, err := sumOf(content)
	if err != nil {
		return err
	}
	o.DisableContentSha256 = true // the sum says it
	_, err = s.core.PutObject(ctx, s.bucket, object, content, size, "", sum, o)
	return trouble(ctx, "write growing blob", err)
}

func (s *Store) readInfo(ctx context.Context, object string) (i info, there bool, err error) {
	body, _, _, err := s.core.GetObject(ctx, s.bucket, growing+object+"/"+infoName, minio.GetObjectOptions{})
	if err == nil {
		defer body.Close()
		err = json.NewDecoder(body).Decode(&i)
	}
	if err = trouble(ctx, "open growing blob", err); fault.Is(err, fault.NotFound) {
		return i, false, nil
	}
	return i, err == nil, err
}

// sizeOf is the size of an object.
func (s *Store) sizeOf(ctx context.Context, object string) (int64, error) {
	is, err := s.core.StatObject(ctx, s.bucket, object, minio.StatObjectOptions{})
	return is.Size, trouble(ctx, "look for blob", err)
}

// endUpload ends a multipart upload, also when the caller has gone; what stays is
// ended by Walk.
func (s *Store) endUpload(ctx context.Context, object, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	_ = s.core.AbortMultipartUpload(ctx, s.bucket, object, id)
}

// Append implements [blob.Grower].
func (s *Store) Append(ctx context.Context, key string, at int64, from io.Reader) (n int64, err error) {
	object, err := growth(ctx, key)
	if err != nil {
		return 0, err
	}
	unlock, err := s.locks.Lock(key)
	if err != nil {
		return 0, err
	}
	defer unlock()
	g, err := s.load(ctx, object)
	if errors.Is(err, blob.ErrNoFile) {
		if _, sizeErr := s.sizeOf(ctx, object); sizeErr == nil {
			return 0, blob.ErrFinished
		}
	}
	if err != nil {
		return 0, err
	}
	if g.length() != at {
		return 0, blob.Mismatch(at, g.length())
	}
	err = g.take(ctx, from)
	return g.length() - at, err
}

// Length implements [blob.Grower].
func (s *Store) Length(ctx context.Context, key string) (int64, error) {
	object, err := growth(ctx, key)
	if err != nil {
		return 0, err
	}
	g, err := s.load(ctx, object)
	if errors.Is(err, blob.ErrNoFile) {
		return s.sizeOf(ctx, object) // it may be finished
	}
	if err != nil {
		return 0, err
	}
	return g.length(), nil
}

// Finish implements [blob.Grower].
func (s *Store) Finish(ctx context.Context, key string, size int64) error {
	object, err := growth(ctx, key)
	if err != nil {
		return err
	}
	unlock, err := s.locks.Lock(key)
	if err != nil {
		return err
	}
	defer unlock()
	g, err := s.load(ctx, object)
	switch {
	case err != nil && !errors.Is(err, blob.ErrNoFile):
		return err
	case err == nil && g.length() != size:
		return blob.Mismatch(size, g.length())
	case err == nil:
		err = g.complete(ctx)
	}
	if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		return err
	}
	// Now it is there, or was before: by a call whose answer was lost, too.
	is, err := s.sizeOf(ctx, object)
	if err != nil {
		return err
	}
	if is != size {
		return blob.Mismatch(size, is)
	}
	_ = s.removeGrowing(ctx, object) // what stays goes with the file
	return nil
}

// removeGrowing removes all that a growing file has, the info last.
func (s *Store) removeGrowing(ctx context.Context, object string) error {
	names, err := s.besides(ctx, object)
	if err != nil || len(names) == 0 {
		return err
	}
	i, there, err := s.readInfo(ctx, object)
	if err != nil {
		return err
	}
	if there {
		err := trouble(ctx, "remove growing blob", s.core.AbortMultipartUpload(ctx, s.bucket, object, i.Upload))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	for _, name := range names {
		if name != infoName {
			if err := s.remove(ctx, growing+object+"/"+name); err != nil {
				return err
			}
		}
	}
	return s.remove(ctx, growing+object+"/"+infoName)
}

// besides lists the names of what a growing file has beside its parts.
func (s *Store) besides(ctx context.Context, object string) (names []string, err error) {
	ctx, cancel := context.WithCancel(ctx) // ends the listing
	defer cancel()
	prefix := growing + object + "/"
	for is := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if is.Err != nil {
			return nil, trouble(ctx, "open growing blob", is.Err)
		}
		names = append(names, strings.TrimPrefix(is.Key, prefix))
	}
	return names, ctx.Err()
}
