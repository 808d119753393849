package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// peersCases are the cases of servers that share a store.
func peersCases() world.Cases {
	return world.Cases{
		"standing tells version, lease and cancel": peersStanding,
		"somebody leads":                                  peersLead,
		"what another commits is told":                    peersFollow,
		"two stores on the same data claim each job once": peersClaim,
		"a write of one is seen by the other":             peersSee,
		"quota is exact over two stores":                  peersQuota,
		"one key answers once over two stores":            peersAnswer,
	}
}

func peersStanding(w *world.World) {
	waiting, leased, done, gone := w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("bob"), w.SubmitJob("bob")
	lease := w.Must(leased.ID, world.Claim("w")).Ready.Lease
	w.Must(leased.ID, func(_ *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		j.Ready.CancelRequested = true
		return nil
	})
	w.Must(done.ID, world.GiveUp)
	w.Must(gone.ID, world.Remove)
	got, err := w.Standing(w.Ctx(), []job.ID{waiting.ID, leased.ID, done.ID, gone.ID, w.IDs.New()})
	w.NoError(err)
	slices.SortFunc(got, func(a, b protocol.Standing) int { return slices.Compare(a.ID[:], b.ID[:]) })
	w.Equal("standing", got, []protocol.Standing{
		{ID: waiting.ID, Version: 1, Ready: waiting.Ready}, {ID: leased.ID, Version: 2, Ready: &job.Ready{Lease: lease, CancelRequested: true}}, {ID: done.ID, Version: 2},
	})
	got, err = w.Standing(w.Ctx(), nil)
	w.NoError(err)
	w.Equal("standing of none", len(got), 0)
}

// peersLead: a leader is there within 15 seconds, and the next one within 15
// seconds of its end.
func peersLead(w *world.World) {
	if w.Peers() == nil {
		w.T.Skip("the store is for one process")
	}
	w.Await("a leader", 15*time.Second, w.Peers().Leads)
	other := w.Open()
	defer func() { w.NoError(other.Close()) }()
	if other.Peers().Leads() {
		w.T.Fatal("both lead")
	}
	w.NoError(w.Close())
	w.Await("a new leader", 15*time.Second, other.Peers().Leads)
	w.Store = w.Open()
}

// A listener collects what is told.
type listener struct {
	mu    sync.Mutex // guards the fields below
	jobs  map[job.ID]int64
	said  map[job.ID]bool
	lines map[protocol.Line]bool
	begun bool
}

func (l *listener) hear(n protocol.News) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = l.begun || n.Missed
	for _, j := range n.Jobs {
		if j.Version != protocol.Unchanged {
			l.jobs[j.ID] = j.Version
		}
		l.said[j.ID] = l.said[j.ID] || j.Said
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

func peersFollow(w *world.World) {
	if w.Peers() == nil {
		w.T.Skip("the store is for one process")
	}
	other := w.Open()
	defer func() { w.NoError(other.Close()) }()
	l := &listener{jobs: map[job.ID]int64{}, said: map[job.ID]bool{}, lines: map[protocol.Line]bool{}}
	ctx, end := context.WithCancel(w.Ctx())
	var all sync.WaitGroup
	all.Go(func() { other.Peers().Follow(ctx, l.hear) })
	defer all.Wait()
	defer end()
	w.Await("beginning", 10*time.Second, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.begun
	})
	const within = 2 * time.Second // a busy machine; 250 ms is measured elsewhere
	j := w.SubmitJob("ann ü/%")
	w.Await("news of a submission", within, l.knows(j.ID, 1))
	w.Await("news of its line", within, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.lines[protocol.Line{Owner: "ann ü/%", Tool: "json-formatter"}]
	})
	w.Must(j.ID, world.Claim("w"))
	w.Await("news of a claim", within, l.knows(j.ID, 2))
	w.Must(j.ID, saying(word(job.Log, 1, "line")))
	w.Await("news of its words", within, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.said[j.ID]
	})
	w.Await("no news of another version", within, l.knows(j.ID, 2))
	w.Must(j.ID, world.Remove)
	w.Await("news of a removal", within, l.knows(j.ID, 0))
	for range 1000 {
		j = w.SubmitJob("bob")
	}
	w.Await("news of many", 10*time.Second, l.knows(j.ID, 1))
	mine, err := other.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("job", mine, world.ClientView(*j))
}

func peersClaim(w *world.World) {
	claimedOnce(w, 120, slices.Repeat(w.Pair(), 3))
}

func peersSee(w *world.World) {
	stores := w.Pair()
	j := w.SubmitJob("ann")
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	c := &protocol.Change{ID: j.ID, Decide: world.Finish(lease, w.NewOutput(j.ID, 1))}
	w.NoError(stores[1].Change(w.Ctx(), []*protocol.Change{c}))
	w.NoError(c.Err)
	got, err := w.Get(w.Ctx(), j.ID)
	w.NoError(err)
	w.Equal("finished job", got, c.Job)
	late := &protocol.Change{ID: j.ID, Decide: world.Finish(lease, nil)}
	w.NoError(w.Change(w.Ctx(), []*protocol.Change{late}))
	w.IsKind(late.Err, fault.LeaseLost, "")
}

func peersQuota(w *world.World) {
	const most, tries = 25, 60
	var wg sync.WaitGroup
	stores := w.Pair()
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
		s := world.Submission(w.Job("ann"))
		s.Admit = admit
		wg.Go(func() {
			if err := stores[i%2].Submit(w.Ctx(), s); err != nil && !fault.IsCode(err, "QUOTA_EXCEEDED") {
				w.T.Error(err)
			}
		})
	}
	wg.Wait()
	is, err := stores[1].Owner(w.Ctx(), "ann", 9)
	w.NoError(err)
	w.Equal("charged", is.Usage.Jobs, int64(most))
	w.Equal("queued", is.Counts.Queued, int64(most))
}

func peersAnswer(w *world.World) {
	stores := w.Pair()
	var wg sync.WaitGroup
	subs := make([]*protocol.Submission, 40)
	for i := range subs {
		subs[i] = w.Keyed("ann", 1)
		wg.Go(func() { w.NoErrorHere(stores[i%2].Submit(w.Ctx(), subs[i])) })
	}
	wg.Wait()
	written := 0
	for _, s := range subs {
		if s.Replay == nil {
			written++
		}
	}
	w.Equal("jobs written", written, 1)
	_, has, err := w.Usage(w.Ctx(), "ann", 1)
	w.NoError(err)
	w.Equal("queued", has.Queued, int64(1))
}
