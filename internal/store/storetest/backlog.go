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
)

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func backlogOrder(w *world) {
	a := w.submit("ann")
	b := w.submit("ann", withPriority(5))
	c := w.submit("ann", withPriority(-10))
	d := w.submit("ann", withPriority(5), withTool("csv-to-json"), withFile(1<<33))
	w.submit("bob", withPriority(10))
	got, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", got, []job.Candidate{candidateOf(b), candidateOf(a), candidateOf(c)})
	got, err = w.Ready(w.ctx(), "ann", "csv-to-json", job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready of another tool", got, []job.Candidate{candidateOf(d)})
	got, err = w.Ready(w.ctx(), "nobody", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready of nobody", len(got), 0)
}

func backlogPages(w *world) {
	var all []job.Candidate
	for i := range 40 {
		all = append(all, candidateOf(w.submit("ann", withPriority(i%3-1))))
	}
	slices.SortStableFunc(all, func(a, b job.Candidate) int {
		return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID.Seq(), b.ID.Seq()))
	})
	for _, size := range []int{1, 7, 13, 14, 100} {
		var got []job.Candidate
		for after := (job.Candidate{}); ; after = got[len(got)-1] {
			page, err := w.Ready(w.ctx(), "ann", toolName, after, size)
			w.noError(err)
			if len(page) > size {
				w.t.Fatalf("got %d, asked for %d", len(page), size)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
		}
		w.equal("pages", got, all)
	}
}

func backlogPromote(w *world) {
	due, next, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	if len(due) != 0 || !next.IsZero() {
		w.t.Fatalf("got %v, %v from an empty store", due, next)
	}
	in := func(d time.Duration) func(*job.Job) { return withRunAt(w.clock.Now().Add(d)) }
	a := w.submit("ann", in(time.Minute))
	b := w.submit("bob", in(2*time.Minute), withProbation(job.Suspect))
	c := w.submit("ann", in(3*time.Minute))
	past := w.submit("ann", in(-time.Minute))
	w.has("ann", account.Counts{Queued: 3, StoredBytes: 15})
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(past)})

	due, next, err = w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("nothing is due", len(due), 0)
	w.equal("next", next, milli(a.Ready.RunAt))

	w.clock.advance(2 * time.Minute)
	due, next, err = w.Promote(w.ctx(), 1)
	w.noError(err)
	w.equal("due", due, []job.Candidate{candidateOf(a)})
	w.equal("next", next, milli(b.Ready.RunAt))
	due, next, err = w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("due", due, []job.Candidate{candidateOf(b)})
	w.equal("next", next, milli(c.Ready.RunAt))
	ready, err = w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(a), candidateOf(past)})
	suspects, err := protocol.Suspects(w.ctx(), w, 10)
	w.noError(err)
	w.equal("suspects", suspects, []job.Candidate{candidateOf(b)})
}

// backlogRetry: a retry waits like a delayed submission.
func backlogRetry(w *world) {
	j := w.submit("ann")
	w.must(j.ID, claim("w"))
	w.must(j.ID, requeue(w.clock.Now().Add(time.Second), job.Clear))
	_, next, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("next", next, milli(w.clock.Now().Add(time.Second)))
	w.clock.advance(time.Second)
	due, next, err := w.Promote(w.ctx(), 10)
	w.noError(err)
	w.equal("due", due, []job.Candidate{candidateOf(j)})
	w.equal("next", next, time.Time{})
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
}

func backlogLeases(w *world) {
	var want []job.Lease
	for range 4 {
		j := w.submit("ann")
		want = append(want, w.must(j.ID, claim("w")).Ready.Lease)
		w.clock.advance(10 * time.Second)
	}
	w.submit("ann")
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
		got, err := protocol.Leases(w.ctx(), w, w.now().Add(c.within), c.limit)
		w.noError(err)
		w.equal("leases within "+c.within.String(), got, c.want)
	}
}

func backlogSuspects(w *world) {
	a := w.submit("ann", withProbation(job.Suspect))
	b := w.submit("bob")
	c := w.submit("bob", withProbation(job.Alone))
	later := w.submit("bob", withProbation(job.Alone), withRunAt(w.clock.Now().Add(time.Hour)))
	got, err := protocol.Suspects(w.ctx(), w, 10)
	w.noError(err)
	w.equal("suspects", got, []job.Candidate{candidateOf(a), candidateOf(c)})
	got, err = protocol.Suspects(w.ctx(), w, 1)
	w.noError(err)
	w.equal("first suspect", got, []job.Candidate{candidateOf(a)})
	got, err = w.Ready(w.ctx(), "bob", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", got, []job.Candidate{candidateOf(b)})

	w.must(b.ID, claim("w"))
	w.must(a.ID, claim("w"))
	w.must(b.ID, requeue(time.Time{}, job.Suspect))
	got, err = protocol.Suspects(w.ctx(), w, 10)
	w.noError(err)
	b.Ready.Probation = job.Suspect
	w.equal("suspects", got, []job.Candidate{candidateOf(b), candidateOf(c)})
	_ = later
}

func backlogCounts(w *world) {
	w.equal("empty backlog", w.backlog(), []account.ToolCount{})
	a := w.submit("ann", withTool("x"))
	w.submit("ann", withTool("x"), withRunAt(w.clock.Now().Add(time.Hour)))
	w.submit("ann", withTool("y"))
	b := w.submit("bob", withTool("x"))
	w.must(a.ID, claim("w"))
	w.equal("backlog", w.backlog(), []account.ToolCount{
		{Owner: "ann", Tool: "x", Queued: 1, Running: 1}, {Owner: "ann", Tool: "y", Queued: 1}, {Owner: "bob", Tool: "x", Queued: 1},
	})
	w.must(a.ID, giveUp)
	w.must(b.ID, remove)
	w.equal("backlog", w.backlog(), []account.ToolCount{{Owner: "ann", Tool: "x", Queued: 1}, {Owner: "ann", Tool: "y", Queued: 1}})
}

// backlog returns the backlog by owner and tool.
func (w *world) backlog() []account.ToolCount {
	w.t.Helper()
	got, err := w.Backlog(w.ctx())
	w.noError(err)
	slices.SortFunc(got, func(a, b account.ToolCount) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Tool, b.Tool))
	})
	return append([]account.ToolCount{}, got...)
}

// changeClaimedOnce: workers take what they see from the same lists.
func changeClaimedOnce(w *world) {
	const jobs, workers = 60, 8
	for range jobs {
		w.submit("ann")
	}
	var mu sync.Mutex
	claimed := map[job.ID]int{}
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for {
				seen, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 5)
				if err != nil || len(seen) == 0 {
					if err != nil {
						w.t.Error(err)
					}
					return
				}
				cs := make([]*protocol.Change, len(seen))
				for i, c := range seen {
					cs[i] = &protocol.Change{ID: c.ID, Decide: claim(fmt.Sprint("w", n))}
				}
				if err := w.Change(w.ctx(), cs); err != nil {
					w.t.Error(err)
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
	w.equal("claimed", len(claimed), jobs)
	for id, n := range claimed {
		if n != 1 {
			w.t.Errorf("job %s was claimed %d times", id, n)
		}
	}
	w.has("ann", account.Counts{Running: jobs, StoredBytes: 5 * jobs})
}
