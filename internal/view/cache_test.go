package view_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// A shelf has jobs as a store does, and counts how often it is asked.
type shelf struct {
	jobs  map[job.ID]job.Job
	reads int
}

var errGone = errors.New("no such job")

func (s *shelf) read(_ context.Context, id job.ID) (job.Job, error) {
	s.reads++
	j, ok := s.jobs[id]
	if !ok {
		return j, errGone
	}
	return j, nil
}

// newCache returns a cache of a shelf with a queued job; now is nil where nobody
// else writes.
func newCache(bytes int64, now func() time.Time) (*view.Cache, *shelf, job.Job) {
	j := job.Job{ID: job.ID{1}, Owner: "ann", Version: 1}
	s := &shelf{jobs: map[job.ID]job.Job{j.ID: j}}
	return view.New(view.Config{Bytes: bytes, Now: now, Read: s.read, Asked: func(bool) {}}), s, j
}

func wantVersion(t *testing.T, c *view.Cache, id job.ID, want int64) *view.Snapshot {
	t.Helper()
	snap, err := c.Get(t.Context(), id)
	if err != nil || snap.Job.Version != want {
		t.Fatalf("got %+v, %v; want version %d", snap, err, want)
	}
	return snap
}

func TestAVersionIsReadOnce(t *testing.T) {
	c, s, j := newCache(1<<20, nil)
	snap := wantVersion(t, c, j.ID, 1)
	snap.Memo.Store(&view.Memo{Body: []byte("{}")})
	if again := wantVersion(t, c, j.ID, 1); again.Memo.Load() == nil || s.reads != 1 {
		t.Errorf("the store was asked %d times, want once; the rendering is kept: %t", s.reads, again.Memo.Load() != nil)
	}
	j.Version = 2
	c.Publish(&j)
	if snap := wantVersion(t, c, j.ID, 2); snap.Memo.Load() != nil || s.reads != 1 {
		t.Errorf("what was published was read again, or has an older rendering")
	}
	j.Version = 1
	c.Publish(&j)
	wantVersion(t, c, j.ID, 2) // a version never goes back
	delete(s.jobs, j.ID)
	c.Forget(j.ID)
	if _, err := c.Get(t.Context(), j.ID); !errors.Is(err, errGone) {
		t.Errorf("after its end: %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	c, s, j := newCache(0, nil)
	wantVersion(t, c, j.ID, 1)
	wantVersion(t, c, j.ID, 1)
	if s.reads != 2 {
		t.Errorf("the store was asked %d times, want twice: there is no memory", s.reads)
	}
}

// TestWhereOthersWriteAJobIsBelievedForAWhile: until then, or until somebody says
// that there is a newer version.
func TestWhereOthersWriteAJobIsBelievedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, j := newCache(1<<20, time.Now)
		wantVersion(t, c, j.ID, 1)
		j.Version = 2
		s.jobs[j.ID] = j
		wantVersion(t, c, j.ID, 1)
		c.Heard(j.ID, 1)
		wantVersion(t, c, j.ID, 1)
		c.Heard(j.ID, 2)
		wantVersion(t, c, j.ID, 2)
		j.Version = 3
		s.jobs[j.ID] = j
		wantVersion(t, c, j.ID, 2)
		c.Doubt()
		wantVersion(t, c, j.ID, 3)
		j.Version = 4
		s.jobs[j.ID] = j
		<-time.After(time.Second)
		wantVersion(t, c, j.ID, 4)
	})
}

func TestALongPollIsWokenByAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, j := newCache(1<<20, nil)
		get := func(ctx context.Context) (*view.Snapshot, error) { return c.Get(ctx, j.ID) }
		began := time.Now()
		time.AfterFunc(7*time.Second, func() {
			if waits := c.Awaited(); len(waits) != 1 || waits[0] != j.ID {
				t.Errorf("somebody waits for %v, want the one job", waits)
			}
			j.Version, j.Status = 2, job.Success
			c.Publish(&j)
		})
		snap, err := c.Await(t.Context(), j.ID, get, view.Finished)
		if err != nil || snap.Job.Status != job.Success || time.Since(began) != 7*time.Second {
			t.Errorf("got %+v, %v after %v", snap, err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		snap, err = c.Await(ctx, j.ID, get, func(*view.Snapshot) bool { return false })
		if err != nil || snap.Job.Version != 2 || time.Since(began) != 8*time.Second {
			t.Errorf("when its time is up: %+v, %v after %v", snap, err, time.Since(began))
		}
		if waits := c.Awaited(); len(waits) != 0 {
			t.Errorf("after the end %v is waited for", waits)
		}
	})
}

func TestAVeilHidesAClaimAndNothingElse(t *testing.T) {
	var v view.Veil
	was := job.Job{ID: job.ID{1}, Version: 3, Attempt: 1}
	v.Cover(&was)
	claimed := was
	claimed.Status, claimed.Version, claimed.Attempt = job.Processing, 4, 2
	seen := claimed
	if v.Show(&seen); seen.Status != job.Queued || seen.Version != 3 || seen.Attempt != 1 {
		t.Errorf("clients see %+v", seen)
	}
	seen = claimed
	seen.Version = 5
	if v.Show(&seen); seen.Version != 5 {
		t.Error("what happened since the claim is hidden, too")
	}
	if !v.Lift(was.ID) || v.Lift(was.ID) {
		t.Error("a claim is hidden once")
	}
	seen = claimed
	if v.Show(&seen); seen.Version != 4 {
		t.Error("a claim that is told of is hidden")
	}
}
