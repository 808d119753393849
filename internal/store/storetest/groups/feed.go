package groups

import (
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// feed reads a page.
func feed(w *world.World, after int64, change ...func(*protocol.Filter)) (ids []job.ID, next int64) {
	w.T.Helper()
	f := protocol.Filter{Owner: "ann", Feed: true, Before: protocol.Cursor{Finish: after}, Limit: 100}
	for _, c := range change {
		c(&f)
	}
	jobs, at, err := w.List(w.Ctx(), f)
	w.NoError(err)
	ids = []job.ID{}
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids, at.Finish
}

func numbered(w *world.World) {
	early := w.SubmitJob("ann")
	ended(w, early)
	got, err := w.Get(w.Ctx(), early.ID)
	w.NoError(err)
	w.Equal("number before anybody asks", got.FinishNo, int64(0))
	last, err := w.Finishes(w.Ctx(), "ann", false)
	w.NoError(err)
	w.Equal("not begun", last, int64(0))
	from, err := w.Finishes(w.Ctx(), "ann", true)
	w.NoError(err)
	a, b, c, d := w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("ann")
	other := w.SubmitJob("bob")
	for _, j := range []*job.Job{c, other, a} {
		ended(w, j)
	}
	w.Must(d.ID, world.GiveUp)
	ids, next := feed(w, from)
	w.Equal("in the order of their ends", ids, []job.ID{c.ID, a.ID, d.ID})
	last, err = w.Finishes(w.Ctx(), "ann", true)
	w.NoError(err)
	w.Equal("the last", last, next)
	ids, same := feed(w, next)
	w.Equal("after all", ids, []job.ID{})
	w.Equal("where it goes on", same, next)
	w.Reopen()
	w.Must(b.ID, world.GiveUp)
	w.Must(a.ID, world.Remove)
	ids, _ = feed(w, next)
	w.Equal("after reopening", ids, []job.ID{b.ID})
	ids, _ = feed(w, from)
	w.Equal("what was removed is left out", ids, []job.ID{c.ID, d.ID, b.ID})
	w.Must(c.ID, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error { // as one whose expiry is moved
		j.Expires = l.Now().Add(2 * time.Hour)
		return nil
	})
	ids, _ = feed(w, from)
	w.Equal("what is touched afterwards stays", ids, []job.ID{c.ID, d.ID, b.ID})
}

func feedFilters(w *world.World) {
	from, err := w.Finishes(w.Ctx(), "ann", true)
	w.NoError(err)
	var x []job.ID
	for i := range 12 {
		j := w.SubmitJob("ann", world.WithTool([]string{"x", "y", "y"}[i%3]), in([]string{"", "g"}[i%2]))
		w.Must(j.ID, world.GiveUp)
		if i%3 == 0 {
			x = append(x, j.ID)
		}
	}
	tool := func(f *protocol.Filter) { f.Tools = []string{"x"} }
	ids, next := feed(w, from, tool)
	w.Equal("a tool's", ids, x)
	w.Equal("all were looked at", next, from+12)
	ids, next = feed(w, from, tool, func(f *protocol.Filter) { f.Limit = 2 })
	w.Equal("two", ids, x[:2])
	rest, _ := feed(w, next, tool)
	w.Equal("the rest", rest, x[2:])
	ids, next = feed(w, from, tool, func(f *protocol.Filter) { f.Rows = 5 })
	w.Equal("of five", ids, x[:2])
	w.Equal("after five", next, from+5)
	ids, _ = feed(w, from, tool, func(f *protocol.Filter) { f.Group = "g" })
	w.Equal("a tool's of a group", ids, []job.ID{x[1], x[3]})
	ids, _ = feed(w, from, func(f *protocol.Filter) { f.Status = []job.Status{job.Success} })
	w.Equal("those that succeeded", ids, []job.ID{})
	ids, next = feed(w, from, func(f *protocol.Filter) { f.Now = w.Now().Add(2 * time.Hour) })
	w.Equal("what has expired", ids, []job.ID{})
	w.Equal("is passed over", next, from+12)
}

// feedManyCallers: whoever reads while many jobs end, on this process and, of a shared
// store, on another, sees each once and in the order of their numbers.
func feedManyCallers(w *world.World) {
	from, err := w.Finishes(w.Ctx(), "ann", true)
	w.NoError(err)
	stores := []world.Store{w.Store}
	if w.Peers() != nil {
		other := w.Open()
		defer func() { w.NoError(other.Close()) }()
		stores = append(stores, other)
	}
	const callers, jobs = 6, 15
	var all sync.WaitGroup
	for i := range callers {
		s := stores[i%len(stores)]
		all.Go(func() {
			for range jobs {
				j := w.Job("ann")
				if err := s.Submit(w.Ctx(), world.Submission(j)); err != nil {
					w.T.Error(err)
					return
				}
				c := &protocol.Change{ID: j.ID, Decide: world.GiveUp}
				if err := s.Change(w.Ctx(), []*protocol.Change{c}); err != nil || c.Err != nil {
					w.T.Error(err, c.Err)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	seen := map[job.ID]bool{}
	for at, last := from, false; ; {
		select {
		case <-over:
			last = true
		default:
		}
		ids, next := feed(w, at)
		for _, id := range ids {
			if seen[id] {
				w.T.Fatalf("job %s is told twice", id)
			}
			seen[id] = true
		}
		if at = next; last && len(ids) == 0 {
			break
		}
	}
	w.Equal("ends", len(seen), callers*jobs)
}
