// Package files has the cases of the suite about files: uploads, and which files
// rows name.
package files

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// Cases are the cases of uploads.
func Cases() world.Cases {
	return world.Cases{
		"uploads are read back":                   uploadRoundTrip,
		"how an upload stands is kept":            uploadResume,
		"refused upload leaves nothing":           uploadRefused,
		"upload is changed in one transaction":    uploadChange,
		"uploads are counted":                     uploadCounts,
		"pending uploads are listed":              uploadPending,
		"expired uploads without jobs are listed": uploadExpired,
		"an upload goes with its last job":        uploadJobs,
		"a job without its upload is refused":     uploadMissing,
		"an upload belongs to its owner":          uploadOwners,
		"blobs of uploads are named":              uploadNamed,
		"one of many finishes an upload":          uploadConcurrent,
		"uploads begun after a time are found":    uploadsAfter,
		"jobs share an upload under concurrency":  uploadShared,
		"a job's source is kept":                  uploadSource,
		"all blobs that rows name are listed":     namedKeys,
		"an output without a job is dropped":      dropOutput,
		"inputs go before their jobs":             inputsGo,
		"inputs stay while they are needed":       inputsStay,
	}
}

func uploadRoundTrip(w *world.World) {
	u := w.PendingUpload("ann", 1)
	w.WantUpload(*u)
	w.Clock.Advance(time.Minute)
	w.Arrived(u, 1<<40)
	w.WantUpload(*u)
	w.Reopen()
	w.WantUpload(*u)
	for _, id := range []string{"", "upl_", u.ID + "0", "' OR 1=1 --", u.ID + "\x00"} {
		w.IsGone(id)
	}
}

// uploadResume: what an upload that arrives in parts says of itself is kept as it
// is, its bytes are counted while it is pending, and what is left of one that is
// over names no file.
func uploadResume(w *world.World) {
	u := w.NewUpload("ann", 1)
	u.Name, u.Resume = job.PartName, "{\"a\":\"\x00ä\"}"
	w.NoError(w.AddUpload(w.Ctx(), u, world.AdmitAny))
	w.WantUpload(*u)
	change := func(to func(*job.Upload)) {
		w.T.Helper()
		to(u)
		want := *u
		w.NoError(w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
			*u = want
			return true, nil
		}))
		w.WantUpload(*u)
	}
	change(func(u *job.Upload) { u.Size, u.Resume = 7, "b" })
	w.Has("ann", account.Counts{PendingUploads: 1, StoredBytes: 7})
	w.Reopen()
	w.WantUpload(*u)
	keys := func() []string {
		list, err := w.NamedKeys(w.Ctx(), "", 10)
		w.NoError(err)
		return list
	}
	change(func(u *job.Upload) { u.Done, u.Size, u.ETag = true, 9, "e" })
	w.Equal("finished", len(keys()), 1)
	w.Has("ann", account.Counts{StoredBytes: 9})
	change(func(u *job.Upload) { u.Size, u.ETag, u.Resume = 0, "", "over" })
	w.Equal("over", len(keys()), 0)
	w.Has("ann", account.Counts{})
}

func uploadRefused(w *world.World) {
	no := errors.New("no")
	err := w.AddUpload(w.Ctx(), w.NewUpload("ann", 1), func(l protocol.Ledger) error {
		if !l.Now().Equal(w.Now()) {
			w.T.Errorf("the ledger's time is %v, want %v", l.Now(), w.Now())
		}
		return no
	})
	if !errors.Is(err, no) {
		w.T.Fatalf("got %v, want admit's error", err)
	}
	w.IsGone(w.NewUpload("ann", 1).ID)
	w.Has("ann", account.Counts{})
	w.PendingUpload("ann", 1)
	w.IsKind(w.AddUpload(w.Ctx(), w.NewUpload("bob", 1), world.AdmitAny), fault.Conflict, "ID_TAKEN")
	w.Has("bob", account.Counts{})
	w.Has("ann", account.Counts{PendingUploads: 1})
}

