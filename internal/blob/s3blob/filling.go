package s3blob

import (
	"context"
	"io"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// A filling collects the bytes of an append until they are a part. The spool has
// two halves of a part each: one is sent while the other is filled. Parts
// are sent one after the other, so that there are never gaps.
type filling struct {
	file    *growingFile
	spool   *spool             // nil before the first byte
	half    int64              // which is filled: 0 or 1
	filled  int64              // bytes of it
	added   bool               // bytes came since the last part
	sending chan error         // of the part that is being sent; nil: none is
	sent    minio.CompletePart // by it, when there was no error
}

// add takes bytes; with the first the tail goes before them.
func (f *filling) add(ctx context.Context, b []byte) error {
	if f.spool == nil {
		if err := f.begin(ctx); err != nil {
			return err
		}
	}
	part := f.file.info.Part
	for len(b) > 0 {
		if f.filled == 0 && len(f.file.parts)+f.underWay() >= maxParts {
			return fault.New(fault.TooLarge, "FILE_TOO_LARGE", "The upload is larger than the storage of files can keep; declare its length when it is created.")
		}
		n := min(int64(len(b)), part-f.filled)
		if _, err := f.spool.file.WriteAt(b[:n], f.half*part+f.filled); err != nil {
			return local("spool growing blob", err)
		}
		b = b[n:]
		f.filled += n
		f.added = true
		if f.filled == part {
			if err := f.send(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *filling) underWay() int {
	if f.sending == nil {
		return 0
	}
	return 1
}

// begin makes the spool and has the tail at its start.
func (f *filling) begin(ctx context.Context) (err error) {
	g := f.file
	if f.spool, err = newSpool(g.store.spool); err != nil {
		return err
	}
	if g.tail == 0 {
		return nil
	}
	r := &reader{ctx: ctx, store: g.store, object: g.tailName(), size: g.tail}
	defer r.end()
	f.filled, err = io.Copy(io.NewOffsetWriter(f.spool.file, 0), r)
	if fault.Is(err, fault.NotFound) { // another server has made a part of it
		return blob.ErrLocked
	}
	return err
}

// send begins to send the half that is full, after the part before it has arrived.
func (f *filling) send(ctx context.Context) error {
	if err := f.wait(); err != nil {
		return err
	}
	part := f.file.info.Part
	content := io.NewSectionReader(f.spool.file, f.half*part, part)
	f.half, f.filled, f.added = 1-f.half, 0, false
	f.sending = make(chan error, 1)
	number := len(f.file.parts) + 1
	go func() {
		var err error
		f.sent, err = f.file.sendPart(ctx, number, content)
		f.sending <- err
	}()
	return nil
}

// wait waits for the part that is being sent. The tail, if there was one, is in
// it, and counts no more.
func (f *filling) wait() error {
	if f.sending == nil {
		return nil
	}
	err := <-f.sending
	f.sending = nil
	if err == nil {
		f.file.parts, f.file.tail = append(f.file.parts, f.sent), 0
	}
	return err
}

func (g *growingFile) sendPart(ctx context.Context, number int, content *io.SectionReader) (minio.CompletePart, error) {
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	sum, err := sumOf(content)
	if err != nil {
		return minio.CompletePart{}, err
	}
	sent, err := g.store.core.PutObjectPart(ctx, g.store.bucket, g.object, g.info.Upload, number, content, content.Size(),
		minio.PutObjectPartOptions{Sha256Hex: sum, DisableContentSha256: true})
	return minio.CompletePart{PartNumber: number, ETag: sent.ETag}, trouble(ctx, "send part of growing blob", err)
}

// flush waits until all that was added is kept: what is less than a part as the
// new tail.
func (f *filling) flush(ctx context.Context) error {
	if err := f.wait(); err != nil {
		return err
	}
	g := f.file
	if f.added {
		was := g.tail
		g.tail = f.filled
		if err := f.putTail(ctx); err != nil {
			g.tail = was
			return err
		}
	}
	if f.spool == nil {
		return nil
	}
	for _, name := range g.tails { // none counts any more
		_ = g.store.remove(ctx, growing+g.object+"/"+name) // what stays does not count, and goes with the file
	}
	return nil
}

// putTail writes the tail, unless the file was removed meanwhile.
func (f *filling) putTail(ctx context.Context) error {
	g := f.file
	content := io.NewSectionReader(f.spool.file, f.half*g.info.Part, g.tail)
	if err := g.store.putSmall(ctx, g.tailName(), content, minio.PutObjectOptions{}); err != nil {
		return err
	}
	is, there, err := g.store.readInfo(ctx, g.object)
	if err != nil {
		return err
	}
	if !there || is != g.info {
		_ = g.store.remove(ctx, g.tailName()) // what stays Walk names
		return blob.ErrNoFile
	}
	return nil
}

// end ends the spool, after the part that is being sent.
func (f *filling) end() {
	_ = f.wait() // its failure was told, or there is another before it
	if f.spool != nil {
		_ = f.spool.leave() // nothing of it is wanted
	}
}
