package upload_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/upload"
)

// A bench is uploads on a real store and folder in a test's own directory.
type bench struct {
	t       *testing.T
	store   *sqlitestore.Store
	blobs   blob.Store
	uploads *upload.Uploads
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	dir := t.TempDir()
	var err error
	if b.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if b.blobs, err = dirblob.Open(filepath.Join(dir, "files")); err != nil {
		t.Fatal(err)
	}
	b.uploads = upload.New(upload.Config{
		Store: b.store, Blobs: b.blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		PlanOf:      func(context.Context, string) account.Plan { return account.Plan{} },
		RetentionOf: func(account.Plan) time.Duration { return time.Hour },
	})
	return b
}

// form asks for the form of an upload.
func (b *bench) form(plan account.Plan) upload.Form {
	b.t.Helper()
	f, err := b.uploads.Begin(b.t.Context(), "ann", plan, "a.json")
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// arrive puts a file into the storage without telling anybody, as a client does
// that posts to a bucket, or a process that dies too early.
func (b *bench) arrive(f upload.Form, content string) {
	b.t.Helper()
	w, err := b.blobs.Create(b.t.Context(), f.Upload.BlobKey())
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = w.Commit(b.t.Context())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) has() account.Counts {
	b.t.Helper()
	o, err := b.store.Owner(b.t.Context(), "ann", 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return o.Counts
}
