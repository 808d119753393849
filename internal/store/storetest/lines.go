package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func linesOrder(w *world.World) {
	a := w.SubmitJob("ann")
	b := w.SubmitJob("ann", world.WithPriority(5))
	c := w.SubmitJob("ann", world.WithPriority(-10))
	d := w.SubmitJob("ann", world.WithPriority(5), world.WithTool("csv-to-json"), world.WithFile(1<<33))
	w.SubmitJob("bob", world.WithPriority(10))
	got, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", got, []job.Candidate{world.CandidateOf(b), world.CandidateOf(a), world.CandidateOf(c)})
	got, err = w.Ready(w.Ctx(), "ann", "csv-to-json", job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready of another tool", got, []job.Candidate{world.CandidateOf(d)})
	got, err = w.Ready(w.Ctx(), "nobody", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready of nobody", len(got), 0)
}

func linesPages(w *world.World) {
	var all []job.Candidate
	for i := range 40 {
		all = append(all, world.CandidateOf(w.SubmitJob("ann", world.WithPriority(i%3-1))))
	}
	slices.SortStableFunc(all, func(a, b job.Candidate) int {
		return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID.Seq(), b.ID.Seq()))
	})
	for _, size := range []int{1, 7, 13, 14, 100} {
		var got []job.Candidate
		for after := (job.Candidate{}); ; after = got[len(got)-1] {
			page, err := w.Ready(w.Ctx(), "ann", world.ToolName, after, size)
			w.NoError(err)
			if len(page) > size {
				w.T.Fatalf("got %d, asked for %d", len(page), size)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		w.Equal("pages", got, all)
	}
}

func linesPromote(w *world.World) {
	due, next, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	if len(due) != 0 || !next.IsZero() {
		w.T.Fatalf("got %v, %v from an empty store", due, next)
	}
	in := func(d time.Duration) func(*job.Job) { return world.WithRunAt(w.Clock.Now().Add(d)) }
	a := w.SubmitJob("ann", in(time.Minute))
	b := w.SubmitJob("bob", in(2*time.Minute), world.WithProbation(job.Suspect))
	c := w.SubmitJob("ann", in(3*time.Minute))
	past := w.SubmitJob("ann", in(-time.Minute))
	w.Has("ann", account.Counts{Queued: 3, StoredBytes: 15})
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(past)})

	due, next, err = w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("nothing is due", len(due), 0)
	w.Equal("next", next, world.Milli(a.Ready.RunAt))

	w.Clock.Advance(2 * time.Minute)
	due, next, err = w.Promote(w.Ctx(), 1)
	w.NoError(err)
	w.Equal("due", due, []job.Candidate{world.CandidateOf(a)})
	w.Equal("next", next, world.Milli(b.Ready.RunAt))
	due, next, err = w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("due", due, []job.Candidate{world.CandidateOf(b)})
	w.Equal("next", next, world.Milli(c.Ready.RunAt))
	ready, err = w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(a), world.CandidateOf(past)})
	suspects, err := protocol.Suspects(w.Ctx(), w, 10)
	w.NoError(err)
	w.Equal("suspects", suspects, []job.Candidate{world.CandidateOf(b)})
}

