package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/transfer"
)

const (
	copyRows  = 2000     // written in one transaction
	copyBytes = 16 << 20 // the same, about
)

// Progress is how far a copy has come.
type Progress struct {
	What string // a table, or files, or what is checked
	Done int64
	Of   int64 // 0: not known
}

// A mover copies an installation from a data folder into a shared store.
type mover struct {
	from  *store
	rows  transfer.Source // of from
	files *dirblob.Store
	to    transfer.Target
	blobs *blobs
	tell  func(Progress)

	tags    map[string]string // blob key of an upload -> its tag in the new storage, where that differs
	uploads map[string]bool   // ids of jobs whose input is an upload
	sums    map[string]*transfer.Sum
}

// Copy copies an embedded installation, its data folder being from, into the
// database and the storage of files of cfg: rows and files, then it reads all of
// it again and compares. A copy that was interrupted goes on when it is called
// again; servers can be started on the database once it is complete. tell is
// told how far it is.
func Copy(ctx context.Context, cfg config.Config, from string, tell func(Progress)) (err error) {
	f, err := lockFolder(from)
	if err != nil {
		return err
	}
	defer f.unlock()
	m := &mover{tell: tell, tags: map[string]string{}, uploads: map[string]bool{}, sums: map[string]*transfer.Sum{}}
	source := config.Config{Data: from}
	if m.from, err = storeOf(source.Store).open(ctx, &source, events{}); err != nil {
		return fmt.Errorf("open the data folder: %w", err)
	}
	defer func() { err = errors.Join(err, m.from.Close()) }()
	var ok bool
	if m.rows, ok = m.from.aStore.(transfer.Source); !ok {
		return fault.New(fault.Unsupported, "NO_COPY", "the store of the data folder cannot be copied")
	}
	if m.files, err = dirblob.Open(filepath.Join(from, blobsName)); err != nil {
		return fmt.Errorf("open the folder of files: %w", err)
	}
	defer func() { err = errors.Join(err, m.files.Close()) }()
	if m.blobs, err = openBlobs(ctx, &cfg); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.blobs.close()) }()
	name, err := m.name(ctx)
	if err != nil {
		return err
	}
	if m.to, err = storeOf(cfg.Store).copyInto(ctx, &cfg, name); err != nil {
		return err
	}
	defer m.to.Close()
	return m.move(ctx)
}

// name tells this installation from any other: by its first signing secret.
func (m *mover) name(ctx context.Context) (string, error) {
	secrets, err := m.from.Secrets(ctx)
	if err != nil || len(secrets) == 0 {
		return "no secret", err
	}
	return secrets[0].ID, nil
}

func (m *mover) move(ctx context.Context) error {
	if err := m.copyFiles(ctx); err != nil {
		return err
	}
	for _, t := range transfer.Tables() {
		if err := m.copyTable(ctx, t); err != nil {
			return err
		}
	}
	for _, t := range transfer.Tables() {
		m.tell(Progress{What: "check " + t.Name, Of: m.sums[t.Name].Rows})
		sum, err := m.to.Sum(ctx, t)
		if err != nil {
			return err
		}
		if !sum.Same(m.sums[t.Name]) {
			return fmt.Errorf("the %d rows of %s in the database are not the %d that were copied: is it in use?", sum.Rows, t.Name, m.sums[t.Name].Rows)
		}
		m.tell(Progress{What: "check " + t.Name, Done: sum.Rows, Of: sum.Rows})
	}
	last, err := m.from.LastSeq(ctx)
	if err != nil {
		return err
	}
	return m.to.Finish(ctx, last)
}

// copyFiles copies every file that a row names, and reads it again.
func (m *mover) copyFiles(ctx context.Context) error {
	var done int64
	for after := ""; ; {
		keys, err := m.from.NamedKeys(ctx, after, backupPage)
		if err != nil || len(keys) == 0 {
			m.tell(Progress{What: "files", Done: done, Of: done})
			return err
		}
		for _, key := range keys {
			if err := m.copyFile(ctx, key); err != nil {
				return fmt.Errorf("copy %s: %w", key, err)
			}
			done++
			m.tell(Progress{What: "files", Done: done})
		}
		after = keys[len(keys)-1]
	}
}

