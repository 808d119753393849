package upload_test

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/upload"
)

// part is a finished part of ann's.
func (y *yard) part(s *upload.Uploads, plan account.Plan, text string) upload.Resumable {
	y.t.Helper()
	r, err := s.Start(y.t.Context(), "ann", plan, &upload.Start{Length: int64(len(text)), Part: true})
	y.must(err)
	y.add(s, r, 0, text)
	r, err = s.Resumable(y.t.Context(), "ann", r.Upload.ID)
	y.must(err)
	return r
}

// join joins parts as a request does.
func (y *yard) join(s *upload.Uploads, plan account.Plan, parts ...upload.Resumable) error {
	y.t.Helper()
	length := int64(0)
	for i := range parts {
		length += parts[i].Upload.Size
	}
	r, err := s.Start(y.t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: length, Of: parts})
	if err != nil {
		return err
	}
	w, err := s.Take(y.t.Context(), "ann", plan, r.Upload.ID, nil)
	y.must(err)
	defer w.Release()
	return w.Join(y.t.Context(), parts)
}

// TestAPartMakesRoomOnce, however often it is listed: parts go when they were joined, which
// is why their bytes are not counted beside those of what they make.
func TestAPartMakesRoomOnce(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s, plan := y.server(true), account.Plan{MaxStoredBytes: 10}
		part := y.part(s, plan, "12345")
		if err := y.join(s, plan, part, part, part); !fault.IsCode(err, "STORAGE_FULL") {
			t.Errorf("15 bytes of 10: %v", err)
		}
		if got := y.has(); got != (account.Counts{StoredBytes: 5}) {
			t.Errorf("counted are %+v", got)
		}
		y.must(y.join(s, plan, part, part))
		if got := y.has(); got != (account.Counts{StoredBytes: 15}) { // until the part goes
			t.Errorf("counted are %+v", got)
		}
	})
}

// TestRoomForWhatIsJoinedIsLookedForAgainAtTheEnd: another upload took it meanwhile.
func TestRoomForWhatIsJoinedIsLookedForAgainAtTheEnd(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s, plan := y.server(true), account.Plan{MaxStoredBytes: 10}
		part := y.part(s, plan, "123")
		r, err := s.Start(t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: 9, Of: []upload.Resumable{part, part, part}})
		y.must(err)
		y.part(s, plan, "45")
		w, err := s.Take(t.Context(), "ann", plan, r.Upload.ID, nil)
		y.must(err)
		defer w.Release()
		if err := w.Join(t.Context(), []upload.Resumable{part, part, part}); !fault.IsCode(err, "STORAGE_FULL") {
			t.Errorf("got %v, want STORAGE_FULL", err)
		}
	})
}

// TestAnUploadTakesNoMoreThanItsLength, whatever the plan allows.
func TestAnUploadTakesNoMoreThanItsLength(t *testing.T) {
	for _, plan := range []account.Plan{{}, {MaxInputBytes: 100}, {MaxStoredBytes: 100}, {MaxInputBytes: 9, MaxStoredBytes: 9}} {
		inYard(t, func(y *yard) {
			t := y.t
			s := y.server(true)
			r := y.begin(s, 9)
			y.add(s, r, 0, "abc")
			w, err := s.Take(t.Context(), "ann", plan, r.Upload.ID, nil)
			y.must(err)
			n, err := w.Append(t.Context(), 3, strings.NewReader("defghijkl"))
			w.Release()
			if n != 6 || !fault.IsCode(err, "PAYLOAD_TOO_LARGE") {
				t.Errorf("%+v: %d bytes, %v", plan, n, err)
			}
			if got := y.stands(s, r); got != 9 {
				t.Errorf("%+v: there are %d bytes of 9", plan, got)
			}
		})
	}
}

// noRoom is a storage that cannot begin files.
type noRoom struct{ blob.Grower }

var errNoRoom = errors.New("no space left on device")

func (noRoom) Begin(context.Context, string, int64) error { return errNoRoom }

// TestWhatCannotBeginIsNotPending: its client has no address of it.
func TestWhatCannotBeginIsNotPending(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		full := y.serverOn(noRoom{y.blobs}, true)
		plan := account.Plan{MaxPendingUploads: 1}
		for range 2 {
			if _, err := full.Start(t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: 9}); !errors.Is(err, errNoRoom) {
				t.Errorf("got %v", err)
			}
		}
		if got := y.has(); got != (account.Counts{}) {
			t.Errorf("counted are %+v", got)
		}
		_, err := s.Start(t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: 9})
		y.must(err)
	})
}

// TestUndoneUploadsLeaveNothing, while their writer has them and when their client has gone.
func TestUndoneUploadsLeaveNothing(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r := y.begin(s, 9)
		w := y.take(s, r)
		_, err := w.Append(t.Context(), 0, io.LimitReader(strings.NewReader("abcdef"), 6))
		y.must(err)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		s.Undo(gone, &r.Upload)
		w.Release()
		if _, err := s.Resumable(t.Context(), "ann", r.Upload.ID); !fault.IsCode(err, "FILE_NOT_FOUND") {
			t.Errorf("got %v", err)
		}
		y.must(y.blobs.Walk(t.Context(), time.Now().Add(math.MaxInt32*time.Second), func(key string) error {
			t.Errorf("%s is left", key)
			return nil
		}))
		if got := y.has(); got != (account.Counts{}) {
			t.Errorf("counted are %+v", got)
		}
	})
}

