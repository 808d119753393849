package dirblob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"claimcheck/internal/blob"
)

// growFolder is for growing files, each at the location that its key has within
// the folder of blobs; no key has a location here. Beside each is its note.
const growFolder = "growing="

// A growing file may have more bytes than count: those that were written
// when the process died or the power was cut. How many count is in its note.
const (
	noteSuffix = "=length" // no key's location ends so
	noteFormat = "%016x\n"
	noteBytes  = 17 // in place, within one sector: whole or not at all
)

const (
	noteEvery   = 16 << 20 // bytes after which a long append notes what it has
	bufferBytes = 256 << 10
)

// growth is where a key grows, and where it is finished.
func growth(key string) (name, target string, err error) {
	if err := blob.CheckGrowing(key); err != nil {
		return "", "", err
	}
	target, err = location(key)
	return path.Join(growFolder, target), target, err
}

// Begin implements [blob.Grower].
func (s *Store) Begin(ctx context.Context, key string, _ int64) error {
	name, target, err := growth(key)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := s.root.Stat(target); err == nil {
		return blob.ErrExists
	}
	folder := path.Dir(name)
	for _, f := range []string{growFolder, path.Dir(folder), folder} {
		if err := s.makeFolder(f); err != nil {
			return trouble("begin growing blob", err)
		}
	}
	data, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return blob.ErrExists
	}
	if err != nil {
		return trouble("begin growing blob", err)
	}
	err = errors.Join(data.Close(), s.beginNote(name), syncFolder(s.root, folder))
	if err != nil { // it must not be there after a failure
		return trouble("begin growing blob", errors.Join(err, s.removeGrowing(name)))
	}
	return nil
}

// beginNote has room for the note from the beginning: writing it later must not
// fail because the disk is full.
func (s *Store) beginNote(name string) error {
	note, err := s.root.OpenFile(name+noteSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(note, noteFormat, 0)
	return errors.Join(err, note.Sync(), note.Close())
}

// readNote returns how many bytes count; a note that is not there, or not whole,
// was never finished, so that none do.
func (s *Store) readNote(name string) (length int64, there bool, err error) {
	b, err := s.root.ReadFile(name + noteSuffix)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) < noteBytes {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if _, err := fmt.Sscanf(string(b), noteFormat, &length); err != nil {
		return 0, false, fmt.Errorf("note of a growing blob: %w", err)
	}
	return length, true, nil
}

// Append implements [blob.Grower].
func (s *Store) Append(ctx context.Context, key string, at int64, from io.Reader) (n int64, err error) {
	g, err := s.grow(ctx, key)
	if err != nil {
		return 0, err
	}
	defer g.end()
	if g.kept != at {
		return 0, blob.Mismatch(at, g.kept)
	}
	err = g.take(ctx, from)
	return g.kept - at, err
}

// Length implements [blob.Grower].
func (s *Store) Length(ctx context.Context, key string) (int64, error) {
	name, target, err := growth(key)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if info, err := s.root.Stat(target); err == nil {
		return info.Size(), nil
	}
	length, there, err := s.readNote(name)
	if err != nil {
		return 0, trouble("measure growing blob", err)
	}
	if _, err = s.root.Stat(name); err == nil && there {
		return length, nil
	}
	if info, err := s.root.Stat(target); err == nil { // finished meanwhile
		return info.Size(), nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, blob.ErrNoFile
	}
	if err != nil {
		return 0, trouble("measure growing blob", err)
	}
	return 0, nil
}

// Finish implements [blob.Grower]. The file gets its name while it still has the
// other; from then on it takes no more.
func (s *Store) Finish(ctx context.Context, key string, size int64) error {
	g, err := s.grow(ctx, key)
	if errors.Is(err, blob.ErrFinished) {
		return s.finished(key, size)
	}
	if err != nil {
		return err
	}
	defer g.end()
	if g.kept != size {
		return blob.Mismatch(size, g.kept)
	}
	if err := g.finish(); err != nil {
		return trouble("finish growing blob", err)
	}
	return nil
}

// finished removes what a process left that died while it finished a file.
func (s *Store) finished(key string, size int64) error {
	name, target, err := growth(key)
	if err != nil {
		return err
	}
	info, err := s.root.Stat(target)
	if err != nil {
		return trouble("finish growing blob", err)
	}
	if info.Size() != size {
		return blob.Mismatch(size, info.Size())
	}
	if err := syncFolder(s.root, path.Dir(target)); err != nil {
		return trouble("finish growing blob", err)
	}
	return s.removeGrowing(name)
}

// removeGrowing removes the note first: what is left by a process that dies in
// between is found by a walk.
func (s *Store) removeGrowing(name string) error {
	for _, n := range []string{name + noteSuffix, name} {
		if err := s.root.Remove(n); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return trouble("remove growing blob", err)
		}
	}
	return nil
}

// Join implements [blob.Grower]; on Linux the kernel copies.
func (s *Store) Join(ctx context.Context, key string, from []string) (size int64, err error) {
	_, target, err := growth(key)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	w, err := s.create(target)
	if err != nil {
		return 0, err
	}
	defer w.Abort() // does nothing after Commit
	for _, part := range from {
		if err := s.copyTo(ctx, w, part); err != nil {
			return 0, err
		}
	}
	return w.size, w.Commit(ctx)
}

// copyTo adds a file to what is written.
func (s *Store) copyTo(ctx context.Context, w *writer, key string) error {
	name, err := location(key)
	if err != nil {
		return err
	}
	file, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return blob.ErrNoFile
	}
	if err != nil {
		return trouble("join blobs", err)
	}
	defer file.Close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := w.file.ReadFrom(io.LimitReader(file, noteEvery))
		w.size += n
		if err != nil {
			return trouble("join blobs", err)
		}
		if n == 0 {
			return nil
		}
	}
}
