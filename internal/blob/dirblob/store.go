// Package dirblob keeps blobs as files in a folder, so that a committed one
// survives a power cut. A folder belongs to one process at a time ([Open]) or is
// shared by several ([Share]), perhaps over a network.
package dirblob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/disk"
	"claimcheck/internal/fault"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
	batch      = 256 // directory entries read at once
	nameBytes  = 8   // of what tells one process's temporary files from another's

	// abandoned is for how long nobody wrote a temporary file of a shared folder
	// whose process is taken for dead.
	abandoned = 24 * time.Hour
)

// A Store is a folder of blobs; blob.go says what its methods promise. Nothing
// outside the folder can be reached through it, not by symbolic links either.
type Store struct {
	root    *os.Root
	opened  time.Time
	name    string        // begins the names of temporary files; no other process has it
	temps   atomic.Uint64 // ends them
	durable sync.Map      // folders known to survive a power cut, as keys
	locks   blob.Locks    // of growing files
}

// Open opens a folder, makes it if its parent is there, and removes what a
// process that died had not committed. No other Store may be open on it.
func Open(folder string) (*Store, error) {
	return open(folder, func(root *os.Root) error {
		if err := root.RemoveAll(tmpFolder); err != nil {
			return err
		}
		return root.Mkdir(tmpFolder, folderMode)
	})
}

// Share opens a folder that other processes may use at the same time, and makes
// it if its parent is there. Of what was not committed it removes only files
// that nobody wrote for a day.
func Share(folder string) (*Store, error) {
	return open(folder, func(root *os.Root) error {
		if err := root.Mkdir(tmpFolder, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return removeAbandoned(root, time.Now().Add(-abandoned))
	})
}

func open(folder string, prepare func(*os.Root) error) (*Store, error) {
	if err := os.Mkdir(folder, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, trouble("open blobs", err)
	}
	if err := syncParent(folder); err != nil {
		return nil, trouble("open blobs", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, trouble("open blobs", err)
	}
	s := &Store{root: root}
	if err := prepare(root); err != nil {
		return nil, errors.Join(trouble("open blobs", err), root.Close())
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(trouble("open blobs", err), root.Close())
	}
	return s, nil
}

// begin finds a name for this process's temporary files and the folder's clock.
func (s *Store) begin() error {
	var b [nameBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		return err
	}
	s.name = hex.EncodeToString(b[:])
	name := path.Join(tmpFolder, s.name)
	file, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close(), s.root.Remove(name)); err != nil {
		return err
	}
	s.opened = info.ModTime()
	return nil
}

// removeAbandoned removes temporary files last written before a time; another
// process may be doing the same.
func removeAbandoned(root *os.Root, before time.Time) error {
	folder, err := root.Open(tmpFolder)
	if err != nil {
		return err
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) {
			err = root.Remove(path.Join(tmpFolder, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Opened is when the folder was opened, by the clock that gives files their times
// (it may be some milliseconds behind the usual one). In a folder that is not shared,
// what was last written before that is of an earlier process.
func (s *Store) Opened() time.Time { return s.opened }

func syncParent(folder string) error {
	full, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	parent, err := os.OpenRoot(filepath.Dir(full))
	if err != nil {
		return err
	}
	defer parent.Close()
	return syncFolder(parent, ".")
}

// Close closes the folder; readers and writers in use stay usable, but writers
// cannot commit.
func (s *Store) Close() error { return s.root.Close() }

// Create implements [blob.Store].
func (s *Store) Create(ctx context.Context, key string) (blob.Writer, error) {
	target, err := location(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.create(target)
}

func (s *Store) create(target string) (*writer, error) {
	name := path.Join(tmpFolder, s.name+"-"+strconv.FormatUint(s.temps.Add(1), 10))
	file, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, trouble("create blob", err)
	}
	return &writer{store: s, file: file, name: name, target: target}, nil
}

// Open implements [blob.Store].
func (s *Store) Open(ctx context.Context, key string) (blob.Reader, error) {
	name, err := location(key)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "there is no such file")
	}
	if err != nil {
		return nil, trouble("open blob", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(trouble("open blob", err), file.Close())
	}
	return newReader(file, info.Size(), tagOf(info)), nil
}

// Remove implements [blob.Store]. After a power cut a removed file may be back:
// it is then one that nothing names. Folders stay.
func (s *Store) Remove(ctx context.Context, keys ...string) error {
	var errs []error
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(errs, err)...)
		}
		err := s.remove(key)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, trouble("remove blob", err))
		}
	}
	return errors.Join(errs...)
}

func (s *Store) remove(key string) error {
	name, err := location(key)
	if err != nil {
		return err
	}
	if blob.CheckGrowing(key) == nil {
		if err := s.removeGrowing(path.Join(growFolder, name)); err != nil {
			return err
		}
	}
	return s.root.Remove(name)
}

// Walk implements [blob.Store]. It also removes what was begun, not committed,
// and last written a day before the given time: its process is taken for dead.
func (s *Store) Walk(ctx context.Context, before time.Time, visit func(key string) error) error {
	if err := s.walk(ctx, before, visit); err != nil {
		return err
	}
	if err := removeAbandoned(s.root, before.Add(-abandoned)); err != nil {
		return trouble("remove abandoned blobs", err)
	}
	return nil
}

func (s *Store) walk(ctx context.Context, before time.Time, visit func(key string) error) error {
	return s.each(ctx, ".", func(first string) error {
		switch first {
		case tmpFolder:
			return nil
		case growFolder: // as the folder itself
			return s.each(ctx, first, func(first string) error { return s.walkFirst(ctx, first, before, visit) })
		}
		return s.walkFirst(ctx, first, before, visit)
	})
}

// walkFirst walks the folder of a first part.
func (s *Store) walkFirst(ctx context.Context, first string, before time.Time, visit func(key string) error) error {
	return s.each(ctx, first, func(fan string) error {
		return s.each(ctx, fan, func(file string) error {
			return s.visit(file, before, visit)
		})
	})
}

func (s *Store) visit(file string, before time.Time, visit func(key string) error) error {
	key, ok := keyOf(strings.TrimPrefix(file, growFolder+"/"))
	if !ok {
		return nil
	}
	info, err := s.root.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist): // removed meanwhile
		return nil
	case err != nil:
		return trouble("walk blobs", err)
	case !info.Mode().IsRegular() || !info.ModTime().Before(before):
		return nil
	}
	return visit(key)
}

// each calls do with the path of everything in a folder; what is no folder has
// nothing in it.
func (s *Store) each(ctx context.Context, name string, do func(string) error) error {
	folder, err := s.root.Open(name)
	if err != nil {
		return trouble("walk blobs", err)
	}
	defer folder.Close()
	if info, err := folder.Stat(); err != nil || !info.IsDir() {
		return err
	}
	for {
		entries, err := folder.ReadDir(batch)
		if err != nil && !errors.Is(err, io.EOF) {
			return trouble("walk blobs", err)
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(path.Join(name, e.Name())); err != nil {
				return err
			}
		}
		if len(entries) == 0 {
			return ctx.Err()
		}
	}
}

// Ping implements [blob.Store] by writing a byte.
func (s *Store) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := s.create("")
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write([]byte{0}); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return trouble("sync blob", err)
	}
	return nil
}

// trouble says what was being done. A full disk and the like are passing:
// Unavailable; anything else is internal, and its path for the log only.
func trouble(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	if disk.Full(err) {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "The server has no room for files now").Because(err)
	}
	return err
}
