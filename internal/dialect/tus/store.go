package tus

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"claimcheck/internal/blob"
	"claimcheck/internal/upload"
)

// A store is our uploads as the handler sees them.
type store struct{ s *server }

// A file is one upload as the handler sees it.
type file struct {
	s  *server
	is upload.Resumable
}

// ours is an upload that this store gave to the handler.
func ours(u handler.Upload) *file {
	f, ok := u.(*file)
	if !ok {
		panic("tus: the handler has an upload that is not ours")
	}
	return f
}

// NewUpload begins an upload.
func (t store) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	on := callOf(ctx)
	name, named := info.MetaData["filename"]
	if !named && !info.IsPartial {
		return nil, told(ctx, errFilename)
	}
	st := upload.Start{Name: name, Type: info.MetaData["filetype"], Length: info.Size, Part: info.IsPartial, Meta: on.Request().Header.Get("Upload-Metadata")}
	if info.SizeIsDeferred {
		st.Length = -1
	}
	for _, id := range info.PartialUploads {
		part, err := t.s.Uploads.Resumable(ctx, on.Owner(), id)
		if err != nil {
			return nil, told(ctx, err)
		}
		st.Of = append(st.Of, part)
	}
	is, err := t.s.Uploads.Start(ctx, on.Owner(), on.Plan(), &st)
	if err != nil {
		return nil, told(ctx, err)
	}
	on.seen, on.made = &is, &is.Upload
	return &file{t.s, is}, nil
}

// GetUpload finds an upload of the caller's.
func (t store) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	on := callOf(ctx)
	if w := on.writing; w != nil && w.Upload.ID == id {
		return &file{t.s, w.Resumable}, nil
	}
	is, err := t.s.Uploads.Resumable(ctx, on.Owner(), id)
	if err != nil {
		return nil, told(ctx, err)
	}
	if id == pathID(on) {
		on.seen = &is
	}
	return &file{t.s, is}, nil
}

// AsTerminatableUpload lets an upload be given up.
func (store) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload { return ours(u) }

// AsConcatableUpload lets an upload be joined of parts.
func (store) AsConcatableUpload(u handler.Upload) handler.ConcatableUpload { return ours(u) }

// AsLengthDeclarableUpload lets an upload be told its length.
func (store) AsLengthDeclarableUpload(u handler.Upload) handler.LengthDeclarableUpload {
	return ours(u)
}

// writing is what the request has the upload with; nil without.
func (f *file) writing(ctx context.Context) *upload.Writing {
	if w := callOf(ctx).writing; w != nil && w.Upload.ID == f.is.Upload.ID {
		return w
	}
	return nil
}

// GetInfo tells how the upload stands.
func (f *file) GetInfo(ctx context.Context) (handler.FileInfo, error) {
	u, state := &f.is.Upload, &f.is.State
	info := handler.FileInfo{
		ID: u.ID, Size: state.Length, Offset: u.Size, MetaData: handler.ParseMetadataHeader(state.Meta),
		IsPartial: state.Part, IsFinal: state.Of != nil, PartialUploads: state.Of,
	}
	if state.Length < 0 {
		info.Size, info.SizeIsDeferred = 0, true
	} else {
		forgetRepeatedLength(ctx, state.Length)
	}
	if w := f.writing(ctx); w != nil {
		var err error
		if info.Offset, err = w.Stand(ctx); err != nil {
			return info, told(ctx, err)
		}
	}
	return info, nil
}

// forgetRepeatedLength leaves aside a length that is said once more: whoever said it
// in a request that was cut off does not know that it arrived, and the handler
// refuses any second one.
func forgetRepeatedLength(ctx context.Context, known int64) {
	if h := callOf(ctx).asked; h.Get("Upload-Length") == strconv.FormatInt(known, 10) {
		h.Del("Upload-Length")
	}
}

// WriteChunk adds what the request's body has. The handler's reader never fails: it
// ends, and the handler knows why.
func (f *file) WriteChunk(ctx context.Context, offset int64, from io.Reader) (int64, error) {
	on, w := callOf(ctx), f.writing(ctx)
	if w == nil {
		return 0, told(ctx, blob.ErrLocked)
	}
	n, err := w.Append(ctx, offset, from)
	if err == nil && w.Wanted() && !on.body.ended && !w.Upload.Done {
		err = blob.ErrLocked
		if f.s.Stopping.Err() != nil {
			err = errStopping
		}
		if on.made != nil {
			err = errStoppingNew // nobody else can want it
		}
	}
	return n, told(ctx, err)
}