func (m *mover) copyFile(ctx context.Context, key string) error {
	want, wantTag, err := digest(ctx, m.files, key)
	if fault.Is(err, fault.NotFound) { // its row is copied, and doctor will tell
		return nil
	}
	if err != nil {
		return err
	}
	got, tag, err := digest(ctx, m.blobs, key)
	if err != nil || !bytes.Equal(got, want) {
		got, tag, err = m.sendFile(ctx, key)
	}
	switch {
	case err != nil:
		return err
	case !bytes.Equal(got, want):
		return errors.New("what arrived is not what was sent")
	case tag != wantTag:
		m.tags[key] = tag
	}
	return nil
}

// sendFile copies a file in place of what is there, and reads what arrived.
func (m *mover) sendFile(ctx context.Context, key string) (sum []byte, tag string, err error) {
	if err := m.blobs.Remove(ctx, key); err != nil {
		return nil, "", err
	}
	if err := copyInto(ctx, m.files, key, m.blobs); err != nil {
		return nil, "", err
	}
	return digest(ctx, m.blobs, key)
}

// digest is the SHA-256 of a file, and its tag.
func digest(ctx context.Context, from blob.Store, key string) (sum []byte, tag string, err error) {
	r, err := from.Open(ctx, key)
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	h := sha256.New()
	_, err = io.Copy(h, r)
	return h.Sum(nil), r.ETag(), err
}

func copyInto(ctx context.Context, from blob.Store, key string, to blob.Store) error {
	r, err := from.Open(ctx, key)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := to.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort() // does nothing after Commit
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	return w.Commit(ctx)
}

func (m *mover) copyTable(ctx context.Context, t transfer.Table) error {
	of, err := m.rows.Count(ctx, t)
	if err != nil {
		return err
	}
	sum := &transfer.Sum{}
	m.sums[t.Name] = sum
	var rows []transfer.Row
	size := 0
	put := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := m.to.Put(ctx, t, rows)
		rows, size = rows[:0], 0
		m.tell(Progress{What: t.Name, Done: sum.Rows, Of: of})
		return err
	}
	m.tell(Progress{What: t.Name, Of: of})
	err = m.rows.Export(ctx, t, func(row transfer.Row) error {
		if err := m.rewrite(t, row); err != nil {
			return err
		}
		sum.Add(row)
		rows = append(rows, row)
		for _, v := range row {
			if b, ok := v.([]byte); ok {
				size += len(b)
			}
		}
		if len(rows) >= copyRows || size >= copyBytes {
			return put()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return put()
}

// rewrite gives uploads, and the jobs that have them for input, the tags that
// their files have in the new storage.
func (m *mover) rewrite(t transfer.Table, row transfer.Row) error {
	if len(m.tags) == 0 {
		return nil
	}
	at := func(column string) *any {
		for i, c := range t.Columns {
			if c.Name == column {
				return &row[i]
			}
		}
		panic("app: no column " + column)
	}
	switch t.Name {
	case "uploads":
		u := job.Upload{ID: text(*at("id")), Owner: text(*at("owner")), Name: text(*at("name"))}
		if tag, ok := m.tags[u.BlobKey()]; ok {
			*at("etag") = tag
		}
	case "jobs":
		if *at("input_where") == any(int64(job.InUpload)) {
			m.uploads[string(raw(*at("id")))] = true
		}
	case "inputs":
		if !m.uploads[string(raw(*at("id")))] {
			return nil
		}
		source, err := job.ParseSource(raw(*at("data")))
		if err != nil {
			return err
		}
		if tag, ok := m.tags[source.Key]; ok {
			source.ETag = tag
			*at("data") = source.Encode()
		}
	}
	return nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func raw(v any) []byte {
	b, _ := v.([]byte)
	return b
}