func uploadChange(w *world.World) {
	u := w.PendingUpload("ann", 1)
	no := errors.New("no")
	err := w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		u.Done, u.Size = true, 7
		return true, no
	})
	if !errors.Is(err, no) {
		w.T.Fatalf("got %v, want decide's error", err)
	}
	w.WantUpload(*u)
	err = w.ChangeUpload(w.Ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { panic("in a decision") })
	if err == nil {
		w.T.Fatal("a panic is no error")
	}
	w.NoError(w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		u.Owner, u.Name, u.Jobs, u.Created = "bob", "x.csv", 9, time.Time{} // not its to change
		return true, nil
	}))
	w.WantUpload(*u)
	w.NoError(w.ChangeUpload(w.Ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil }))
	w.IsGone(u.ID)
	err = w.ChangeUpload(w.Ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return true, nil })
	w.IsKind(err, fault.NotFound, "FILE_NOT_FOUND")
}

func uploadCounts(w *world.World) {
	a, b := w.PendingUpload("ann", 1), w.PendingUpload("ann", 2)
	w.PendingUpload("bob", 3)
	w.Has("ann", account.Counts{PendingUploads: 2})
	w.NoError(w.ChangeUpload(w.Ctx(), a.ID, func(_ *job.Upload, l protocol.Ledger) (bool, error) {
		has, err := l.Counts("ann")
		w.Equal("counts in the transaction", has, account.Counts{PendingUploads: 2})
		return true, err
	}))
	w.Arrived(a, 100)
	w.Has("ann", account.Counts{PendingUploads: 1, StoredBytes: 100})
	w.Reopen()
	w.Arrived(b, 7)
	w.Arrived(b, 11) // another file in its place
	w.Has("ann", account.Counts{StoredBytes: 111})
	drop := func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil }
	w.NoError(w.ChangeUpload(w.Ctx(), a.ID, drop))
	w.NoError(w.ChangeUpload(w.Ctx(), b.ID, drop))
	w.Has("ann", account.Counts{})
	w.Has("bob", account.Counts{PendingUploads: 1})
}

func ids(list []job.Upload) []string {
	all := []string{}
	for i := range list {
		all = append(all, list[i].ID)
	}
	return all
}

func uploadPending(w *world.World) {
	var want []string
	for i := range 4 {
		want = append(want, w.PendingUpload("ann", i).ID)
		w.Clock.Advance(time.Second)
	}
	w.PendingUpload("bob", 9)
	done := w.NewUpload("ann", 1)
	w.Arrived(done, 1)
	pending := func(owner string, limit int) []string {
		list, err := w.PendingUploads(w.Ctx(), owner, limit)
		w.NoError(err)
		return ids(list)
	}
	w.Equal("ann's", pending("ann", 10), []string{want[0], want[2], want[3]})
	w.Equal("limit", pending("ann", 2), []string{want[0], want[2]})
	w.Equal("nobody's", pending("carl", 10), []string{})
}

// uploadsAfter: pending ones alone, the latest first.
func uploadsAfter(w *world.World) {
	begun := w.Now()
	for n := range 3 {
		w.Clock.Advance(time.Second)
		w.PendingUpload("ann", n)
	}
	w.Clock.Advance(time.Second)
	w.Arrived(w.PendingUpload("ann", 3), 5)
	for limit, want := range []int{0, 1, 2, 2} {
		list, err := protocol.UploadsAfter(w.Ctx(), w, begun.Add(time.Second), limit)
		w.NoError(err)
		w.Equal("begun after the first", len(list), want)
		if want == 2 {
			w.Equal("the latest first", list[0].Created.After(list[1].Created), true)
		}
	}
}

func uploadExpired(w *world.World) {
	a := w.PendingUpload("ann", 1)
	w.Clock.Advance(time.Minute)
	b := w.PendingUpload("bob", 2)
	used := w.PendingUpload("ann", 3)
	w.Arrived(used, 5)
	_, err := w.SubmitUpload(used)
	w.NoError(err)
	expired := func(limit int) []string {
		list, err := protocol.ExpiredUploads(w.Ctx(), w, w.Now(), limit)
		w.NoError(err)
		return ids(list)
	}
	w.Clock.Advance(59*time.Minute - time.Millisecond)
	w.Equal("not yet", expired(10), []string{})
	w.Clock.Advance(time.Millisecond)
	w.Equal("one", expired(10), []string{a.ID})
	w.Clock.Advance(time.Hour)
	w.Equal("two, the one with a job is none", expired(10), []string{a.ID, b.ID})
	w.Equal("limit", expired(1), []string{a.ID})
}

