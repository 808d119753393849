package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// uploadCases are the cases of uploads.
func uploadCases() []testCase {
	return []testCase{
		{"uploads are read back", uploadRoundTrip},
		{"refused upload leaves nothing", uploadRefused},
		{"upload is changed in one transaction", uploadChange},
		{"uploads are counted", uploadCounts},
		{"pending uploads are listed", uploadPending},
		{"expired uploads without jobs are listed", uploadExpired},
		{"an upload goes with its last job", uploadJobs},
		{"a job without its upload is refused", uploadMissing},
		{"an upload belongs to its owner", uploadOwners},
		{"blobs of uploads are named", uploadNamed},
		{"one of many finishes an upload", uploadConcurrent},
		{"uploads begun after a time are found", uploadsAfter},
		{"jobs share an upload under concurrency", uploadShared},
		{"a job's source is kept", uploadSource},
		{"all blobs that rows name are listed", namedKeys},
		{"an output without a job is dropped", dropOutput},
	}
}

// newUpload is a new pending upload, not yet kept.
func (w *world) newUpload(owner string, n int) *job.Upload {
	return &job.Upload{
		ID: job.NewUploadID([16]byte{byte(n >> 8), byte(n)}), Owner: owner, Name: "Data_1.json", Created: w.now(), Expires: w.now().Add(time.Hour),
	}
}

func admitAny(protocol.Ledger) error { return nil }

// upload keeps a pending upload.
func (w *world) upload(owner string, n int) *job.Upload {
	w.t.Helper()
	u := w.newUpload(owner, n)
	w.noError(w.AddUpload(w.ctx(), u, admitAny))
	return u
}

// arrived says that an upload is there, kept for an hour from now.
func (w *world) arrived(u *job.Upload, size int64) {
	w.t.Helper()
	u.Done, u.Size, u.ETag, u.Type, u.Expires = true, size, "e-1", "text/csv; charset=utf-8", w.now().Add(time.Hour)
	want := *u
	w.noError(w.ChangeUpload(w.ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		*u = want
		return true, nil
	}))
}

// withUpload makes an upload the job's input.
func withUpload(u *job.Upload) func(*job.Job) {
	return func(j *job.Job) { j.Input = job.Input{Size: u.Size, Where: job.InUpload, Type: u.Type} }
}

// submitUpload submits a job with an upload as input.
func (w *world) submitUpload(u *job.Upload) (*job.Job, error) {
	j := w.job(u.Owner, withUpload(u))
	s := submission(j)
	s.Input = job.Source{Upload: u.ID, Key: u.BlobKey(), ETag: u.ETag}.Encode()
	return j, w.Submit(w.ctx(), s)
}

func (w *world) isGone(id string) {
	w.t.Helper()
	_, err := w.Upload(w.ctx(), id)
	w.isKind(err, fault.NotFound, "FILE_NOT_FOUND")
}

func (w *world) wantUpload(want job.Upload) {
	w.t.Helper()
	got, err := w.Upload(w.ctx(), want.ID)
	w.noError(err)
	w.equal("upload", got, want)
}

func uploadRoundTrip(w *world) {
	u := w.upload("ann", 1)
	w.wantUpload(*u)
	w.clock.advance(time.Minute)
	w.arrived(u, 1<<40)
	w.wantUpload(*u)
	w.reopen()
	w.wantUpload(*u)
	for _, id := range []string{"", "upl_", u.ID + "0", "' OR 1=1 --", u.ID + "\x00"} {
		w.isGone(id)
	}
}

func uploadRefused(w *world) {
	no := errors.New("no")
	err := w.AddUpload(w.ctx(), w.newUpload("ann", 1), func(l protocol.Ledger) error {
		if !l.Now().Equal(w.now()) {
			w.t.Errorf("the ledger's time is %v, want %v", l.Now(), w.now())
		}
		return no
	})
	if !errors.Is(err, no) {
		w.t.Fatalf("got %v, want admit's error", err)
	}
	w.isGone(w.newUpload("ann", 1).ID)
	w.has("ann", account.Counts{})
	w.upload("ann", 1)
	w.isKind(w.AddUpload(w.ctx(), w.newUpload("bob", 1), admitAny), fault.Conflict, "ID_TAKEN")
	w.has("bob", account.Counts{})
	w.has("ann", account.Counts{PendingUploads: 1})
}

