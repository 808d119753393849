package queue_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

// What a run and a poll take beside the tool's own time in the simulations, so
// that a run of a whole second is just not over at a whole second, as in life.
const (
	aroundRun  = 5 * time.Millisecond
	aroundPoll = time.Millisecond
)

// mostPolls is how often a job that cannot begin yet is asked about, on the average.
const mostPolls = 3

// A watched is a job and what clients saw of it that polled in one way.
type watched struct {
	takes      time.Duration
	polls      int
	ended      time.Time
	seen       time.Time
	fixedPolls int
	fixedSeen  time.Time
}

// A workload is jobs that are handed in to a fresh server, gap apart.
type workload struct {
	name    string
	workers int
	takes   []time.Duration
	gap     time.Duration
	pause   time.Duration // that the target asks for while it is busy
	busy    time.Duration // from the beginning; zero: a second, if it asks for a pause
	most    int           // polls a job; zero: mostPolls
	change  func(*bench)
	spec    func(i int, s *queue.Spec)
}

func repeat(n int, takes ...time.Duration) (all []time.Duration) {
	for range n {
		all = append(all, takes...)
	}
	return all
}

// polls runs a workload with workers, and for each job a client that obeys the hint and
// one that asks every two seconds.
func (w workload) polls(t *testing.T) (all []*watched) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		if w.change != nil {
			w.change(b)
		}
		b.workers = w.workers
		b.q = b.restart()
		began, busy := time.Now(), w.busy
		if w.pause > 0 && busy == 0 {
			busy = time.Second
		}
		stop := b.run(b.q)
		defer stop()
		synctest.Wait() // a first look at the store beside the first claim might hide what is handed in then
		var mu sync.Mutex
		takes := map[job.ID]*watched{}
		ctx, cancel := context.WithCancel(t.Context())
		var workers, clients sync.WaitGroup
		room := make(chan struct{}, w.workers)
		workers.Go(func() {
			for {
				select {
				case room <- struct{}{}:
				case <-ctx.Done():
					return
				}
				got, err := b.q.Claim(ctx, 1)
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
				if len(got) == 0 {
					<-room
					select {
					case <-b.q.Wake():
						continue
					case <-ctx.Done():
						return
					}
				}
				workers.Go(func() {
					mu.Lock()
					is := takes[got[0].Job.ID]
					mu.Unlock()
					if time.Since(began) < busy {
						<-time.After(aroundRun)
						if _, err := b.q.Fail(t.Context(), got[0], fault.ByTarget(fault.New(fault.Upstream, "UPSTREAM_ERROR", "busy").After(w.pause))); err != nil {
							t.Error(err)
						}
						<-room
						return
					}
					<-time.After(is.takes + aroundRun)
					if _, err := b.q.Finish(t.Context(), got[0], success()); err != nil {
						t.Error(err)
					}
					is.ended = time.Now()
					<-room
				})
			}
		})
		for i, d := range w.takes {
			is := &watched{takes: d}
			all = append(all, is)
			s := b.spec("ann")
			if w.spec != nil {
				w.spec(i, &s)
			}
			mu.Lock()
			takes[s.ID] = is
			mu.Unlock()
			j, _, err := b.q.Submit(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			plan := b.plans["default"]
			first := b.q.Hint(&j, &plan)
			clients.Go(func() { is.polls, is.seen = b.watch(s.Owner, j.ID, first, false) })
			clients.Go(func() { is.fixedPolls, is.fixedSeen = b.watch(s.Owner, j.ID, 2, true) })
			if w.gap > 0 {
				<-time.After(w.gap)
			}
		}
		clients.Wait()
		cancel()
		workers.Wait()
	})
	return all
}

// watch polls until a job is over.
func (b *bench) watch(owner string, id job.ID, hint int64, fixed bool) (polls int, seen time.Time) {
	plan := b.plans["default"]
	for {
		<-time.After(time.Duration(hint)*time.Second + aroundPoll)
		s, err := b.q.Get(b.t.Context(), owner, id)
		if err != nil {
			b.t.Error(err)
			return polls, time.Now()
		}
		polls++
		if s.Job.Status.Final() {
			return polls, time.Now()
		}
		if !fixed {
			hint = b.q.Hint(&s.Job, &plan)
		}
	}
}

type polled struct {
	polls, fixedPolls int
	late, fixedLate   time.Duration // on the average
}

func sum(all []*watched) (p polled) {
	for _, w := range all {
		p.polls += w.polls
		p.fixedPolls += w.fixedPolls
		p.late += w.seen.Sub(w.ended)
		p.fixedLate += w.fixedSeen.Sub(w.ended)
	}
	n := time.Duration(max(len(all), 1))
	p.late, p.fixedLate = p.late/n, p.fixedLate/n
	return p
}

func (p polled) String() string {
	return fmt.Sprintf("%d polls, %s late; every two seconds: %d polls, %s late", p.polls, p.late.Round(time.Millisecond), p.fixedPolls, p.fixedLate.Round(time.Millisecond))
}

