package histories

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// An act is what one client did to the one job, and what it was told.
type act struct {
	kind    string // claim, finish, requeue, cancel, get
	worker  string
	attempt int // of finish and requeue: the fence
}

type told struct {
	ok      bool
	status  job.Status
	version int64
	attempt int
}

// jobState is the job as the sequential model knows it.
type jobState struct {
	status  job.Status
	version int64
	attempt int
	worker  string
}

// step is the whole life of a job as one function.
func (s jobState) step(a act) (told, jobState) {
	ok := false
	switch a.kind {
	case "claim":
		if ok = s.status == job.Queued; ok {
			s.status, s.worker = job.Processing, a.worker
			s.attempt++
		}
	case "finish", "requeue":
		if ok = s.status == job.Processing && s.worker == a.worker && s.attempt == a.attempt; ok {
			s.worker = ""
			s.status = job.Success
			if a.kind == "requeue" {
				s.status = job.Queued
			}
		}
	case "cancel":
		if ok = !s.status.Final(); ok {
			s.status, s.worker = job.Failed, ""
		}
	case "get":
		return told{true, s.status, s.version, s.attempt}, s
	}
	if !ok {
		return told{}, s
	}
	s.version++
	return told{true, s.status, s.version, s.attempt}, s
}

// Linearizable checks histories: clients act on one job at the same time; there must be an order of
// their acts, each between its call and its return, that explains all answers.
func Linearizable(w *world.World) {
	for round := range 4 {
		ops := record(w, w.SubmitJob("ann").ID)
		for tries := 0; succeeded(ops) < 10 && tries < 20; tries++ { // a busy machine let one client run alone
			ops = record(w, w.SubmitJob("ann").ID)
		}
		model := porcupine.Model{
			Init: func() any { return jobState{status: job.Queued, version: 1} },
			Step: func(state, input, output any) (bool, any) {
				want, next := state.(jobState).step(input.(act)) //nolint:errcheck // nothing else is recorded
				return output == any(want), next
			},
		}
		if got := porcupine.CheckOperationsTimeout(model, ops, 20*time.Second); got != porcupine.Ok {
			w.T.Fatalf("round %d: the history is %s", round, got)
		}
		if n := succeeded(ops); n < 10 {
			w.T.Fatalf("round %d: only %d changes succeeded, which proves little", round, n)
		}
	}
	_, has, err := w.Usage(w.Ctx(), "ann", 1)
	w.NoError(err)
	w.Equal("unfinished", has.Queued+has.Running, int64(0))
}

func succeeded(ops []porcupine.Operation) (n int) {
	for _, op := range ops {
		if a, ok := op.Input.(act); ok && a.kind != "get" && op.Output.(told).ok { //nolint:errcheck // nothing else is recorded
			n++
		}
	}
	return n
}

const (
	clients   = 6
	successes = 20  // of all clients; then each tries to end the job
	maxActs   = 400 // of one client before that; most are refused, which is quick
	endActs   = 3
)

// record lets clients act until the job is finished and a little longer.
func record(w *world.World, id job.ID) []porcupine.Operation {
	start := time.Now()
	var mu sync.Mutex
	var ops []porcupine.Operation
	var wg sync.WaitGroup
	var changed atomic.Int64
	for n := range clients {
		wg.Go(func() {
			attempt, leased, ends := 0, false, 0
			for i := 0; ends < endActs; i++ {
				if i >= maxActs || changed.Load() >= successes {
					ends++
				}
				a := pickAct(n, i, attempt, leased, ends > 0)
				call := time.Since(start)
				got, err := do(w, id, a)
				ret := time.Since(start)
				if err != nil {
					w.T.Error(err)
					return
				}
				if got.ok && a.kind != "get" {
					changed.Add(1)
					attempt, leased = got.attempt, a.kind == "claim"
				}
				mu.Lock()
				ops = append(ops, porcupine.Operation{ClientId: n, Input: a, Call: int64(call), Output: got, Return: int64(ret)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if _, err := w.ChangeJob(id, world.GiveUp); err != nil && !errors.Is(err, world.ErrBusy) { // so that it is not left unfinished
		w.T.Fatal(err)
	}
	return ops
}

// pickAct lets a client claim and give back in turn, sometimes out of turn, with
// a stale attempt, or only look. The last acts end the job.
func pickAct(client, i, attempt int, leased, end bool) act {
	a := act{worker: fmt.Sprint("w", client)}
	out := (7*client+3*i)%5 == 0
	switch {
	case end && client%2 == 0:
		a.kind = "cancel"
	case end && leased:
		a.kind, a.attempt = "finish", attempt
	case (client+i)%4 == 3:
		a.kind = "get"
	case leased != out:
		a.kind, a.attempt = "requeue", attempt
	default:
		a.kind = "claim"
	}
	return a
}

// do does one act and says what the client was told.
func do(w *world.World, id job.ID, a act) (told, error) {
	lease := job.Lease{ID: id, Worker: a.worker, Attempt: a.attempt}
	var decide world.Decision
	switch a.kind {
	case "claim":
		decide = world.Claim(a.worker)
	case "finish":
		decide = world.Finish(lease, nil)
	case "requeue":
		decide = func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			if j.Ready == nil || !j.Ready.Lease.Same(lease) {
				return world.ErrLost
			}
			return world.Requeue(time.Time{}, job.Clear)(c, j, l)
		}
	case "cancel":
		decide = world.GiveUp
	default:
		j, err := w.Get(w.Ctx(), id)
		return told{true, j.Status, j.Version, j.Attempt}, err
	}
	c := &protocol.Change{ID: id, Decide: decide}
	if err := w.Change(w.Ctx(), []*protocol.Change{c}); err != nil {
		return told{}, err
	}
	if errors.Is(c.Err, world.ErrBusy) || fault.Is(c.Err, fault.LeaseLost) {
		return told{}, nil
	}
	return told{true, c.Job.Status, c.Job.Version, c.Job.Attempt}, c.Err
}
