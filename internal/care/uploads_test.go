package care_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/upload"
)

func TestTheSweeperTakesUnusedUploadsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		never, untold, told, used := b.form(), b.form(), b.form(), b.form()
		for _, p := range []upload.Form{told, used} {
			b.arrive(p, "1")
			if _, err := b.uploads.Find(t.Context(), "ann", account.Plan{}, p.Upload.Key()); err != nil {
				t.Fatal(err)
			}
		}
		b.arrive(untold, "1")
		spec := b.spec()
		spec.InputAt, spec.Input = job.InUpload, job.Source{Upload: used.Upload.ID, Key: used.Upload.BlobKey()}.Encode()
		j, _, err := b.q.Submit(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		left := func(after time.Duration, want int) {
			t.Helper()
			<-time.After(after)
			if err := b.keeper.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := b.files(); got != want {
				t.Errorf("%d files are left, want %d", got, want)
			}
		}
		left(59*time.Minute, 3)                  // the retention is an hour
		left(2*time.Minute, 2)                   // told of and unused
		left(15*time.Minute, 2)                  // the forms have expired: the untold one is kept from now on
		left(50*time.Minute, 2)                  // ...
		left(15*time.Minute, 1)                  // ... for an hour
		for _, p := range []upload.Form{never} { // nothing of it is left either
			if _, err := b.store.Upload(t.Context(), p.Upload.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v", err)
			}
		}
		if err := b.q.Delete(t.Context(), "ann", j.ID); err != nil {
			t.Fatal(err)
		}
		left(0, 0)
		if has := b.has(); has != (account.Counts{}) {
			t.Errorf("got %+v", has)
		}
	})
}

// A picky storage refuses to tell of some files.
type picky struct {
	blob.Store

	bad map[string]error
}

func (p *picky) Open(ctx context.Context, key string) (blob.Reader, error) {
	if err := p.bad[key]; err != nil {
		return nil, err
	}
	return p.Store.Open(ctx, key)
}

func (p *picky) Remove(ctx context.Context, keys ...string) error {
	var all error
	for _, key := range keys {
		if err := p.bad[key]; err != nil {
			all = errors.Join(all, err)
			continue
		}
		all = errors.Join(all, p.Store.Remove(ctx, key))
	}
	return all
}

// TestWhatCannotBeSweptHoldsUpNothingElse, however much of it there is, and is
// told.
func TestWhatCannotBeSweptHoldsUpNothingElse(t *testing.T) {
	for _, c := range []struct {
		name  string
		bad   int
		err   error
		turns int
	}{
		{"one", 1, errors.New("disk on fire"), 1},
		{"more than a batch", 450, errors.New("disk on fire"), 1},
		{"some that the storage is away for", 12, fault.New(fault.Unavailable, "UNAVAILABLE", "away"), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				storage := &picky{Store: b.blobs, bad: map[string]error{}}
				b.blobs = storage
				b.restart()
				for range c.bad {
					p := b.form()
					storage.bad[p.Upload.BlobKey()] = c.err
				}
				<-time.After(time.Second) // those are the oldest
				for range 3 {
					b.form()
				}
				<-time.After(2 * time.Hour)
				for range c.turns {
					if err := b.keeper.Sweep(t.Context()); !errors.Is(err, c.err) {
						t.Errorf("the sweep said %v, want what was wrong", err)
					}
				}
				if has := b.has(); has.PendingUploads != int64(c.bad) {
					t.Errorf("%d uploads are left, want the %d that cannot be removed", has.PendingUploads, c.bad)
				}
				storage.bad = nil
				<-time.After(2 * time.Hour)
				if err := b.keeper.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
				if has := b.has(); has.PendingUploads != 0 {
					t.Errorf("%d uploads are left", has.PendingUploads)
				}
			})
		})
	}
}

// TestAnExpiredJobWhoseFileStaysHoldsUpNoUpload: one sweep removes an upload
// though the file of a job before it cannot be removed.
func TestAnExpiredJobWhoseFileStaysHoldsUpNoUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		fire := errors.New("disk on fire")
		storage := &picky{Store: b.blobs, bad: map[string]error{}}
		b.blobs = storage
		b.restart()
		j := b.submit(func(s *queue.Spec) { s.InputAt, s.Input = job.InFile, nil })
		storage.bad[job.InputKey(j.ID)] = fire
		if _, err := b.q.Finish(t.Context(), b.claim(), success()); err != nil {
			t.Fatal(err)
		}
		b.form()
		<-time.After(3 * time.Hour)
		if err := b.keeper.Sweep(t.Context()); !errors.Is(err, fire) {
			t.Errorf("the sweep said %v", err)
		}
		if has := b.has(); has.PendingUploads != 0 {
			t.Error("the upload is left")
		}
		if _, err := b.store.Get(t.Context(), j.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the job is left: %v", err)
		}
	})
}

// An upload that was begun while the clock was ahead is waited for, for its own
// time and no longer, also where the process was started since.
func TestAnUploadFromTheFutureIsNotKept(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t)
			b.clock.step(2 * 365 * 24 * time.Hour)
			plan := account.Plan{Name: "default", MaxPendingUploads: 1}
			if _, err := b.uploads.Begin(t.Context(), "ann", plan, "a.json"); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
			b.clock.step(-2 * 365 * 24 * time.Hour)
			if restarted {
				b.restart()
			}
			defer b.run()()
			pass(time.Hour)
			if _, err := b.uploads.Begin(t.Context(), "ann", plan, "b.json"); !fault.IsCode(err, "TOO_MANY_UPLOADS") {
				t.Errorf("within its time: got %v", err)
			}
			pass(17 * time.Minute)
			if _, err := b.uploads.Begin(t.Context(), "ann", plan, "b.json"); err != nil {
				t.Errorf("after its time: %v", err)
			}
		})
	}
}

// An upload of which the storage cannot tell holds up no other.
func TestAnUploadFromTheFutureThatStaysHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		storage := &picky{Store: b.blobs, bad: map[string]error{}}
		b.blobs = storage
		b.clock.step(2 * 365 * 24 * time.Hour)
		for i := range 5 {
			p, err := b.uploads.Begin(t.Context(), "ann", account.Plan{}, "a.json")
			if err != nil {
				t.Fatal(err)
			}
			if i%4 == 0 { // the first and the last
				storage.bad[p.Upload.BlobKey()] = errors.New("disk on fire")
			}
		}
		b.clock.step(-2 * 365 * 24 * time.Hour)
		b.restart()
		defer b.run()()
		pass(90 * time.Minute)
		if has := b.has(); has.PendingUploads != 2 {
			t.Errorf("%d uploads are left, want the 2 that cannot be ended", has.PendingUploads)
		}
	})
}