// TestAFileThatIsFoundIsWhatItWasToBe: the server died between the file's end and the
// row's, and nobody asked for the upload's offset before a job or the sweep did.
func TestAFileThatIsFoundIsWhatItWasToBe(t *testing.T) {
	for _, part := range []bool{false, true} {
		inYard(t, func(y *yard) {
			t := y.t
			s := y.server(true)
			r, err := s.Start(t.Context(), "ann", account.Plan{}, &upload.Start{Name: "a.json", Length: 3, Type: "text/plain", Part: part})
			y.must(err)
			y.grow(r.Upload.BlobKey(), "abc")
			y.must(y.blobs.Finish(t.Context(), r.Upload.BlobKey(), 3))
			if _, err := s.Start(t.Context(), "ann", account.Plan{}, &upload.Start{Name: "b.json", Length: 3, Of: []upload.Resumable{r}}); !fault.IsCode(err, "INVALID_REQUEST") {
				t.Errorf("a part that is not finished is joined: %v", err)
			}
			want := 72 * time.Hour
			if part {
				want = time.Hour
			}
			if part {
				pass(time.Hour)
				y.sweep(s)
			} else {
				_, err = s.Find(t.Context(), "ann", account.Plan{}, r.Upload.Key())
				y.must(err)
			}
			u, err := y.store.Upload(t.Context(), r.Upload.ID)
			y.must(err)
			if left := time.Until(u.Expires); !u.Done || u.Type != "text/plain" || left != want {
				t.Errorf("part %v: got %+v, which is kept for %v, want %v", part, u, left, want)
			}
		})
	}
}

// TestWhatWasGivenUpIsNoInput although its file is still to be removed.
func TestWhatWasGivenUpIsNoInput(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r := y.begin(s, 3)
		y.add(s, r, 0, "abc")
		y.must(s.Drop(t.Context(), "ann", r.Upload.ID))
		w, err := y.blobs.Create(t.Context(), r.Upload.BlobKey())
		y.must(err)
		_, err = io.WriteString(w, "abc")
		y.must(errors.Join(err, w.Commit(t.Context())))
		if u, err := s.Find(t.Context(), "ann", account.Plan{}, r.Upload.Key()); !fault.IsCode(err, "FILE_NOT_FOUND") {
			t.Errorf("got %+v, %v", u, err)
		}
		if got := y.has(); got != (account.Counts{}) {
			t.Errorf("counted are %+v", got)
		}
	})
}

// TestWhatWasJoinedForNobodyGoes when its time is over: the server died before it could tell
// its client, who joined the parts again.
func TestWhatWasJoinedForNobodyGoes(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s, plan := y.server(true), account.Plan{}
		part := y.part(s, plan, "abc")
		r, err := s.Start(t.Context(), "ann", plan, &upload.Start{Name: "a.json", Length: 6, Of: []upload.Resumable{part, part}})
		y.must(err)
		_, err = y.blobs.Join(t.Context(), r.Upload.BlobKey(), []string{part.Upload.BlobKey(), part.Upload.BlobKey()})
		y.must(err)
		pass(time.Hour)
		y.sweep(y.server(true))
		if got := y.has(); got != (account.Counts{}) {
			t.Errorf("counted are %+v", got)
		}
		y.must(y.blobs.Walk(t.Context(), time.Now().Add(math.MaxInt32*time.Second), func(key string) error {
			t.Errorf("%s is left", key)
			return nil
		}))
	})
}

// TestAnUploadFromTheFutureThatArrivesIsNotEnded: the clock was set back since it began.
// It ends by itself, once no more comes.
func TestAnUploadFromTheFutureThatArrivesIsNotEnded(t *testing.T) {
	inYard(t, func(y *yard) {
		t := y.t
		s := y.server(true)
		r, silent := y.begin(s, 9), y.begin(s, 9)
		for _, is := range []upload.Resumable{r, silent} {
			y.must(y.store.ChangeUpload(t.Context(), is.Upload.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
				u.Expires = u.Expires.Add(1000 * time.Hour)
				return true, nil
			}))
		}
		y.add(s, r, 0, "abc")
		for _, is := range []upload.Resumable{r, silent} {
			y.must(s.EndPending(t.Context(), &is.Upload))
		}
		if got := y.stands(s, r); got != 3 {
			t.Errorf("there are %d bytes", got)
		}
		if _, err := s.Resumable(t.Context(), "ann", silent.Upload.ID); !fault.IsCode(err, "FILE_NOT_FOUND") {
			t.Errorf("the one that does not arrive: %v", err)
		}
	})
}
