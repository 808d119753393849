package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/care"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/fault"
	"claimcheck/internal/store/sqlitestore"
)

const (
	backupPage  = 500          // keys of files read at once
	partialName = ".partial-*" // * is random: what has such a name already is somebody else's
	orphanAge   = time.Hour    // of a file without a row in a storage that other servers may be writing to
)

// Backup writes a data folder that a server can be started on: the database as
// it is at one moment, and every file that it names. The folder must not be
// there; it appears when it is complete. Until then the copy is in a folder
// beside it that Backup has made itself, and removes if it fails.
func (o *Operator) Backup(ctx context.Context, dest string) (_ control.Copied, err error) {
	dest, err = filepath.Abs(dest)
	if err != nil {
		return control.Copied{}, fmt.Errorf("find the folder of the copy: %w", err)
	}
	if _, err := os.Lstat(dest); err == nil {
		return control.Copied{}, fault.New(fault.Conflict, "FOLDER_EXISTS", "there is something at %s already; name a folder that is not there", dest)
	}
	if data, err := filepath.Abs(o.cfg.Data); err == nil && !o.cfg.Store.Shared && strings.HasPrefix(dest, data+string(filepath.Separator)) {
		return control.Copied{}, fault.New(fault.Invalid, "FOLDER_WITHIN", "%s is in the data folder, and would be lost with it; name a folder elsewhere", dest)
	}
	files, err := o.files(ctx)
	if err != nil {
		return control.Copied{}, err
	}
	unpin := files.pin()
	defer func() { err = errors.Join(err, unpin(context.WithoutCancel(ctx))) }()
	parent := filepath.Dir(dest)
	if err := makeFolder(parent); err != nil {
		return control.Copied{}, fmt.Errorf("cannot make the folder %s for the copy: %w", parent, plain(err))
	}
	partial, err := os.MkdirTemp(parent, filepath.Base(dest)+partialName)
	if err != nil {
		return control.Copied{}, fmt.Errorf("cannot make the copy in the folder %s: %w", parent, plain(err))
	}
	copied, err := o.copyTo(ctx, files, partial)
	if err == nil {
		err = os.Rename(partial, dest)
	}
	if err == nil {
		return copied, syncFolder(parent)
	}
	return control.Copied{}, errors.Join(fmt.Errorf("back up: %w", err), os.RemoveAll(partial))
}

// A backupStore copies its database while it is used.
type backupStore interface {
	Backup(ctx context.Context, path string) error
}

// copyTo makes the copy.
func (o *Operator) copyTo(ctx context.Context, files *blobs, folder string) (c control.Copied, err error) {
	database := filepath.Join(folder, sqlitestore.FileName)
	kind := storeOf(o.cfg.Store)
	store, ok := o.store.(backupStore)
	if !ok {
		return c, fault.New(fault.Unsupported, "NOT_EMBEDDED", "%s", kind.backupWith)
	}
	if err := store.Backup(ctx, database); err != nil {
		return c, err
	}
	to, err := dirblob.Open(filepath.Join(folder, blobsName))
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	snapshot, err := kind.open(ctx, &config.Config{Data: folder}, events{})
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	for after := ""; ; {
		keys, err := snapshot.NamedKeys(ctx, after, backupPage)
		if err != nil || len(keys) == 0 {
			return c, errors.Join(err, syncFolder(folder))
		}
		for _, key := range keys {
			n, err := files.copy(ctx, key, to)
			switch {
			case fault.Is(err, fault.NotFound): // it was missing before: see doctor
				c.Missing++
			case err != nil:
				return c, fmt.Errorf("copy %s: %w", key, err)
			default:
				c.Files++
				c.Bytes += n
			}
		}
		after = keys[len(keys)-1]
	}
}

// copyBlob copies a file of any storage; its tag is another one afterwards.
func copyBlob(ctx context.Context, from *blobs, key string, to *dirblob.Store) (n int64, err error) {
	r, err := from.Open(ctx, key)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	w, err := to.Create(ctx, key)
	if err != nil {
		return 0, err
	}
	defer w.Abort() // does nothing after Commit
	if n, err = io.Copy(w, r); err != nil {
		return n, err
	}
	return n, w.Commit(ctx)
}

// Doctor compares rows and files, and with repair removes what has lost its
// other half.
func (o *Operator) Doctor(ctx context.Context, repair bool) (care.Report, error) {
	files, err := o.files(ctx)
	if err != nil {
		return care.Report{}, err
	}
	before := time.Now().Add(-orphanAge)
	if o.running == nil && !files.began.IsZero() { // nobody else writes there
		before = time.Now()
	}
	d := &care.Doctor{Store: o.store, Blobs: files}
	if o.running != nil {
		d = o.running.Doctor()
	}
	return d.Examine(ctx, before, repair)
}

// files opens the storage of files when it is first needed.
func (o *Operator) files(ctx context.Context) (*blobs, error) {
	if o.blobs == nil {
		b, err := openBlobs(ctx, o.cfg)
		if err != nil {
			return nil, err
		}
		o.blobs = b
	}
	return o.blobs, nil
}

// close closes what files opened.
func (o *Operator) close() error {
	if o.blobs == nil || o.running != nil {
		return nil
	}
	return o.blobs.close()
}
