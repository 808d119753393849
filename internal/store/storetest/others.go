package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// othersCases are the cases of servers that share a store.
func othersCases() []testCase {
	return []testCase{
		{"standing tells version, lease and cancel", othersStanding},
		{"somebody leads", othersLead},
		{"what another commits is told", othersFollow},
		{"two stores on the same data claim each job once", othersClaim},
		{"a write of one is seen by the other", othersSee},
		{"quota is exact over two stores", othersQuota},
		{"one key answers once over two stores", othersAnswer},
	}
}

func othersStanding(w *world) {
	waiting, leased, done, gone := w.submit("ann"), w.submit("ann"), w.submit("bob"), w.submit("bob")
	lease := w.must(leased.ID, claim("w")).Ready.Lease
	w.must(leased.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.CancelRequested = true
		return nil
	})
	w.must(done.ID, giveUp)
	w.must(gone.ID, remove)
	got, err := w.Standing(w.ctx(), []job.ID{waiting.ID, leased.ID, done.ID, gone.ID, w.ids.New()})
	w.noError(err)
	slices.SortFunc(got, func(a, b protocol.Standing) int { return slices.Compare(a.ID[:], b.ID[:]) })
	w.equal("standing", got, []protocol.Standing{
		{ID: waiting.ID, Version: 1, Ready: waiting.Ready}, {ID: leased.ID, Version: 2, Ready: &job.Ready{Lease: lease, CancelRequested: true}}, {ID: done.ID, Version: 2},
	})
	got, err = w.Standing(w.ctx(), nil)
	w.noError(err)
	w.equal("standing of none", len(got), 0)
}

// othersLead: a leader is there within 15 seconds, and the next one within 15
// seconds of its end.
func othersLead(w *world) {
	if w.Peers() == nil {
		w.t.Skip("the store is for one process")
	}
	w.await("a leader", 15*time.Second, w.Peers().Leads)
	other := w.open()
	defer func() { w.noError(other.Close()) }()
	if other.Peers().Leads() {
		w.t.Fatal("both lead")
	}
	w.noError(w.Close())
	w.await("a new leader", 15*time.Second, other.Peers().Leads)
	w.Store = w.open()
}

// await waits until something is so.
func (w *world) await(what string, patience time.Duration, is func() bool) {
	w.t.Helper()
	late := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-late:
			w.t.Fatalf("no %s within %s", what, patience)
		case <-tick.C:
		}
	}
}

// A listener collects what is told.
type listener struct {
	mu    sync.Mutex // guards the fields below
	jobs  map[job.ID]int64
	lines map[protocol.Line]bool
	begun bool
}

func (l *listener) hear(n protocol.News) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = l.begun || n.Missed
	for _, j := range n.Jobs {
		l.jobs[j.ID] = j.Version
	}
	for _, line := range n.Lines {
		l.lines[line] = true
	}
}

func (l *listener) knows(id job.ID, version int64) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		v, ok := l.jobs[id]
		return ok && v == version
	}
}

func othersFollow(w *world) {
	if w.Peers() == nil {
		w.t.Skip("the store is for one process")
	}
	other := w.open()
	defer func() { w.noError(other.Close()) }()
	l := &listener{jobs: map[job.ID]int64{}, lines: map[protocol.Line]bool{}}
	ctx, end := context.WithCancel(w.ctx())
	var all sync.WaitGroup
	all.Go(func() { other.Peers().Follow(ctx, l.hear) })
	defer all.Wait()
	defer end()
	w.await("beginning", 10*time.Second, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.begun
	})
	const within = 2 * time.Second // a busy machine; 250 ms is measured elsewhere
	j := w.submit("ann ü/%")
	w.await("news of a submission", within, l.knows(j.ID, 1))
	w.await("news of its line", within, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.lines[protocol.Line{Owner: "ann ü/%", Tool: "json-formatter"}]
	})
	w.must(j.ID, claim("w"))
	w.await("news of a claim", within, l.knows(j.ID, 2))
	w.must(j.ID, remove)
	w.await("news of a removal", within, l.knows(j.ID, 0))
	for range 1000 {
		j = w.submit("bob")
	}
	w.await("news of many", 10*time.Second, l.knows(j.ID, 1))
	mine, err := other.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("job", mine, clientView(*j))
}

