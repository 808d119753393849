package dirblob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/disk"
	"claimcheck/internal/fault"
)

var (
	errCommitted = errors.New("blob is already committed")
	errAborted   = errors.New("blob was aborted")
)

// A writer writes a temporary file, to which Commit gives the name of its key.
type writer struct {
	store    *Store
	file     *os.File
	name     string // where the file is now
	target   string // where it belongs
	size     int64
	modified time.Time // the time that the file is given; zero: that of its commit
	ended    error     // why nothing more can be written; nil while something can
}

// Write implements [io.Writer]. After an error it fails for ever, and so does
// Commit.
func (w *writer) Write(p []byte) (int, error) {
	if w.ended != nil {
		return 0, w.ended
	}
	n, err := w.file.Write(p)
	w.size += int64(n)
	if err != nil {
		w.ended = trouble("write blob", err)
	}
	return n, w.ended
}

// Reopen implements [blob.Writer].
func (w *writer) Reopen() (blob.Reader, error) {
	if w.ended != nil && !errors.Is(w.ended, errCommitted) {
		return nil, w.ended
	}
	file, err := w.store.root.Open(w.name)
	if err != nil {
		return nil, trouble("reopen blob", err)
	}
	return newReader(file, w.size, ""), nil
}

// Commit implements [blob.Writer].
func (w *writer) Commit(ctx context.Context) error {
	if w.ended != nil {
		return w.ended
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.publish(); err != nil {
		w.ended = trouble("commit blob", err)
		return w.ended
	}
	w.ended = errCommitted
	return nil
}

// publish makes first the content durable, then the folders, then the name.
func (w *writer) publish() error {
	// Collectors of orphans want the time of the commit, not of the last write;
	// and to the nanosecond it is the content's tag, which copies keep.
	at := w.modified
	if at.IsZero() {
		at = time.Now()
	}
	if err := w.store.root.Chtimes(w.name, at, at); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	folder := path.Dir(w.target)
	for _, f := range []string{path.Dir(folder), folder} {
		if err := w.store.makeFolder(f); err != nil {
			return err
		}
	}
	if err := w.rename(); err != nil {
		return err
	}
	if err := syncFolder(w.store.root, folder); err != nil {
		// The name may or may not last: it must not be seen. If it replaced an
		// older file that one is gone too.
		return errors.Join(err, w.store.root.Remove(w.target))
	}
	return nil
}

// rename gives the file its name; an upload does not replace another.
func (w *writer) rename() error {
	if !strings.HasPrefix(w.target, blob.Uploads) {
		if err := w.store.root.Rename(w.name, w.target); err != nil {
			return err
		}
		w.name = w.target
		return nil
	}
	err := w.store.root.Link(w.name, w.target)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "FILE_EXISTS", "There is such a file already.")
	}
	if err != nil {
		return err
	}
	_ = w.store.root.Remove(w.name) // what stays is removed like any file that was not committed
	w.name = w.target
	return nil
}

// Abort implements [blob.Writer].
func (w *writer) Abort() {
	if errors.Is(w.ended, errCommitted) || errors.Is(w.ended, errAborted) {
		return
	}
	w.ended = errAborted
	w.file.Close()
	if w.name != w.target {
		_ = w.store.root.Remove(w.name) // what stays is removed by the next Open
	}
}

// Copy copies a file to another folder, its time and so its tag too, and
// returns its size. Failures are those of Open and Commit.
func (s *Store) Copy(ctx context.Context, key string, to *Store) (n int64, err error) {
	name, err := location(key)
	if err != nil {
		return 0, err
	}
	r, err := s.Open(ctx, key)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	info, err := s.root.Stat(name)
	if err != nil {
		return 0, trouble("copy blob", err)
	}
	w, err := to.create(name)
	if err != nil {
		return 0, err
	}
	defer w.Abort() // does nothing after Commit
	w.modified = info.ModTime()
	if n, err = io.Copy(w, r); err != nil {
		return n, err
	}
	return n, w.Commit(ctx)
}

// makeFolder makes a folder that lasts. One that was there already is synced
// as well, once: who made it may have died before that.
func (s *Store) makeFolder(name string) error {
	if _, ok := s.durable.Load(name); ok {
		return nil
	}
	if err := s.root.Mkdir(name, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncFolder(s.root, path.Dir(name)); err != nil {
		return err
	}
	s.durable.Store(name, nil)
	return nil
}

func syncFolder(root *os.Root, name string) error {
	folder, err := root.Open(name)
	if err != nil {
		return err
	}
	defer folder.Close()
	return disk.SyncFolder(folder)
}

// A reader reads the first bytes of a file, which may be growing.
type reader struct {
	*io.SectionReader
	file *os.File
	etag string
}

func newReader(file *os.File, size int64, etag string) *reader {
	return &reader{SectionReader: io.NewSectionReader(file, 0, size), file: file, etag: etag}
}

// ETag implements [blob.Reader].
func (r *reader) ETag() string { return r.etag }

// tagOf tells a committed file from any other that may get its name.
func tagOf(info fs.FileInfo) string {
	return strconv.FormatInt(info.Size(), 16) + "-" + strconv.FormatInt(info.ModTime().UnixNano(), 16)
}

// Close implements [io.Closer].
func (r *reader) Close() error { return r.file.Close() }