func uploadJobs(w *world.World) {
	u := w.PendingUpload("ann", 1)
	w.Arrived(u, 1000)
	first, err := w.SubmitUpload(u)
	w.NoError(err)
	second, err := w.SubmitUpload(u)
	w.NoError(err)
	u.Jobs = 2
	w.WantUpload(*u)
	w.Has("ann", account.Counts{Queued: 2, StoredBytes: 1000}) // once, not for each job
	c, err := w.ChangeJob(first.ID, world.Remove)
	w.NoError(err)
	w.Equal("files of the first", len(c.Files), 0)
	u.Jobs = 1
	w.WantUpload(*u)
	w.NoError(w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		w.Equal("jobs", u.Jobs, int64(1))
		return true, nil
	}))
	err = w.ChangeUpload(w.Ctx(), u.ID, func(*job.Upload, protocol.Ledger) (bool, error) { return false, nil })
	if err == nil {
		w.T.Error("an upload that a job needs was removed")
	}
	w.Reopen()
	c, err = w.ChangeJob(second.ID, world.Remove)
	w.NoError(err)
	w.Equal("files of the last", c.Files, []string{u.BlobKey()})
	w.IsGone(u.ID)
	w.Has("ann", account.Counts{})
}

func uploadMissing(w *world.World) {
	u := w.NewUpload("ann", 1)
	j, err := w.SubmitUpload(u)
	w.IsKind(err, fault.NotFound, "FILE_NOT_FOUND")
	_, err = w.Get(w.Ctx(), j.ID)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	w.Has("ann", account.Counts{})
}

func uploadOwners(w *world.World) {
	u := w.PendingUpload("bob", 1)
	w.Arrived(u, 5)
	stolen := *u
	stolen.Owner = "ann"
	_, err := w.SubmitUpload(&stolen)
	w.IsKind(err, fault.NotFound, "FILE_NOT_FOUND")
	w.WantUpload(*u)
}

func uploadNamed(w *world.World) {
	u, done := w.PendingUpload("ann", 1), w.PendingUpload("ann", 2)
	w.Arrived(done, 5)
	stolen, renamed, unknown := *u, *u, *u
	stolen.Owner, renamed.Name, unknown.ID = "bob", "data_1.json", w.NewUpload("ann", 3).ID
	keys := []string{u.BlobKey(), done.BlobKey(), stolen.BlobKey(), renamed.BlobKey(), unknown.BlobKey(), "uploads/" + u.ID, u.Key(), "uploads/", u.BlobKey() + "/"}
	got, err := w.Named(w.Ctx(), keys)
	w.NoError(err)
	w.Equal("named", got, []bool{true, true, false, false, false, false, false, false, false})
}

func uploadConcurrent(w *world.World) {
	u := w.PendingUpload("ann", 1)
	taken := errors.New("taken")
	var mu sync.Mutex
	won := 0
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			err := w.ChangeUpload(w.Ctx(), u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
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
				w.T.Error(err)
			}
		})
	}
	all.Wait()
	w.Equal("winners", won, 1)
	w.Has("ann", account.Counts{StoredBytes: 5})
}

func uploadShared(w *world.World) {
	u := w.PendingUpload("ann", 1)
	w.Arrived(u, 5)
	first, err := w.SubmitUpload(u)
	w.NoError(err)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 5 {
				j, err := w.SubmitUpload(u)
				if err == nil {
					c := &protocol.Change{ID: j.ID, Decide: world.Remove}
					err = errors.Join(w.Change(w.Ctx(), []*protocol.Change{c}), c.Err)
				}
				if err != nil {
					w.T.Error(err)
				}
			}
		})
	}
	all.Wait()
	u.Jobs = 1
	w.WantUpload(*u)
	w.Must(first.ID, world.Remove)
	w.IsGone(u.ID)
}

func uploadSource(w *world.World) {
	for _, where := range []job.Where{job.AtURL, job.Inline} {
		j := w.Job("ann", func(j *job.Job) { j.Input = job.Input{Where: where} })
		s := world.Submission(j)
		s.Input = job.Source{URL: "https://example.org/ä.json?a=\"b\""}.Encode()
		w.NoError(w.Submit(w.Ctx(), s))
		w.Reopen()
		got, err := w.Input(w.Ctx(), j.ID)
		w.NoError(err)
		w.Equal("source", string(got), string(s.Input))
		is, err := w.Get(w.Ctx(), j.ID)
		w.NoError(err)
		w.Equal("where", is.Input, j.Input)
		w.Must(j.ID, world.Remove)
		_, err = w.Input(w.Ctx(), j.ID)
		w.IsKind(err, fault.NotFound, "")
	}
	w.Has("ann", account.Counts{})
}