// pair opens a second store on the same data; both are closed with the test.
func (w *world) pair() []Store {
	if w.Peers() == nil {
		return []Store{w.Store, w.Store}
	}
	other := w.open()
	w.t.Cleanup(func() { w.noError(other.Close()) })
	return []Store{w.Store, other}
}

func othersClaim(w *world) {
	const jobs = 120
	for range jobs {
		w.submit("ann")
	}
	var mu sync.Mutex
	claimed := map[job.ID]int{}
	var wg sync.WaitGroup
	for n, s := range w.pair() {
		for range 3 {
			wg.Go(func() {
				for {
					seen, err := s.Ready(w.ctx(), "ann", "json-formatter", job.Candidate{}, 7)
					if err != nil || len(seen) == 0 {
						w.noErrorHere(err)
						return
					}
					cs := make([]*protocol.Change, len(seen))
					for i, c := range seen {
						cs[i] = &protocol.Change{ID: c.ID, Decide: claim(string(rune('a' + n)))}
					}
					w.noErrorHere(s.Change(w.ctx(), cs))
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
	}
	wg.Wait()
	w.equal("claimed", len(claimed), jobs)
	for id, n := range claimed {
		if n != 1 {
			w.t.Errorf("job %s was claimed %d times", id, n)
		}
	}
}

// noErrorHere is noError for goroutines.
func (w *world) noErrorHere(err error) {
	if err != nil {
		w.t.Error(err)
	}
}

func othersSee(w *world) {
	stores := w.pair()
	j := w.submit("ann")
	lease := w.must(j.ID, claim("w")).Ready.Lease
	c := &protocol.Change{ID: j.ID, Decide: finish(lease, w.output(j.ID, 1))}
	w.noError(stores[1].Change(w.ctx(), []*protocol.Change{c}))
	w.noError(c.Err)
	got, err := w.Get(w.ctx(), j.ID)
	w.noError(err)
	w.equal("finished job", got, c.Job)
	late := &protocol.Change{ID: j.ID, Decide: finish(lease, nil)}
	w.noError(w.Change(w.ctx(), []*protocol.Change{late}))
	w.isKind(late.Err, fault.LeaseLost, "")
}

func othersQuota(w *world) {
	const most, tries = 25, 60
	var wg sync.WaitGroup
	stores := w.pair()
	admit := func(l protocol.Ledger) error {
		u, err := l.Usage("ann", 9)
		if err != nil {
			return err
		}
		if u.Jobs >= most {
			return fault.New(fault.Limited, "QUOTA_EXCEEDED", "used up")
		}
		u.Jobs++
		return nil
	}
	for i := range tries {
		s := submission(w.job("ann"))
		s.Admit = admit
		wg.Go(func() {
			if err := stores[i%2].Submit(w.ctx(), s); err != nil && !fault.IsCode(err, "QUOTA_EXCEEDED") {
				w.t.Error(err)
			}
		})
	}
	wg.Wait()
	is, err := stores[1].Owner(w.ctx(), "ann", 9)
	w.noError(err)
	w.equal("charged", is.Usage.Jobs, int64(most))
	w.equal("queued", is.Counts.Queued, int64(most))
}

func othersAnswer(w *world) {
	stores := w.pair()
	var wg sync.WaitGroup
	subs := make([]*protocol.Submission, 40)
	for i := range subs {
		subs[i] = w.keyed("ann", 1)
		wg.Go(func() { w.noErrorHere(stores[i%2].Submit(w.ctx(), subs[i])) })
	}
	wg.Wait()
	written := 0
	for _, s := range subs {
		if s.Replay == nil {
			written++
		}
	}
	w.equal("jobs written", written, 1)
	_, has, err := w.Usage(w.ctx(), "ann", 1)
	w.noError(err)
	w.equal("queued", has.Queued, int64(1))
}
