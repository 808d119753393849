package care_test

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/storetest"
)

// watcher is told of missing files.
type watcher struct{ looks, missing atomic.Int64 }

func (*watcher) Swept(int, int) {}

func (w *watcher) FilesMissing(n int) { w.looks.Add(1); w.missing.Store(int64(n)) }

func TestMissingFilesAreReportedOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		p := b.form()
		b.arrive(p, "1")
		if _, err := b.uploads.Find(t.Context(), "ann", account.Plan{Retention: 1000 * time.Hour}, p.Upload.Key()); err != nil {
			t.Fatal(err)
		}
		if err := b.blobs.Remove(t.Context(), p.Upload.BlobKey()); err != nil {
			t.Fatal(err)
		}
		w := &watcher{}
		b.restartOn(b.store, w)
		stop := b.run()
		<-time.After(50 * time.Hour)
		stop()
		if w.looks.Load() != 3 || w.missing.Load() != 1 {
			t.Errorf("%d looks, %d missing; want 3 and 1", w.looks.Load(), w.missing.Load())
		}
	})
}

// TestAFileThatCannotBeRemovedHoldsUpNoOrphan: all others are gone after one
// collection.
func TestAFileThatCannotBeRemovedHoldsUpNoOrphan(t *testing.T) {
	b := newBench(t)
	fire := errors.New("disk on fire")
	storage := &picky{Store: b.blobs, bad: map[string]error{}}
	b.blobs = storage
	b.restart()
	const n = 450
	for i := range n {
		key := job.OutputKey(fmt.Sprintf("%032x", i))
		b.orphan(key)
		if i%200 == 0 {
			storage.bad[key] = fire
		}
	}
	if _, err := b.keeper.CollectOrphans(t.Context(), time.Now()); !errors.Is(err, fire) {
		t.Errorf("got %v", err)
	}
	if left := b.files(); left != len(storage.bad) {
		t.Errorf("%d files are left, want the %d that cannot be removed", left, len(storage.bad))
	}
}

// A file whose row is still to come is not taken for an old one because the clock
// was set forwards.
func TestAStepMakesNoFileAnOrphan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		key := job.InputKey(b.q.NewID())
		w, err := b.blobs.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(filepath.Join(b.dir, "files", "inputs", "*", path.Base(key)))
		if err != nil || len(found) != 1 {
			t.Fatalf("found %q, %v", found, err)
		}
		file, err := os.Stat(found[0])
		if err != nil {
			t.Fatal(err)
		}
		b.clock.step(file.ModTime().Sub(b.clock.now())) // the files' clock is not the bubble's
		b.restart()
		defer b.run()()
		there := func() bool {
			r, err := b.blobs.Open(t.Context(), key)
			return err == nil && r.Close() == nil
		}
		pass(59 * time.Minute)
		b.clock.step(2 * time.Hour)
		pass(30 * time.Minute)
		if !there() {
			t.Error("a file was removed that seemed old")
		}
		pass(2 * time.Hour)
		if there() {
			t.Error("a file without a row is still there")
		}
	})
}

func TestOrphansAreCollectedAndFilesWithARowAreNot(t *testing.T) {
	b := newBench(t)
	spec := b.spec()
	spec.Input, spec.InputAt, spec.InputSize = nil, job.InFile, 5
	keys := []string{job.InputKey(spec.ID), job.InputKey(b.q.NewID()), job.OutputKey(strings.Repeat("b", 32))}
	for _, key := range keys {
		w, err := b.blobs.Create(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := b.q.Submit(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if n, err := b.keeper.CollectOrphans(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("collected %d young files, err %v; want 0", n, err)
	}
	if n, err := b.keeper.CollectOrphans(t.Context(), time.Now().Add(time.Second)); n != 2 || err != nil {
		t.Errorf("collected %d, err %v; want 2", n, err)
	}
	if _, err := b.blobs.Open(t.Context(), keys[0]); err != nil {
		t.Errorf("the input with a row: %v", err)
	}
}

// A file that a call of this process just wrote, whose row is still to come,
// must not be taken for one that an earlier process left behind.
func TestFilesOfThisProcessAreNotTakenForOrphans(t *testing.T) {
	b := newBench(t)
	key := job.OutputKey(strings.Repeat("c", 32))
	w, err := b.blobs.Create(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := b.submit() // the collector is done when maintenance has claimed its turn
	stop := b.run()
	if _, err := b.q.Cancel(t.Context(), "ann", old.ID); err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := b.blobs.Open(t.Context(), key); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
}

// TestASharedFileIsAnOrphanAtTheSecondLook: clocks may differ, and its row may
// still be to come.
func TestASharedFileIsAnOrphanAtTheSecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		path := b.orphan(job.OutputKey("00000000000000000000000000000000"))
		b.restartOn(storetest.Shared{Store: b.store}, nil)
		defer b.run()()
		synctest.Wait()
		if !there(path) {
			t.Fatal("removed at the first look")
		}
		time.Sleep(time.Hour + time.Minute) //nolint:forbidigo // of the bubble's clock
		if there(path) {
			t.Error("still there after the second look")
		}
	})
}

func TestOnlyTheLeaderCollects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		path := b.orphan(job.OutputKey("00000000000000000000000000000000"))
		b.restartOn(storetest.Shared{Store: b.store, Led: true}, nil)
		stop := b.run()
		time.Sleep(3 * time.Hour) //nolint:forbidigo // of the bubble's clock
		stop()
		if !there(path) {
			t.Error("a server that does not lead did the leader's work")
		}
	})
}
