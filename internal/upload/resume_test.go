package upload_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/upload"
)

// A yard is servers' uploads on one store and folder, within a bubble of time.
type yard struct {
	t     *testing.T
	store *sqlitestore.Store
	blobs *dirblob.Store
}

// inYard runs a test in a bubble.
func inYard(t *testing.T, test func(y *yard)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		y := &yard{t: t}
		var err error
		if y.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := y.store.Close(); err != nil {
				t.Error(err)
			}
		}()
		if y.blobs, err = dirblob.Open(filepath.Join(dir, "files")); err != nil {
			t.Fatal(err)
		}
		test(y)
	})
}

// server is the uploads of one server, which is alone or not.
func (y *yard) server(alone bool) *upload.Uploads { return y.serverOn(y.blobs, alone) }

// serverOn is one whose files grow elsewhere.
func (y *yard) serverOn(grower blob.Grower, alone bool) *upload.Uploads {
	return upload.New(upload.Config{
		Store: y.store, Blobs: y.blobs, Grower: grower, Alone: alone, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		PlanOf:      func(context.Context, string) account.Plan { return account.Plan{} },
		RetentionOf: func(account.Plan) time.Duration { return 72 * time.Hour },
	})
}

// begin begins ann's upload.
func (y *yard) begin(s *upload.Uploads, length int64) upload.Resumable {
	y.t.Helper()
	r, err := s.Start(y.t.Context(), "ann", account.Plan{}, &upload.Start{Name: "a.json", Length: length, Type: "text/plain"})
	y.must(err)
	return r
}

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }

func (y *yard) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) take(s *upload.Uploads, r upload.Resumable) *upload.Writing {
	y.t.Helper()
	w, err := s.Take(y.t.Context(), "ann", account.Plan{}, r.Upload.ID, nil)
	y.must(err)
	return w
}

// add adds a text as one request does.
func (y *yard) add(s *upload.Uploads, r upload.Resumable, at int64, text string) {
	y.t.Helper()
	w := y.take(s, r)
	defer w.Release()
	n, err := w.Append(y.t.Context(), at, strings.NewReader(text))
	if y.must(err); n != int64(len(text)) {
		y.t.Fatalf("%d bytes were kept of %d", n, len(text))
	}
}

// stands is how many bytes there are.
func (y *yard) stands(s *upload.Uploads, r upload.Resumable) int64 {
	y.t.Helper()
	w := y.take(s, r)
	defer w.Release()
	n, err := w.Stand(y.t.Context())
	y.must(err)
	return n
}

// write writes into the row as somebody else does.
func (y *yard) write(r upload.Resumable, change func(*job.Resume)) {
	y.t.Helper()
	y.must(y.store.ChangeUpload(y.t.Context(), r.Upload.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		state, err := job.ParseResume(u.Resume)
		change(&state)
		u.Resume = state.Encode()
		return true, err
	}))
}

func (y *yard) state(r upload.Resumable) job.Resume {
	y.t.Helper()
	u, err := y.store.Upload(y.t.Context(), r.Upload.ID)
	y.must(err)
	state, err := job.ParseResume(u.Resume)
	y.must(err)
	return state
}

func (y *yard) has() account.Counts {
	y.t.Helper()
	o, err := y.store.Owner(y.t.Context(), "ann", 0)
	y.must(err)
	return o.Counts
}

// TestAnUploadSurvivesTheDeathOfItsProcess at each of its steps: what is durable
// counts, and what is whole becomes a file.
func TestAnUploadSurvivesTheDeathOfItsProcess(t *testing.T) {
	for _, c := range []struct {
		name string
		step func(y *yard, key string)
		want int64
	}{
		{"bytes without a word in the row", func(y *yard, key string) { y.grow(key, "abc") }, 3},
		{"all bytes", func(y *yard, key string) { y.grow(key, "abcdefghi") }, 9},
		{"a finished file", func(y *yard, key string) {
			y.grow(key, "abcdefghi")
			y.must(y.blobs.Finish(y.t.Context(), key, 9))
		}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			inYard(t, func(y *yard) {
				t := y.t
				r := y.begin(y.server(true), 9)
				c.step(y, r.Upload.BlobKey())
				s := y.server(true)
				if got := y.stands(s, r); got != c.want {
					t.Fatalf("there are %d bytes, want %d", got, c.want)
				}
				if c.want < 9 {
					y.add(s, r, 3, "defghi")
				}
				u, err := s.Find(t.Context(), "ann", account.Plan{}, r.Upload.Key())
				if err != nil || u.Size != 9 || u.Type != "text/plain" || u.ETag == "" {
					t.Errorf("got %+v, %v", u, err)
				}
				if got := y.has(); got != (account.Counts{StoredBytes: 9}) {
					t.Errorf("counted are %+v", got)
				}
			})
		})
	}
}

