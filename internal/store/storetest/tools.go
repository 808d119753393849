package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

var errFull = errors.New("as many as may run")

// claimBelow claims a job if fewer than most of its tool run.
func claimBelow(worker string, most int64) decision {
	return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		ok, err := l.Reserve(j.Tool, most)
		if err != nil {
			return err
		}
		if !ok {
			return errFull
		}
		return claim(worker)(c, j, l)
	}
}

// runs fails unless so many jobs of a tool have a slot, which is asked within
// decisions that give no lease, and so take none.
func (w *world) runs(id job.ID, tool string, want int64) {
	w.t.Helper()
	for most, free := range map[int64]bool{want: false, want + 1: true} {
		w.must(id, func(_ *protocol.Change, _ *job.Job, l protocol.Ledger) error {
			ok, err := l.Reserve(tool, most)
			w.equal(fmt.Sprintf("one of %d slots of %s is free", most, tool), ok, free)
			return err
		})
	}
}

func toolsRunning(w *world) {
	a, b := w.submit("ann", withTool("x")), w.submit("bob", withTool("x"))
	c := w.submit("ann", withTool("y"))
	w.runs(c.ID, "x", 0)
	w.must(a.ID, claim("w"))
	w.must(b.ID, claim("w"))
	w.must(c.ID, claim("w"))
	w.runs(c.ID, "x", 2)
	w.runs(c.ID, "y", 1)
	w.runs(c.ID, "z", 0)
	w.reopen()
	w.runs(c.ID, "x", 2)
	w.must(a.ID, giveUp)
	w.runs(c.ID, "x", 1)
	w.must(b.ID, remove)
	w.runs(c.ID, "x", 0)
}

// toolsLimit claims from several callers at once, several in one call too: a
// change of the same transaction counts.
func toolsLimit(w *world) {
	const callers, each, most = 6, 8, 5
	var claimed atomic.Int64
	var all sync.WaitGroup
	for n := range callers {
		var changes []*protocol.Change
		for range each {
			j := w.submit(fmt.Sprintf("owner-%d", n%3), withTool("x"))
			changes = append(changes, &protocol.Change{ID: j.ID, Decide: claimBelow(fmt.Sprint(n), most)})
		}
		all.Go(func() {
			if err := w.Change(w.ctx(), changes); err != nil {
				w.t.Error(err)
			}
			for _, c := range changes {
				switch {
				case c.Err == nil:
					claimed.Add(1)
				case !errors.Is(c.Err, errFull):
					w.t.Errorf("claim: %v", c.Err)
				}
			}
		})
	}
	all.Wait()
	w.equal("claimed", claimed.Load(), int64(most))
}

func toolsSubmitted(w *world) {
	j := w.submit("ann", func(j *job.Job) { j.Ready.InputSum, j.Ready.TraceParent = -1<<63, "00-a-b-01" })
	ready, err := w.Ready(w.ctx(), "ann", toolName, job.Candidate{}, 10)
	w.noError(err)
	w.equal("ready", ready, []job.Candidate{candidateOf(j)})
	is := w.must(j.ID, claim("w"))
	w.equal("sum", is.Ready.InputSum, int64(-1<<63))
	w.equal("traceparent", is.Ready.TraceParent, "00-a-b-01")
}

func outputReplaced(w *world) {
	j := w.submit("ann")
	w.must(j.ID, claim("w"))
	put := func(token string, drop bool) *protocol.Change {
		w.t.Helper()
		c := &protocol.Change{ID: j.ID, Decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			c.Output = &job.Output{Token: token, Name: "x_" + token + ".txt", ContentType: "text/plain", Size: 7, File: true, Created: l.Now()}
			c.DropOutputs, j.Output = drop, c.Output.Name
			return nil
		}}
		w.noError(w.Change(w.ctx(), []*protocol.Change{c}))
		w.noError(c.Err)
		return c
	}
	one, two := fmt.Sprintf("%032x", 1), fmt.Sprintf("%032x", 2)
	put(one, false)
	c := put(two, true)
	w.equal("files", c.Files, []string{job.OutputKey(one)})
	_, err := w.Output(w.ctx(), one)
	w.isKind(err, fault.NotFound, "NOT_FOUND")
	o, err := w.Output(w.ctx(), two)
	w.noError(err)
	w.equal("expiry while the job is unfinished", o.Expires.IsZero(), true)
	_, has, err := w.Usage(w.ctx(), "ann", 0)
	w.noError(err)
	w.equal("stored bytes", has.StoredBytes, int64(5+7))

	gone := &protocol.Change{ID: j.ID, Decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.DropOutputs, j.Output = true, ""
		return nil
	}}
	w.noError(w.Change(w.ctx(), []*protocol.Change{gone}))
	w.equal("files", gone.Files, []string{job.OutputKey(two)})
	_, err = w.Output(w.ctx(), two)
	w.isKind(err, fault.NotFound, "NOT_FOUND")

	put(one, false)
	done := w.must(j.ID, giveUp)
	o, err = w.Output(w.ctx(), one)
	w.noError(err)
	w.equal("expiry with its job", o.Expires.Equal(done.Expires), true)
	w.clock.advance(time.Second)
}