// FinishUpload finishes what has all its bytes.
func (f *file) FinishUpload(ctx context.Context) error {
	if w := f.writing(ctx); w != nil {
		_, err := w.Stand(ctx)
		return told(ctx, err)
	}
	return f.own(ctx, func(w *upload.Writing) error {
		_, err := w.Stand(ctx)
		return err
	})
}

// ConcatUploads joins the upload of its parts.
func (f *file) ConcatUploads(ctx context.Context, list []handler.Upload) error {
	var parts []upload.Resumable
	for _, u := range list {
		parts = append(parts, ours(u).is)
	}
	return f.own(ctx, func(w *upload.Writing) error { return w.Join(ctx, parts) })
}

// own does something while the request has the upload for itself.
func (f *file) own(ctx context.Context, do func(*upload.Writing) error) error {
	on := callOf(ctx)
	w, err := f.s.Uploads.Take(ctx, on.Owner(), on.Plan(), f.is.Upload.ID, nil)
	if err != nil {
		return told(ctx, err)
	}
	defer w.Release()
	err = do(w)
	on.seen = &w.Resumable
	return told(ctx, err)
}

// DeclareLength says how long the upload will be.
func (f *file) DeclareLength(ctx context.Context, length int64) error {
	w := f.writing(ctx)
	if w == nil {
		return told(ctx, blob.ErrLocked)
	}
	return told(ctx, w.Declare(ctx, length))
}

// Terminate gives the upload up.
func (f *file) Terminate(ctx context.Context) error {
	err := f.s.Uploads.Drop(ctx, callOf(ctx).Owner(), f.is.Upload.ID)
	if err == nil {
		callOf(ctx).over = true
	}
	return told(ctx, err)
}

// GetReader is of no use: downloads are not served here.
func (*file) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// A locker has uploads for requests, by their leases.
type locker struct{ s *server }

// NewLock implements [handler.Locker].
func (l locker) NewLock(id string) (handler.Lock, error) { return &lock{s: l.s, id: id}, nil }

type lock struct {
	s      *server
	id     string
	on     *call
	forget func() bool // of the end of the server
}

// Lock has the upload for the request. What is finished needs no lock, and what is
// not there has none: the handler is told so next. The handler's own way to be asked
// to let go is not taken: it would answer 400 also where all bytes were kept.
func (l *lock) Lock(ctx context.Context, _ func()) error {
	l.on = callOf(ctx)
	is, err := l.s.Uploads.Resumable(ctx, l.on.Owner(), l.id)
	if err != nil {
		return told(ctx, err)
	}
	if l.on.seen = &is; is.Upload.Done {
		return nil
	}
	var w *upload.Writing
	taken := make(chan struct{})
	w, err = l.s.Uploads.Take(ctx, l.on.Owner(), l.on.Plan(), l.id, func() {
		go func() {
			<-taken
			l.on.endBody(w)
		}()
	})
	close(taken)
	if err != nil {
		return told(ctx, err)
	}
	l.on.writing = w
	l.forget = context.AfterFunc(l.s.Stopping, w.Ask)
	return nil
}

// endBody lets the request's body end, again and again until the upload is released:
// a read may begin meanwhile.
func (on *call) endBody(w *upload.Writing) {
	if w == nil {
		return
	}
	tick := time.NewTicker(endBodyEvery)
	defer tick.Stop()
	for on.EndBody() {
		select {
		case <-w.Released():
			return
		case <-tick.C:
		}
	}
}

const endBodyEvery = 50 * time.Millisecond

// Unlock lets others have the upload.
func (l *lock) Unlock() error {
	w := l.on.writing
	if w == nil {
		return nil
	}
	l.forget()
	is := w.Resumable
	w.Release()
	l.on.writing, l.on.seen = nil, &is
	return nil
}

// pathID is the id of the upload that a request is about.
func pathID(on *call) string { return on.Request().PathValue("id") }
