package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
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

// history: clients act on one job at the same time; there must be an order of
// their acts, each between its call and its return, that explains all answers.
func history(w *world) {
	for round := range 4 {
		ops := w.record(w.submit("ann").ID)
		model := porcupine.Model{
			Init: func() any { return jobState{status: job.Queued, version: 1} },
			Step: func(state, input, output any) (bool, any) {
				want, next := state.(jobState).step(input.(act)) //nolint:errcheck // nothing else is recorded
				return output == any(want), next
			},
		}
		if got := porcupine.CheckOperationsTimeout(model, ops, 20*time.Second); got != porcupine.Ok {
			w.t.Fatalf("round %d: the history is %s", round, got)
		}
	}
	w.has("ann", account.Counts{StoredBytes: 20})
}

// record lets six clients act, until the job is finished and a little longer.
func (w *world) record(id job.ID) []porcupine.Operation {
	const clients, acts = 6, 25
	start := time.Now()
	var mu sync.Mutex
	var ops []porcupine.Operation
	var wg sync.WaitGroup
	for n := range clients {
		wg.Go(func() {
			attempt := 0
			for i := range acts {
				a := w.pickAct(n, i, attempt)
				call := time.Since(start)
				got, err := w.act(id, a)
				ret := time.Since(start)
				if err != nil {
					w.t.Error(err)
					return
				}
				if a.kind == "claim" && got.ok {
					attempt = got.attempt
				}
				mu.Lock()
				ops = append(ops, porcupine.Operation{ClientId: n, Input: a, Call: int64(call), Output: got, Return: int64(ret)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	w.noErrorOf(w.change(id, giveUp))
	return ops
}

// noErrorOf ends a recorded job that is not finished yet.
func (w *world) noErrorOf(_ *job.Change, err error) {
	if err != nil && !errors.Is(err, errBusy) {
		w.t.Fatal(err)
	}
}

// pickAct spreads the kinds of acts over the clients: most fight for the job,
// one finishes it late, one cancels it later still.
func (*world) pickAct(client, i, attempt int) act {
	a := act{worker: fmt.Sprint("w", client), attempt: attempt}
	switch n := client + i; {
	case i == 20 && client == 0:
		a.kind = "cancel"
	case n%3 == 0:
		a.kind = "claim"
	case n%3 == 1 && i < 15:
		a.kind = "requeue"
	case n%3 == 1:
		a.kind = "finish"
	default:
		a.kind = "get"
	}
	if a.kind == "get" || a.kind == "claim" || a.kind == "cancel" {
		a.attempt = 0
	}
	return a
}

// act does one act and says what the client was told.
func (w *world) act(id job.ID, a act) (told, error) {
	lease := job.Lease{ID: id, Worker: a.worker, Attempt: a.attempt}
	var decide decision
	switch a.kind {
	case "claim":
		decide = claim(a.worker)
	case "finish":
		decide = finish(lease, nil)
	case "requeue":
		decide = func(c *job.Change, j *job.Job, l job.Ledger) error {
			if j.Ready == nil || !j.Ready.Lease.Same(lease) {
				return errLost
			}
			return requeue(time.Time{}, job.Clear)(c, j, l)
		}
	case "cancel":
		decide = giveUp
	default:
		j, err := w.Get(w.ctx(), id)
		return told{true, j.Status, j.Version, j.Attempt}, err
	}
	c := &job.Change{ID: id, Decide: decide}
	if err := w.Change(w.ctx(), []*job.Change{c}); err != nil {
		return told{}, err
	}
	if errors.Is(c.Err, errBusy) || fault.Is(c.Err, fault.LeaseLost) {
		return told{}, nil
	}
	return told{true, c.Job.Status, c.Job.Version, c.Job.Attempt}, c.Err
}
