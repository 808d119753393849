package view_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
)

func TestAWatchTellsWhichJobsHaveChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, j := newCache(1<<20, nil)
		other, third := job.ID{2}, job.ID{3}
		w := c.Watch([]job.ID{j.ID, other, j.ID})
		defer w.Close()
		if got := w.Next(t.Context()); !slices.Equal(got, []job.ID{j.ID, other}) {
			t.Fatalf("at first %v changed, want each once", got)
		}
		began := time.Now()
		time.AfterFunc(time.Second, func() { c.Publish(&job.Job{ID: third}) })
		time.AfterFunc(2*time.Second, func() {
			for version := range int64(3) {
				c.Publish(&job.Job{ID: other, Version: version})
			}
		})
		if got := w.Next(t.Context()); !slices.Equal(got, []job.ID{other}) || time.Since(began) != 2*time.Second {
			t.Errorf("%v changed after %s", got, time.Since(began))
		}
		c.Forget(j.ID)
		if got := w.Next(t.Context()); !slices.Equal(got, []job.ID{j.ID}) {
			t.Errorf("%v changed, want the one that is gone", got)
		}
		w.Drop(j.ID)
		c.Publish(&j)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if got := w.Next(ctx); got != nil {
			t.Errorf("%v changed, want silence about a job that is watched no more", got)
		}
	})
}

// TestOtherServersNewsOfAWatchedJobIsToldOnce: which jobs are watched is asked, and
// how they stand told, again and again.
func TestOtherServersNewsOfAWatchedJobIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, j := newCache(1<<20, time.Now)
		w := c.Watch([]job.ID{j.ID})
		w.Next(t.Context())
		w.Saw(j.ID, 1)
		if got := c.Awaited(); !slices.Equal(got, []job.ID{j.ID}) {
			t.Errorf("%v is waited for", got)
		}
		next := func() []job.ID {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return w.Next(ctx)
		}
		for _, step := range []struct {
			version int64
			news    bool
		}{{1, false}, {2, true}, {2, false}, {1, false}, {0, true}} {
			c.Heard(j.ID, step.version)
			if got := next(); (got != nil) != step.news {
				t.Errorf("version %d: %v changed", step.version, got)
			}
			w.Saw(j.ID, step.version)
		}
		w.Close()
		w.Saw(j.ID, 3)
		if got := c.Awaited(); len(got) != 0 {
			t.Errorf("after the end %v is waited for", got)
		}
		c.Heard(j.ID, 4)
		if got := next(); got != nil {
			t.Errorf("after the end %v changed", got)
		}
	})
}

// TestMoreThatHappensMeanwhileIsToldAgain: an owner that looks after a change and
// before the next misses nothing.
func TestMoreThatHappensMeanwhileIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, j := newCache(1<<20, nil)
		wantVersion(t, c, j.ID, 1) // is in memory from here on
		w := c.Watch([]job.ID{j.ID})
		defer w.Close()
		var seen int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for seen < 200 {
				for _, id := range w.Next(t.Context()) {
					snap, err := c.Get(t.Context(), id)
					if err != nil || snap.Job.Version < seen {
						t.Errorf("after version %d: %v, %v", seen, snap, err)
						return
					}
					seen = snap.Job.Version
					w.Saw(id, seen)
				}
			}
		}()
		for version := int64(2); version <= 200; version++ {
			next := j
			next.Version = version
			c.Publish(&next)
		}
		<-done
	})
}