func uploadChange(w *world) {
	u := w.upload("ann", 1)
	no := errors.New("no")
	err := w.ChangeUpload(w.ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		u.Done, u.Size = true, 7
		return true, no
	})
	if !errors.Is(err, no) {
		w.t.Fatalf("got %v, want decide's error", err)
	}
	w.wantUpload(*u)
	err = w.ChangeUpload(w.ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { panic("in a decision") })
	if err == nil {
		w.t.Fatal("a panic is no error")
	}
	w.noError(w.ChangeUpload(w.ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		u.Owner, u.Name, u.Jobs, u.Created = "bob", "x.csv", 9, time.Time{} // not its to change
		return true, nil
	}))
	w.wantUpload(*u)
	w.noError(w.ChangeUpload(w.ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil }))
	w.isGone(u.ID)
	err = w.ChangeUpload(w.ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return true, nil })
	w.isKind(err, fault.NotFound, "FILE_NOT_FOUND")
}

func uploadCounts(w *world) {
	a, b := w.upload("ann", 1), w.upload("ann", 2)
	w.upload("bob", 3)
	w.has("ann", account.Counts{PendingUploads: 2})
	w.noError(w.ChangeUpload(w.ctx(), a.ID, func(_ *job.Upload, l protocol.Ledger) (bool, error) {
		has, err := l.Counts("ann")
		w.equal("counts in the transaction", has, account.Counts{PendingUploads: 2})
		return true, err
	}))
	w.arrived(a, 100)
	w.has("ann", account.Counts{PendingUploads: 1, StoredBytes: 100})
	w.reopen()
	w.arrived(b, 7)
	w.arrived(b, 11) // another file in its place
	w.has("ann", account.Counts{StoredBytes: 111})
	drop := func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil }
	w.noError(w.ChangeUpload(w.ctx(), a.ID, drop))
	w.noError(w.ChangeUpload(w.ctx(), b.ID, drop))
	w.has("ann", account.Counts{})
	w.has("bob", account.Counts{PendingUploads: 1})
}

func ids(list []job.Upload) []string {
	all := []string{}
	for i := range list {
		all = append(all, list[i].ID)
	}
	return all
}

func uploadPending(w *world) {
	var want []string
	for i := range 4 {
		want = append(want, w.upload("ann", i).ID)
		w.clock.advance(time.Second)
	}
	w.upload("bob", 9)
	done := w.newUpload("ann", 1)
	w.arrived(done, 1)
	pending := func(owner string, limit int) []string {
		list, err := w.PendingUploads(w.ctx(), owner, limit)
		w.noError(err)
		return ids(list)
	}
	w.equal("ann's", pending("ann", 10), []string{want[0], want[2], want[3]})
	w.equal("limit", pending("ann", 2), []string{want[0], want[2]})
	w.equal("nobody's", pending("carl", 10), []string{})
}

// uploadsAfter: pending ones alone, the latest first.
func uploadsAfter(w *world) {
	begun := w.now()
	for n := range 3 {
		w.clock.advance(time.Second)
		w.upload("ann", n)
	}
	w.clock.advance(time.Second)
	w.arrived(w.upload("ann", 3), 5)
	for limit, want := range []int{0, 1, 2, 2} {
		list, err := protocol.UploadsAfter(w.ctx(), w, begun.Add(time.Second), limit)
		w.noError(err)
		w.equal("begun after the first", len(list), want)
		if want == 2 {
			w.equal("the latest first", list[0].Created.After(list[1].Created), true)
		}
	}
}

func uploadExpired(w *world) {
	a := w.upload("ann", 1)
	w.clock.advance(time.Minute)
	b := w.upload("bob", 2)
	used := w.upload("ann", 3)
	w.arrived(used, 5)
	_, err := w.submitUpload(used)
	w.noError(err)
	expired := func(limit int) []string {
		list, err := protocol.ExpiredUploads(w.ctx(), w, w.now(), limit)
		w.noError(err)
		return ids(list)
	}
	w.clock.advance(59*time.Minute - time.Millisecond)
	w.equal("not yet", expired(10), []string{})
	w.clock.advance(time.Millisecond)
	w.equal("one", expired(10), []string{a.ID})
	w.clock.advance(time.Hour)
	w.equal("two, the one with a job is none", expired(10), []string{a.ID, b.ID})
	w.equal("limit", expired(1), []string{a.ID})
}

