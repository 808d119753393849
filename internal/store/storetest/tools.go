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
	"claimcheck/internal/store/storetest/world"
)

var errFull = errors.New("as many as may run")

// claimBelow claims a job if fewer than most of its tool run.
func claimBelow(worker string, most int64) world.Decision {
	return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		ok, err := l.Reserve(j.Tool, most)
		if err != nil {
			return err
		}
		if !ok {
			return errFull
		}
		return world.Claim(worker)(c, j, l)
	}
}

func toolsRunning(w *world.World) {
	a, b := w.SubmitJob("ann", world.WithTool("x")), w.SubmitJob("bob", world.WithTool("x"))
	c := w.SubmitJob("ann", world.WithTool("y"))
	w.Runs(c.ID, "x", 0)
	w.Must(a.ID, world.Claim("w"))
	w.Must(b.ID, world.Claim("w"))
	w.Must(c.ID, world.Claim("w"))
	w.Runs(c.ID, "x", 2)
	w.Runs(c.ID, "y", 1)
	w.Runs(c.ID, "z", 0)
	w.Reopen()
	w.Runs(c.ID, "x", 2)
	w.Must(a.ID, world.GiveUp)
	w.Runs(c.ID, "x", 1)
	w.Must(b.ID, world.Remove)
	w.Runs(c.ID, "x", 0)
}

// toolsLimit claims from several callers at once, several in one call too: a
// change of the same transaction counts.
func toolsLimit(w *world.World) {
	const callers, each, most = 6, 8, 5
	var claimed atomic.Int64
	var all sync.WaitGroup
	for n := range callers {
		var changes []*protocol.Change
		for range each {
			j := w.SubmitJob(fmt.Sprintf("owner-%d", n%3), world.WithTool("x"))
			changes = append(changes, &protocol.Change{ID: j.ID, Decide: claimBelow(fmt.Sprint(n), most)})
		}
		all.Go(func() {
			if err := w.Change(w.Ctx(), changes); err != nil {
				w.T.Error(err)
			}
			for _, c := range changes {
				switch {
				case c.Err == nil:
					claimed.Add(1)
				case !errors.Is(c.Err, errFull):
					w.T.Errorf("claim: %v", c.Err)
				}
			}
		})
	}
	all.Wait()
	w.Equal("claimed", claimed.Load(), int64(most))
}

func toolsSubmitted(w *world.World) {
	j := w.SubmitJob("ann", func(j *job.Job) { j.Ready.InputSum, j.Ready.TraceParent = -1<<63, "00-a-b-01" })
	ready, err := w.Ready(w.Ctx(), "ann", world.ToolName, job.Candidate{}, 10)
	w.NoError(err)
	w.Equal("ready", ready, []job.Candidate{world.CandidateOf(j)})
	is := w.Must(j.ID, world.Claim("w"))
	w.Equal("sum", is.Ready.InputSum, int64(-1<<63))
	w.Equal("traceparent", is.Ready.TraceParent, "00-a-b-01")
}

func outputReplaced(w *world.World) {
	j := w.SubmitJob("ann")
	w.Must(j.ID, world.Claim("w"))
	put := func(token string, drop bool) *protocol.Change {
		w.T.Helper()
		c := &protocol.Change{ID: j.ID, Decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			c.Output = &job.Output{Token: token, Name: "x_" + token + ".txt", ContentType: "text/plain", Size: 7, File: true, Created: l.Now()}
			c.DropOutputs, j.Output = drop, c.Output.Name
			return nil
		}}
		w.NoError(w.Change(w.Ctx(), []*protocol.Change{c}))
		w.NoError(c.Err)
		return c
	}
	one, two := fmt.Sprintf("%032x", 1), fmt.Sprintf("%032x", 2)
	put(one, false)
	c := put(two, true)
	w.Equal("files", c.Files, []string{job.OutputKey(one)})
	_, err := w.Output(w.Ctx(), one)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")
	o, err := w.Output(w.Ctx(), two)
	w.NoError(err)
	w.Equal("expiry while the job is unfinished", o.Expires.IsZero(), true)
	_, has, err := w.Usage(w.Ctx(), "ann", 0)
	w.NoError(err)
	w.Equal("stored bytes", has.StoredBytes, int64(5+7))

	gone := &protocol.Change{ID: j.ID, Decide: func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		c.DropOutputs, j.Output = true, ""
		return nil
	}}
	w.NoError(w.Change(w.Ctx(), []*protocol.Change{gone}))
	w.Equal("files", gone.Files, []string{job.OutputKey(two)})
	_, err = w.Output(w.Ctx(), two)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")

	put(one, false)
	done := w.Must(j.ID, world.GiveUp)
	o, err = w.Output(w.Ctx(), one)
	w.NoError(err)
	w.Equal("expiry with its job", o.Expires.Equal(done.Expires), true)
	w.Clock.Advance(time.Second)
}