func (y *yard) grow(key, text string) {
	y.t.Helper()
	_, err := y.blobs.Append(y.t.Context(), key, 0, strings.NewReader(text))
	y.must(err)
}

func TestAnUploadExpiresAndIsRememberedForADay(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r, done := y.begin(s, 9), y.begin(s, 3)
		y.add(s, r, 0, "abc")
		y.add(s, done, 0, "abc")
		if got := y.has(); got != (account.Counts{PendingUploads: 1, StoredBytes: 6}) {
			t.Errorf("counted are %+v", got)
		}
		pass(59 * time.Minute)
		y.add(s, r, 3, "d") // its hour begins anew
		pass(59 * time.Minute)
		y.sweep(s)
		if got := y.stands(s, r); got != 4 {
			t.Fatalf("there are %d bytes", got)
		}
		pass(time.Hour)
		if _, err := s.Resumable(t.Context(), "ann", r.Upload.ID); !errors.Is(err, upload.ErrGone) {
			t.Errorf("before it was swept: %v", err)
		}
		y.sweep(s)
		for range 2 {
			if _, err := s.Resumable(t.Context(), "ann", r.Upload.ID); !errors.Is(err, upload.ErrGone) {
				t.Errorf("got %v, want %v", err, upload.ErrGone)
			}
			if _, err := s.Resumable(t.Context(), "bob", r.Upload.ID); !fault.IsCode(err, "FILE_NOT_FOUND") {
				t.Errorf("another owner is told %v", err)
			}
			pass(time.Hour)
			y.sweep(s)
		}
		if _, err := y.blobs.Length(t.Context(), r.Upload.BlobKey()); !fault.Is(err, fault.NotFound) {
			t.Errorf("its bytes: %v", err)
		}
		pass(72 * time.Hour)
		y.sweep(s)
		if _, err := s.Resumable(t.Context(), "ann", r.Upload.ID); !fault.IsCode(err, "FILE_NOT_FOUND") {
			t.Errorf("days later: %v", err)
		}
		if _, err := s.Resumable(t.Context(), "ann", done.Upload.ID); !errors.Is(err, upload.ErrGone) {
			t.Errorf("the finished one: %v", err)
		}
		if got := y.has(); got != (account.Counts{}) {
			t.Errorf("counted are %+v", got)
		}
	})
}

// sweep removes what has expired, as package care does.
func (y *yard) sweep(s *upload.Uploads) {
	y.t.Helper()
	list, err := protocol.ExpiredUploads(y.t.Context(), y.store, time.Now(), 100)
	y.must(err)
	for i := range list {
		_, err := s.RemoveExpired(y.t.Context(), &list[i], time.Now())
		y.must(err)
	}
}

// TestAnUploadWithoutItsFileIsGone: a backup was restored, which has no files that grow.
func TestAnUploadWithoutItsFileIsGone(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r := y.begin(s, 9)
		y.must(y.blobs.Remove(t.Context(), r.Upload.BlobKey()))
		w := y.take(s, r)
		defer w.Release()
		if _, err := w.Stand(t.Context()); !errors.Is(err, upload.ErrGone) {
			t.Errorf("got %v, want %v", err, upload.ErrGone)
		}
	})
}

func TestAPartIsNoInput(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r, err := s.Start(t.Context(), "ann", account.Plan{}, &upload.Start{Length: 3, Part: true})
		y.must(err)
		y.add(s, r, 0, "abc")
		if _, err := s.Find(t.Context(), "ann", account.Plan{}, r.Upload.Key()); !fault.IsCode(err, "FILE_NOT_FOUND") {
			t.Errorf("got %v, want FILE_NOT_FOUND", err)
		}
	})
}

// TestRoomIsLookedForAgainAtTheEnd: two uploads that began while there was room for
// either.
func TestRoomIsLookedForAgainAtTheEnd(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s, plan := y.server(true), account.Plan{MaxStoredBytes: 10}
		var list []*upload.Writing
		for range 2 {
			r, err := s.Start(t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: 8})
			y.must(err)
			w, err := s.Take(t.Context(), "ann", plan, r.Upload.ID, nil)
			y.must(err)
			list = append(list, w)
		}
		_, err := list[0].Append(t.Context(), 0, strings.NewReader("12345678"))
		y.must(err)
		list[0].Release()
		n, err := list[1].Append(t.Context(), 0, strings.NewReader("12345678"))
		list[1].Release()
		if n != 8 || !fault.IsCode(err, "STORAGE_FULL") {
			t.Errorf("got %d, %v", n, err)
		}
		y.must(s.Drop(t.Context(), "ann", list[0].Upload.ID))
		w, err := s.Take(t.Context(), "ann", plan, list[1].Upload.ID, nil)
		y.must(err)
		defer w.Release()
		if n, err := w.Stand(t.Context()); err != nil || n != 8 || !w.Upload.Done {
			t.Errorf("once there is room: %d, %v, %+v", n, err, w.Upload)
		}
	})
}