func uploadJobs(w *world) {
	u := w.upload("ann", 1)
	w.arrived(u, 1000)
	first, err := w.submitUpload(u)
	w.noError(err)
	second, err := w.submitUpload(u)
	w.noError(err)
	u.Jobs = 2
	w.wantUpload(*u)
	w.has("ann", account.Counts{Queued: 2, StoredBytes: 1000}) // once, not for each job
	c, err := w.change(first.ID, remove)
	w.noError(err)
	w.equal("files of the first", len(c.Files), 0)
	u.Jobs = 1
	w.wantUpload(*u)
	w.noError(w.ChangeUpload(w.ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		w.equal("jobs", u.Jobs, int64(1))
		return true, nil
	}))
	err = w.ChangeUpload(w.ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil })
	if err == nil {
		w.t.Error("an upload that a job needs was removed")
	}
	w.reopen()
	c, err = w.change(second.ID, remove)
	w.noError(err)
	w.equal("files of the last", c.Files, []string{u.BlobKey()})
	w.isGone(u.ID)
	w.has("ann", account.Counts{})
}

func uploadMissing(w *world) {
	u := w.newUpload("ann", 1)
	j, err := w.submitUpload(u)
	w.isKind(err, fault.NotFound, "FILE_NOT_FOUND")
	_, err = w.Get(w.ctx(), j.ID)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.has("ann", account.Counts{})
}

func uploadOwners(w *world) {
	u := w.upload("bob", 1)
	w.arrived(u, 5)
	stolen := *u
	stolen.Owner = "ann"
	_, err := w.submitUpload(&stolen)
	w.isKind(err, fault.NotFound, "FILE_NOT_FOUND")
	w.wantUpload(*u)
}

func uploadNamed(w *world) {
	u, done := w.upload("ann", 1), w.upload("ann", 2)
	w.arrived(done, 5)
	stolen, renamed, unknown := *u, *u, *u
	stolen.Owner, renamed.Name, unknown.ID = "bob", "data_1.json", w.newUpload("ann", 3).ID
	keys := []string{u.BlobKey(), done.BlobKey(), stolen.BlobKey(), renamed.BlobKey(), unknown.BlobKey(), "uploads/" + u.ID, u.Key(), "uploads/", u.BlobKey() + "/"}
	got, err := w.Named(w.ctx(), keys)
	w.noError(err)
	w.equal("named", got, []bool{true, true, false, false, false, false, false, false, false})
}

func uploadConcurrent(w *world) {
	u := w.upload("ann", 1)
	taken := errors.New("taken")
	var mu sync.Mutex
	won := 0
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := w.ChangeUpload(w.ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
				if u.Done {
					return false, taken
				}
				u.Done, u.Size, u.ETag = true, 5, fmt.Sprint(i)
				return true, nil
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.Is(err, taken):
				w.t.Error(err)
			}
		})
	}
	all.Wait()
	w.equal("winners", won, 1)
	w.has("ann", account.Counts{StoredBytes: 5})
}

func uploadShared(w *world) {
	u := w.upload("ann", 1)
	w.arrived(u, 5)
	held, err := w.submitUpload(u)
	w.noError(err)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 5 {
				j, err := w.submitUpload(u)
				if err == nil {
					c := &protocol.Change{ID: j.ID, Decide: remove}
					err = errors.Join(w.Change(w.ctx(), []*protocol.Change{c}), c.Err)
				}
				if err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	all.Wait()
	u.Jobs = 1
	w.wantUpload(*u)
	w.must(held.ID, remove)
	w.isGone(u.ID)
}

func uploadSource(w *world) {
	for _, where := range []job.Where{job.AtURL, job.Inline} {
		j := w.job("ann", func(j *job.Job) { j.Input = job.Input{Where: where} })
		s := submission(j)
		s.Input = job.Source{URL: "https://example.org/ä.json?a=\"b\""}.Encode()
		w.noError(w.Submit(w.ctx(), s))
		w.reopen()
		got, err := w.Input(w.ctx(), j.ID)
		w.noError(err)
		w.equal("source", string(got), string(s.Input))
		is, err := w.Get(w.ctx(), j.ID)
		w.noError(err)
		w.equal("where", is.Input, j.Input)
		w.must(j.ID, remove)
		_, err = w.Input(w.ctx(), j.ID)
		w.isKind(err, fault.NotFound, "")
	}
	w.has("ann", account.Counts{})
}