// linesRetry: a retry waits like a delayed submission.
func linesRetry(w *world.World) {
	j := w.SubmitJob("ann")
	w.Must(j.ID, world.Claim("w"))
	w.Must(j.ID, world.Requeue(w.Clock.Now().Add(time.Second), job.Clear))
	_, next, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("next", next, world.Milli(w.Clock.Now().Add(time.Second)))
	w.Clock.Advance(time.Second)
	due, next, err := w.Promote(w.Ctx(), 10)
	w.NoError(err)
	w.Equal("due", due, []job.Candidate{world.CandidateOf(j)})
	w.Equal("next", next, time.Time{})
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

func linesLeases(w *world.World) {
	var want []job.Lease
	for range 4 {
		j := w.SubmitJob("ann")
		want = append(want, w.Must(j.ID, world.Claim("w")).Ready.Lease)
		w.Clock.Advance(10 * time.Second)
	}
	w.SubmitJob("ann")
	// The leases end in -10, 0, 10 and 20 seconds.
	for _, c := range []struct {
		within time.Duration
		limit  int
		want   []job.Lease
	}{
		{-11 * time.Second, 10, nil},
		{-10 * time.Second, 10, want[:1]},
		{0, 10, want[:2]},
		{15 * time.Second, 10, want[:3]},
		{time.Hour, 10, want},
		{100 * 365 * 24 * time.Hour, 2, want[:2]},
	} {
		got, err := protocol.Leases(w.Ctx(), w, w.Now().Add(c.within), c.limit)
		w.NoError(err)
		w.Equal("leases within "+c.within.String(), got, c.want)
	}
}

func linesSuspects(w *world.World) {
	a := w.SubmitJob("ann", world.WithProbation(job.Suspect))
	b := w.SubmitJob("bob")
	c := w.SubmitJob("bob", world.WithProbation(job.Alone))
	later := w.SubmitJob("bob", world.WithProbation(job.Alone), world.WithRunAt(w.Clock.Now().Add(time.Hour)))
	got, err := protocol.Suspects(w.Ctx(), w, 10)
	w.NoError(err)
	w.Equal("suspects", got, []job.Candidate{world.CandidateOf(a), world.CandidateOf(c)})
	got, err = protocol.Suspects(w.Ctx(), w, 1)
	w.NoError(err)
	w.Equal("first suspect", got, []job.Candidate{world.CandidateOf(a)})
	got, err = w.Ready(w.Ctx(), "bob", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", got, []job.Candidate{world.CandidateOf(b)})

	w.Must(b.ID, world.Claim("w"))
	w.Must(a.ID, world.Claim("w"))
	w.Must(b.ID, world.Requeue(time.Time{}, job.Suspect))
	got, err = protocol.Suspects(w.Ctx(), w, 10)
	w.NoError(err)
	b.Ready.Probation = job.Suspect
	w.Equal("suspects", got, []job.Candidate{world.CandidateOf(b), world.CandidateOf(c)})
	_ = later
}

func linesCounts(w *world.World) {
	w.Equal("empty backlog", w.ToolCounts(), []account.ToolCount{})
	a := w.SubmitJob("ann", world.WithTool("x"))
	w.SubmitJob("ann", world.WithTool("x"), world.WithRunAt(w.Clock.Now().Add(time.Hour)))
	w.SubmitJob("ann", world.WithTool("y"))
	b := w.SubmitJob("bob", world.WithTool("x"))
	w.Must(a.ID, world.Claim("w"))
	w.Equal("backlog", w.ToolCounts(), []account.ToolCount{
		{Owner: "ann", Tool: "x", Queued: 1, Running: 1}, {Owner: "ann", Tool: "y", Queued: 1}, {Owner: "bob", Tool: "x", Queued: 1},
	})
	w.Must(a.ID, world.GiveUp)
	w.Must(b.ID, world.Remove)
	w.Equal("backlog", w.ToolCounts(), []account.ToolCount{{Owner: "ann", Tool: "x", Queued: 1}, {Owner: "ann", Tool: "y", Queued: 1}})
}

// changeClaimedOnce: workers take what they see from the same lists.
func changeClaimedOnce(w *world.World) {
	const jobs = 60
	claimedOnce(w, jobs, slices.Repeat([]world.Store{w.Store}, 8))
	w.Has("ann", account.Counts{Running: jobs, StoredBytes: 5 * jobs})
}

// claimedOnce has a worker at each of the stores, which have the same data, claim
// of so many jobs what it sees, until there are no more.
func claimedOnce(w *world.World, jobs int, stores []world.Store) {
	for range jobs {
		w.SubmitJob("ann")
	}
	var mu sync.Mutex
	claimed := map[job.ID]int{}
	var wg sync.WaitGroup
	for n, s := range stores {
		wg.Go(func() {
			for {
				seen, err := s.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 5)
				if err != nil || len(seen) == 0 {
					w.NoErrorHere(err)
					return
				}
				cs := make([]*protocol.Change, len(seen))
				for i, c := range seen {
					cs[i] = &protocol.Change{ID: c.ID, Decide: world.Claim(fmt.Sprint("w", n))}
				}
				if err := s.Change(w.Ctx(), cs); err != nil {
					w.T.Error(err)
					return
				}
				mu.Lock()
				for _, c := range cs {
					if c.Err == nil {
						claimed[c.ID]++
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	w.Equal("claimed", len(claimed), jobs)
	for id, n := range claimed {
		if n != 1 {
			w.T.Errorf("job %s was claimed %d times", id, n)
		}
	}
}
