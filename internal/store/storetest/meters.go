package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

var errRefused = errors.New("refused")

// spend adds to an allowance, and fails afterwards if it is told to.
func spend(name string, owed time.Duration, then error) world.Decision {
	return func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		m, err := l.Meter(j.Tool, name)
		if err != nil {
			return err
		}
		m.At, m.Owed = l.Now(), m.Owed+owed
		return then
	}
}

// owes fails unless so much is owed of an allowance.
func owes(w *world.World, id job.ID, name string, want time.Duration) {
	w.T.Helper()
	w.Must(id, func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		m, err := l.Meter(j.Tool, name)
		if err == nil {
			w.Equal("owed of "+name, m.Owed, want)
			w.Equal("there is a time", m.At.IsZero(), want == 0)
		}
		return err
	})
}

func metersKept(w *world.World) {
	j, other := w.SubmitJob("ann"), w.SubmitJob("ann", world.WithTool("x"))
	const awkward = "metadata.a=\x00\xff%2F"
	w.Must(j.ID, spend("", 2*time.Second, nil))
	w.Must(j.ID, spend("", time.Second+time.Nanosecond, nil))
	w.Must(j.ID, spend(awkward, time.Hour, nil))
	if _, err := w.ChangeJob(j.ID, spend("", time.Minute, errRefused)); !errors.Is(err, errRefused) {
		w.T.Errorf("refused: %v", err)
	}
	for range 2 {
		owes(w, j.ID, "", 3*time.Second+time.Nanosecond)
		owes(w, j.ID, awkward, time.Hour)
		owes(w, j.ID, "another", 0)
		owes(w, other.ID, "", 0)
		w.Reopen()
	}
	w.Clock.Advance(90 * time.Minute)
	_, n, err := w.Sweep(w.Ctx(), w.Clock.Now(), 10)
	w.NoError(err)
	w.Equal("rows swept", n, 1)
	owes(w, j.ID, "", 0)
	owes(w, j.ID, awkward, time.Hour)
	w.Must(j.ID, spend("", time.Second, nil))
	owes(w, j.ID, "", time.Second)
}

// metersAtOnce: whoever decides by an allowance knows what all before have spent.
func metersAtOnce(w *world.World) {
	const callers, each = 6, 8
	jobs := make([][]job.ID, callers)
	for i := range callers {
		for range each {
			jobs[i] = append(jobs[i], w.SubmitJob(fmt.Sprintf("owner-%d", i%3), world.WithTool("x")).ID)
		}
	}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			var changes []*protocol.Change
			for _, id := range jobs[i] {
				changes = append(changes, &protocol.Change{ID: id, Decide: spend("all", time.Second, nil)})
			}
			w.NoErrorHere(w.Change(w.Ctx(), changes))
			for _, c := range changes {
				w.NoErrorHere(c.Err)
			}
		})
	}
	all.Wait()
	owes(w, jobs[0][0], "all", callers*each*time.Second)
}

func withStrand(strand string) func(*job.Job) {
	return func(j *job.Job) { j.Tool, j.Ready.Strand = "x", strand }
}

// leased fails unless so many jobs of the tool x are counted under a lease.
func leased(w *world.World, id job.ID, want map[string]int64) {
	w.T.Helper()
	w.Must(id, func(_ *protocol.Change, _ *job.Job, l protocol.Ledger) error {
		is, err := l.Leased("x")
		for strand, n := range is {
			if n == 0 {
				delete(is, strand)
			}
		}
		w.Equal("under a lease by strand", is, want)
		return err
	})
}

func strandsLeased(w *world.World) {
	const odd = "metadata.a=\xff%00"
	a, b, c, none := w.SubmitJob("ann", withStrand("s")), w.SubmitJob("bob", withStrand("s")), w.SubmitJob("ann", withStrand(odd)), w.SubmitJob("ann", withStrand(""))
	leased(w, a.ID, map[string]int64{})
	changes := []*protocol.Change{ // one after the other, in one transaction
		{ID: a.ID, Decide: world.Claim("w")},
		{ID: b.ID, Decide: world.Claim("w")},
		{ID: none.ID, Decide: world.Claim("w")},
		{ID: c.ID, Decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			is, err := l.Leased("x")
			w.Equal("in the transaction", is["s"], int64(2))
			j.Ready.Strand = "t"
			return errors.Join(err, world.Claim("w")(c, j, l))
		}},
	}
	w.NoError(w.Change(w.Ctx(), changes))
	for range 2 {
		leased(w, a.ID, map[string]int64{"s": 2, "t": 1})
		w.Reopen()
	}
	w.Must(a.ID, world.GiveUp)
	w.Must(b.ID, world.Remove)
	leased(w, c.ID, map[string]int64{"t": 1})
}

func strandsRead(w *world.World) {
	names := []string{"metadata.a=", "metadata.a=%C3", "metadata.a=1", "metadata.a=2&metadata.b=\xff"}
	var want [4][]job.Candidate
	for n := range 12 {
		k := (n * 7) % 4
		j := w.SubmitJob("ann", withStrand(names[k]), func(j *job.Job) { j.Ready.Priority = (n / 4) * (n / 4) % 3 })
		want[k] = append(want[k], world.CandidateOf(j))
	}
	w.SubmitJob("bob", withStrand(names[2]))
	w.SubmitJob("ann", withStrand(""))
	w.SubmitJob("ann", func(j *job.Job) { j.Ready.Strand = names[0] }) // of another tool
	for k := range want {                                              // 0, 1, 1: the second, the third, the first
		want[k] = []job.Candidate{want[k][1], want[k][2], want[k][0]}
	}
	fronts := func(after string, strands, each int) []job.Candidate {
		found, err := w.Fronts(w.Ctx(), "ann", "x", after, strands, each)
		w.NoError(err)
		return found
	}
	w.Equal("first of each", fronts("", 10, 1), []job.Candidate{want[0][0], want[1][0], want[2][0], want[3][0]})
	w.Equal("of two", fronts("", 2, 2), []job.Candidate{want[0][0], want[0][1], want[1][0], want[1][1]})
	w.Equal("of the rest", fronts(names[1], 2, 9), append(append([]job.Candidate{}, want[2]...), want[3]...))
	w.Equal("behind the last", len(fronts(names[3], 2, 9)), 0)
	ready := func(after job.Candidate, limit int) []job.Candidate {
		found, err := w.Ready(w.Ctx(), "ann", "x", after, limit)
		w.NoError(err)
		return found
	}
	w.Equal("a strand", ready(job.Candidate{Strand: names[3]}, 9), want[3])
	w.Equal("behind its first", ready(want[3][0], 1), want[3][1:2])
	w.Equal("behind its second", ready(want[3][1], 9), want[3][2:])
	w.Equal("all", len(ready(job.Candidate{}, 99)), 13)
	w.Must(want[1][0].ID, world.Claim("w"))
	w.Reopen()
	w.Equal("what is claimed is none", fronts(names[0], 1, 1), want[1][1:2])
}