// On a server that knows nothing, a client that obeys the hint never asks more often than one
// that asks every two seconds, and notices the end sooner.
func TestAFreshServersHintsAreBetterThanTwoSeconds(t *testing.T) {
	const second = time.Second
	var ours, fixed int
	for _, w := range []workload{
		{name: "quick", workers: 4, takes: repeat(20, 3*time.Millisecond)},
		{name: "quick, one after the other", workers: 4, takes: repeat(20, 3*time.Millisecond), gap: 300 * time.Millisecond},
		{name: "mixed", workers: 64, takes: slices.Concat(repeat(20, second/10), repeat(20, 2*second), repeat(10, 40*second))},
		{name: "mixed, in a queue", workers: 4, takes: repeat(10, second/10, second, 3*second)},
		{name: "deep", workers: 2, takes: repeat(40, second)},
		{name: "deep, half seconds", workers: 4, takes: repeat(40, second/2)},
		{name: "deep, two seconds", workers: 4, takes: repeat(20, 2*second)},
		{name: "single", workers: 4, takes: repeat(1, 7*second)},
	} {
		r := sum(w.polls(t))
		t.Log(w.name, r)
		if r.polls > r.fixedPolls {
			t.Errorf("%s: %d polls, want at most %d", w.name, r.polls, r.fixedPolls)
		}
		if r.late >= r.fixedLate {
			t.Errorf("%s: the end is noticed after %s, want less than %s", w.name, r.late, r.fixedLate)
		}
		ours, fixed = ours+r.polls, fixed+r.fixedPolls
	}
	if ours >= fixed {
		t.Errorf("%d polls over all, want fewer than %d", ours, fixed)
	}
}

// owners shares jobs out among n owners.
func owners(n int) func(int, *queue.Spec) {
	return func(i int, s *queue.Spec) { s.Owner = fmt.Sprintf("owner%d", i%n) }
}

// Jobs that cannot begin for a while are asked about three times at most, on the
// average: those behind a limit, and those with a start that is known.
func TestWaitingJobsAreNotAskedAboutInVain(t *testing.T) {
	const second = time.Second
	limited := func(r queue.ToolRules) func(*bench) {
		return func(b *bench) { b.rule("json-formatter", r) }
	}
	for _, w := range []workload{
		{name: "one worker", workers: 1, takes: repeat(30, second)},
		{name: "the tool's limit", workers: 4, takes: repeat(30, second), change: limited(queue.ToolRules{MaxRunning: 1})},
		{name: "the tool's limit, owners in turn", workers: 4, takes: repeat(30, second), change: limited(queue.ToolRules{MaxRunning: 1}), spec: owners(5)},
		{name: "the plan's limit", workers: 4, takes: repeat(30, second), change: func(b *bench) {
			b.plans["default"] = account.Plan{Name: "default", MaxRunningJobs: 1}
		}},
		{name: "a start in 50 s", workers: 4, takes: repeat(10, second), spec: func(_ int, s *queue.Spec) {
			s.RunAt = time.Now().Add(50 * second)
		}},
		{name: "a start in 50 s behind the tool's limit", workers: 4, takes: repeat(10, second), change: limited(queue.ToolRules{MaxRunning: 1}), spec: func(_ int, s *queue.Spec) {
			s.RunAt = time.Now().Add(50 * second)
		}},
		{name: "the target asked to be left alone", workers: 4, takes: repeat(10, second), pause: 50 * second},
		{name: "the target is busy", workers: 4, takes: repeat(10, second), pause: 20 * second, change: limited(queue.ToolRules{Breaker: true})},
		{name: "the target is busy, half seconds", workers: 4, takes: repeat(10, second/2), pause: 20 * second, change: limited(queue.ToolRules{Breaker: true})},
		// How long a run takes is found out as slowly as anywhere, while only one runs.
		{name: "the target is busy, three seconds", most: 5, workers: 4, takes: repeat(10, 3*second), pause: 20 * second, change: limited(queue.ToolRules{Breaker: true})},
		{name: "the target is busy, many jobs", workers: 8, takes: repeat(60, second), pause: 20 * second, change: limited(queue.ToolRules{Breaker: true})},
		{name: "the target is busy for all owners", workers: 4, takes: repeat(20, second), pause: 20 * second, change: limited(queue.ToolRules{Breaker: true}), spec: owners(4)},
	} {
		r := sum(w.polls(t))
		t.Log(w.name, r)
		if n, most := len(w.takes), cmp.Or(w.most, mostPolls); r.polls > most*n+1 { // one depends on who is first of what happens at one moment
			t.Errorf("%s: %.1f polls a job, want at most %d", w.name, float64(r.polls)/float64(n), most)
		}
		if r.late > 5*time.Second {
			t.Errorf("%s: the end is noticed after %s", w.name, r.late)
		}
	}
}
