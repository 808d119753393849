package queue_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// A simulation is a queue whose workers take a time for each job that passes
// at once.
type simulation struct {
	*bench

	workers int
	took    time.Duration
	waits   map[job.ID]time.Duration // from submission to end
	end     time.Time                // of the last job
	handed  map[job.ID]time.Time
}

func newSimulation(t *testing.T) *simulation {
	t.Helper()
	return &simulation{
		bench: newBench(t), workers: 8, took: 5 * time.Millisecond,
		waits: map[job.ID]time.Duration{}, handed: map[job.ID]time.Time{},
	}
}

func (s *simulation) submitMany(owner string, n int) (ids []job.ID) {
	for range n {
		j := s.submit(owner)
		s.handed[j.ID] = time.Now()
		ids = append(ids, j.ID)
	}
	return ids
}

// run works until every job has ended; late is called once while it runs.
func (s *simulation) run(ctx context.Context, late func()) {
	began := time.Now()
	free := s.workers
	ended := make(chan queue.Claimed, s.workers)
	for {
		got, err := s.q.Claim(ctx, free)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range got {
			time.AfterFunc(s.took, func() { ended <- c })
		}
		free -= len(got)
		if free == s.workers {
			return
		}
		c := <-ended
		if _, err := s.q.Finish(ctx, c, success()); err != nil {
			s.t.Fatal(err)
		}
		free++
		s.waits[c.Job.ID], s.end = time.Since(s.handed[c.Job.ID]), time.Now()
		if late != nil && time.Since(began) >= 100*time.Millisecond {
			late()
			late = nil
		}
	}
}

func (s *simulation) quantile(ids []job.ID, q float64) time.Duration {
	var all []time.Duration
	for _, id := range ids {
		all = append(all, s.waits[id])
	}
	slices.Sort(all)
	return all[min(int(q*float64(len(all))), len(all)-1)]
}

// TestFiftyOwnersBehindALargeOne is the measure in simulated time: one
// owner has handed in many jobs, then fifty hand in one each.
func TestFiftyOwnersBehindALargeOne(t *testing.T) {
	const many, few = 600, 50
	measure := func(large int, ownerOf func(int) string) (median, p99, total time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			s := newSimulation(t)
			var small []job.ID
			s.submitMany("large", large)
			arrive := func() {
				for i := range few {
					small = append(small, s.submitMany(ownerOf(i), 1)...)
				}
			}
			if large == 0 {
				arrive()
				arrive = nil
			}
			began := time.Now()
			s.run(t.Context(), arrive)
			median, p99, total = s.quantile(small, 0.5), s.quantile(small, 0.99), s.end.Sub(began)
		})
		return median, p99, total
	}
	own := func(i int) string { return fmt.Sprintf("small-%d", i) }
	idle, _, _ := measure(0, own)
	fair, fair99, fairTotal := measure(many, own)
	fifo, fifo99, fifoTotal := measure(many, func(int) string { return "large" }) // within one owner the queue is first in, first out
	t.Logf("idle: median %s", idle)
	t.Logf("fair: median %s, p99 %s, %d jobs in %s", fair, fair99, many+few, fairTotal)
	t.Logf("fifo: median %s, p99 %s, %d jobs in %s", fifo, fifo99, many+few, fifoTotal)
	if fair > 2*idle || fair99 > time.Second {
		t.Errorf("fair: median %s, p99 %s; want at most twice %s, and a second", fair, fair99, idle)
	}
	if float64(fifoTotal)/float64(fairTotal) < 0.9 {
		t.Errorf("throughput is %.2f of first in, first out; want 0.9", float64(fifoTotal)/float64(fairTotal))
	}
	if fifo < 5*fair {
		t.Errorf("first in, first out has median %s: the measure shows nothing", fifo)
	}
}
