package s3blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

const bufferBytes = 256 << 10

// A growingFile is a growing file as it was when it was looked at, and as this
// process makes it since.
type growingFile struct {
	store  *Store
	object string
	info   info
	parts  []minio.CompletePart // from the first on, each of info.Part bytes
	tail   int64                // bytes of the tail; 0 if there is none
	tails  []string             // all that there are, those that do not count too
}

func (g *growingFile) length() int64 { return int64(len(g.parts))*g.info.Part + g.tail }

// load looks at a growing file; [blob.ErrNoFile] if there is none.
func (s *Store) load(ctx context.Context, object string) (*growingFile, error) {
	names, err := s.besides(ctx, object)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, infoName) {
		return nil, blob.ErrNoFile
	}
	g := &growingFile{store: s, object: object}
	var there bool
	if g.info, there, err = s.readInfo(ctx, object); err == nil && !there {
		err = blob.ErrNoFile
	}
	if err == nil {
		err = g.listParts(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var after int
		var size int64
		if n, err := fmt.Sscanf(name, tailFormat, &after, &size); err != nil || n != 2 || name != fmt.Sprintf(tailFormat, after, size) {
			continue
		}
		g.tails = append(g.tails, name)
		if after == len(g.parts) {
			g.tail = max(g.tail, size)
		}
	}
	return g, nil
}

// listParts finds the whole parts that are there without a gap. After them there
// may be a last one: it was made of the tail by a process that died before the end of
// its Finish.
func (g *growingFile) listParts(ctx context.Context) error {
	for after := 0; ; {
		page, err := g.store.core.ListObjectParts(ctx, g.store.bucket, g.object, g.info.Upload, after, 1000)
		if err = trouble(ctx, "open growing blob", err); fault.Is(err, fault.NotFound) {
			return blob.ErrNoFile
		}
		if err != nil {
			return err
		}
		slices.SortFunc(page.ObjectParts, func(a, b minio.ObjectPart) int { return cmp.Compare(a.PartNumber, b.PartNumber) })
		for _, p := range page.ObjectParts {
			if p.PartNumber != len(g.parts)+1 || p.Size != g.info.Part {
				return nil
			}
			g.parts = append(g.parts, minio.CompletePart{PartNumber: p.PartNumber, ETag: p.ETag})
		}
		if !page.IsTruncated || page.NextPartNumberMarker <= after {
			return nil
		}
		after = page.NextPartNumberMarker
	}
}

func (g *growingFile) tailName() string {
	return growing + g.object + "/" + fmt.Sprintf(tailFormat, len(g.parts), g.tail)
}

// take adds what a reader gives. What came before a failure is kept, and
// afterwards length says how much.
func (g *growingFile) take(ctx context.Context, from io.Reader) error {
	// What came is kept also if the caller goes; but not for ever.
	keep, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endTime, cancel) })()
	f := &filling{file: g}
	defer f.end()
	buffer := make([]byte, bufferBytes)
	var stopped error
	for stopped == nil {
		if stopped = ctx.Err(); stopped != nil {
			break
		}
		n, err := from.Read(buffer)
		stopped = err
		if n > 0 {
			if err := f.add(keep, buffer[:n]); err != nil {
				return err
			}
		}
	}
	if err := f.flush(keep); err != nil {
		return err
	}
	if errors.Is(stopped, io.EOF) {
		return nil
	}
	return stopped
}

// complete makes the parts and the tail the object.
func (g *growingFile) complete(ctx context.Context) error {
	core, bucket := g.store.core, g.store.bucket
	var once minio.PutObjectOptions
	once.SetMatchETagExcept("*")
	if g.length() == 0 { // S3 knows no multipart upload without parts
		return g.store.putSmall(ctx, g.object, io.NewSectionReader(nil, 0, 0), once)
	}
	parts := slices.Clone(g.parts)
	if g.tail > 0 {
		last, err := core.CopyObjectPart(ctx, bucket, g.tailName(), bucket, g.object, g.info.Upload, len(parts)+1, 0, g.tail, nil)
		if err != nil {
			return trouble(ctx, "finish growing blob", err)
		}
		parts = append(parts, last)
	}
	_, err := core.CompleteMultipartUpload(ctx, bucket, g.object, g.info.Upload, parts, once)
	return trouble(ctx, "finish growing blob", err)
}
