package dirblob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/disk"
)

// A growing is a growing file that this process alone writes to, until end.
type growing struct {
	store  *Store
	name   string // where it grows
	target string // where it belongs when it is finished
	data   *os.File
	kept   int64 // bytes that count
	size   int64 // bytes that are written
	unlock func()
}

// grow takes a growing file to write to. Bytes of a process that died, which do
// not count, are cut off.
func (s *Store) grow(ctx context.Context, key string) (g *growing, err error) {
	g = &growing{store: s}
	if g.name, g.target, err = growth(key); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if g.unlock, err = s.locks.Lock(key); err != nil {
		return nil, err
	}
	if err := g.open(); err != nil {
		g.end()
		return nil, err
	}
	return g, nil
}

func (g *growing) open() (err error) {
	root := g.store.root
	g.data, err = root.OpenFile(g.name, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return trouble("open growing blob", err)
	}
	if err == nil {
		err := disk.Lock(g.data) // keeps other processes away
		if errors.Is(err, disk.ErrLocked) {
			return blob.ErrLocked
		}
		if err != nil {
			return trouble("lock growing blob", err)
		}
	}
	if _, err := root.Stat(g.target); err == nil {
		return blob.ErrFinished
	}
	if err := g.check(); err != nil {
		return err
	}
	if g.kept, _, err = g.store.readNote(g.name); err != nil {
		return trouble("open growing blob", err)
	}
	info, err := g.data.Stat()
	switch {
	case err != nil:
	case info.Size() < g.kept:
		err = fmt.Errorf("%d bytes of %d are there", info.Size(), g.kept)
	case info.Size() > g.kept:
		err = g.data.Truncate(g.kept)
	}
	if err != nil {
		return trouble("open growing blob", err)
	}
	g.size = g.kept
	return nil
}

// check fails with NotFound if the file was removed.
func (g *growing) check() error {
	if g.data == nil {
		return blob.ErrNoFile
	}
	is, err := g.store.root.Stat(g.name)
	if errors.Is(err, fs.ErrNotExist) {
		return blob.ErrNoFile
	}
	if err != nil {
		return trouble("look for growing blob", err)
	}
	mine, err := g.data.Stat()
	if err != nil {
		return trouble("look for growing blob", err)
	}
	if !os.SameFile(is, mine) {
		return blob.ErrNoFile
	}
	return nil
}

// end lets others write to the file.
func (g *growing) end() {
	if g.data != nil {
		_ = g.data.Close() // what counts was synced; this ends the lock
	}
	g.unlock()
}

// take adds what a reader gives. What was taken before a failure is kept.
func (g *growing) take(ctx context.Context, from io.Reader) error {
	buffer := make([]byte, bufferBytes)
	var stopped error
	for stopped == nil {
		if stopped = ctx.Err(); stopped != nil {
			break
		}
		n, err := from.Read(buffer)
		stopped = err
		if n > 0 {
			wrote, err := g.data.WriteAt(buffer[:n], g.size)
			g.size += int64(wrote)
			if err != nil {
				stopped = trouble("write growing blob", err)
			}
		}
		if g.size-g.kept >= noteEvery {
			if err := g.keep(); err != nil {
				return err
			}
		}
	}
	if err := g.keep(); err != nil {
		return err
	}
	if errors.Is(stopped, io.EOF) {
		return nil
	}
	return stopped
}

// keep makes what was written count: first the bytes are made durable, then the
// note that says so.
func (g *growing) keep() error {
	if g.size == g.kept {
		return nil
	}
	if err := g.check(); err != nil {
		return err
	}
	if err := g.data.Sync(); err != nil {
		return trouble("sync growing blob", err)
	}
	if err := g.writeNote(); err != nil {
		return trouble("note length of growing blob", err)
	}
	g.kept = g.size
	return nil
}

func (g *growing) writeNote() error {
	root := g.store.root
	note, err := root.OpenFile(g.name+noteSuffix, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) { // whoever began the file died before it made one
		if err := g.store.beginNote(g.name); err != nil {
			return err
		}
		if err := syncFolder(root, path.Dir(g.name)); err != nil {
			return err
		}
		note, err = root.OpenFile(g.name+noteSuffix, os.O_WRONLY, 0)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(note, noteFormat, g.size)
	return errors.Join(err, note.Sync(), note.Close())
}

// finish gives the file its name.
func (g *growing) finish() error {
	root, now := g.store.root, time.Now()
	if err := root.Chtimes(g.name, now, now); err != nil { // its tag, as of every file that is committed
		return err
	}
	if err := g.data.Sync(); err != nil {
		return err
	}
	folder := path.Dir(g.target)
	for _, f := range []string{path.Dir(folder), folder} {
		if err := g.store.makeFolder(f); err != nil {
			return err
		}
	}
	if err := root.Link(g.name, g.target); err != nil {
		return err
	}
	if err := syncFolder(root, folder); err != nil {
		return err // the next call goes on here
	}
	return g.store.removeGrowing(g.name)
}
