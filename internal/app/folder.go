package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"claimcheck/internal/control"
	"claimcheck/internal/disk"
	"claimcheck/internal/fault"
	"claimcheck/internal/store/sqlitestore"
)

const (
	lockName       = "lock"
	folderPatience = 10 * time.Second // for who has the folder and answers no commands
	folderAgain    = 20 * time.Millisecond
)

// ErrFolderInUse means that another process has locked the data folder.
var ErrFolderInUse = errors.New("another claimcheck server is running on it")

// A folder is the data folder, locked by this process.
type folder struct {
	path string
	lock *os.File
}

// waitForFolder is lockFolder that waits for a while as long as nobody answers
// commands there: who has the folder is a command, and soon done, or a server that
// is starting or stopping. It is [ErrFolderInUse] when a server answers.
func waitForFolder(ctx context.Context, path string) (*folder, error) {
	patient, stop := context.WithTimeout(ctx, folderPatience)
	defer stop()
	again := time.NewTicker(folderAgain)
	defer again.Stop()
	for {
		f, err := lockFolder(path)
		if !errors.Is(err, ErrFolderInUse) || control.Answers(ctx, path) {
			return f, err
		}
		select {
		case <-again.C:
		case <-patient.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("cannot use the data folder %s: another claimcheck has it and takes no commands; try again when it is done", path)
		}
	}
}

// lockFolder makes the data folder if needed and takes it for this process;
// the lock ends with the process, however that ends.
func lockFolder(path string) (*folder, error) {
	err := makeFolder(path)
	if err == nil { // an earlier process may have died between making and syncing it
		err = syncFolder(filepath.Dir(filepath.Clean(path)))
		if errors.Is(err, fs.ErrPermission) {
			err = nil // somebody else made it: its parent is not ours to read
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot use the data folder %s: %w", path, plain(err))
	}
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("cannot use the data folder %s: %w", path, plain(err))
	}
	if err := disk.Lock(f); err != nil {
		f.Close()
		if errors.Is(err, disk.ErrLocked) {
			err = ErrFolderInUse
		}
		return nil, fmt.Errorf("cannot use the data folder %s: %w", path, err)
	}
	return &folder{path: path, lock: f}, nil
}

// Installed fails with a sentence for the operator if there is no database in
// a folder: what looks at an installation, copies or changes it must not make
// an empty one where none is.
func Installed(path string) error {
	_, err := os.Stat(filepath.Join(path, sqlitestore.FileName))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fault.New(fault.Invalid, "NO_DATABASE", "there is no database of claimcheck in the folder %s; name the data folder of a server", path)
	case err != nil:
		return fmt.Errorf("cannot use the data folder %s: %w", path, plain(err))
	}
	return nil
}

// makeFolder makes a folder and those above it that are missing, each durably:
// a power cut must not take the folder away with all that was promised in it.
func makeFolder(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find the folder: %w", err)
	}
	parent := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if parent != path {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(parent)
}

// syncFolder makes what was made in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // the operator names the folder
	if err != nil {
		return err
	}
	return errors.Join(disk.SyncFolder(d), d.Close())
}

// plain drops the operation and path that os puts before the cause.
func plain(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

func (f *folder) unlock() { f.lock.Close() }
