package s3blob

import (
	"context"
	"io"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// copyBytes is how much the storage copies at one request: it is silent
// meanwhile.
const copyBytes = 256 << 20

// A span is a range of one of the files that are joined.
type span struct {
	file    int
	from, n int64
}

// plan says which spans each part of a joined file has. A part of one span is
// copied by the storage, which wants at least minPartBytes of each but the last; those of several
// spans, smaller ones, have to be put together here.
func plan(sizes []int64) (parts [][]span) {
	var small []span // less than a part
	var smallBytes, total int64
	for _, size := range sizes {
		total += size
	}
	most := max(copyBytes, total/(maxParts/2))
	for i, size := range sizes {
		at := int64(0)
		if smallBytes > 0 || size < minPartBytes {
			if at = min(size, minPartBytes-smallBytes); at > 0 {
				small = append(small, span{i, 0, at})
				smallBytes += at
			}
			if rest := size - at; rest > 0 && rest < minPartBytes {
				small = append(small, span{i, at, rest})
				smallBytes += rest
				at = size
			}
			if smallBytes >= minPartBytes {
				parts = append(parts, small)
				small, smallBytes = nil, 0
			}
		}
		for rest := size - at; rest > 0; rest = size - at {
			n := rest
			if n > most { // what remains is a part of its own
				n = min(most, rest-minPartBytes)
			}
			parts = append(parts, []span{{i, at, n}})
			at += n
		}
	}
	if small != nil {
		parts = append(parts, small)
	}
	return parts
}

// Join implements [blob.Grower].
func (s *Store) Join(ctx context.Context, key string, from []string) (size int64, err error) {
	object, err := growth(ctx, key)
	if err != nil {
		return 0, err
	}
	if _, err := s.sizeOf(ctx, object); err == nil {
		return 0, blob.ErrExists
	} else if !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	j := &joining{store: s, object: object, from: make([]string, len(from))}
	sizes := make([]int64, len(from))
	for i, key := range from {
		if j.from[i], err = objectOf(key); err != nil {
			return 0, err
		}
		if sizes[i], err = s.sizeOf(ctx, j.from[i]); err != nil {
			return 0, err
		}
		size += sizes[i]
	}
	if size == 0 {
		var once minio.PutObjectOptions
		once.SetMatchETagExcept("*")
		return 0, s.putSmall(ctx, object, io.NewSectionReader(nil, 0, 0), once)
	}
	return size, j.join(ctx, plan(sizes))
}

// A joining is a file that is made of others.
type joining struct {
	store  *Store
	object string
	from   []string // objects
	upload string   // the multipart upload's id
}

func (j *joining) join(ctx context.Context, parts [][]span) (err error) {
	if len(parts) > maxParts {
		return fault.New(fault.TooLarge, "FILE_TOO_LARGE", "The parts are too many for one file.")
	}
	core, bucket := j.store.core, j.store.bucket
	j.upload, err = core.NewMultipartUpload(ctx, bucket, j.object, minio.PutObjectOptions{})
	if err != nil {
		return trouble(ctx, "join blobs", err)
	}
	done := make([]minio.CompletePart, len(parts))
	for i, spans := range parts {
		if done[i], err = j.part(ctx, i+1, spans); err != nil {
			j.store.endUpload(ctx, j.object, j.upload)
			return err
		}
	}
	var once minio.PutObjectOptions
	once.SetMatchETagExcept("*")
	if _, err := core.CompleteMultipartUpload(ctx, bucket, j.object, j.upload, done, once); err != nil {
		j.store.endUpload(ctx, j.object, j.upload)
		return trouble(ctx, "join blobs", err)
	}
	return nil
}

// part makes one part.
func (j *joining) part(ctx context.Context, number int, spans []span) (minio.CompletePart, error) {
	core, bucket := j.store.core, j.store.bucket
	if len(spans) == 1 {
		is := spans[0]
		done, err := core.CopyObjectPart(ctx, bucket, j.from[is.file], bucket, j.object, j.upload, number, is.from, is.n, nil)
		return done, trouble(ctx, "join blobs", err)
	}
	sp, err := newSpool(j.store.spool)
	if err != nil {
		return minio.CompletePart{}, err
	}
	defer func() { _ = sp.leave() }() // nothing of it is wanted
	size := int64(0)
	for _, is := range spans {
		r := &reader{ctx: ctx, store: j.store, object: j.from[is.file], size: is.from + is.n, at: is.from}
		n, err := io.Copy(io.NewOffsetWriter(sp.file, size), r)
		r.end()
		if size += n; err != nil {
			return minio.CompletePart{}, err
		}
	}
	content := io.NewSectionReader(sp.file, 0, size)
	sum, err := sumOf(content)
	if err != nil {
		return minio.CompletePart{}, err
	}
	sent, err := core.PutObjectPart(ctx, bucket, j.object, j.upload, number, content, size,
		minio.PutObjectPartOptions{Sha256Hex: sum, DisableContentSha256: true})
	return minio.CompletePart{PartNumber: number, ETag: sent.ETag}, trouble(ctx, "join blobs", err)
}
