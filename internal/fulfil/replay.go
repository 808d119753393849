package fulfil

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// twins knows the idempotency keys whose first order is running in this process,
// so that a twin waits for its answer instead of running beside it.
type twins struct {
	mu      sync.Mutex // guards the field below
	running map[string]chan struct{}
}

// enter waits until no twin of the order runs; the returned function lets the
// next one in. Without an idempotency key there are no twins.
func (e *errand) enter(ctx context.Context) (leave func(), err error) {
	if e.Key == "" {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.SyncTimeout+intake.MaxWait)
	defer cancel()
	t, name := &e.twins, e.Owner+" "+e.Key
	for {
		t.mu.Lock()
		twin := t.running[name]
		if twin == nil {
			mine := make(chan struct{})
			t.running[name] = mine
			t.mu.Unlock()
			return func() { t.leave(name, mine) }, nil
		}
		t.mu.Unlock()
		select {
		case <-twin:
		case <-ctx.Done():
			return nil, fault.New(fault.Unavailable, "UNAVAILABLE", "The same request is still being worked on; ask again with the same Idempotency-Key.")
		}
	}
}

func (t *twins) leave(name string, mine chan struct{}) {
	t.mu.Lock()
	delete(t.running, name)
	t.mu.Unlock()
	close(mine)
}

// replayed returns the remembered answer if the idempotency key is known, nil if
// it is not.
func (e *errand) replayed(ctx context.Context) (*Answer, error) {
	if e.Key == "" {
		return nil, nil
	}
	e.digest = e.Digest()
	known, err := e.Queue.Answer(context.WithoutCancel(ctx), e.Owner, e.Key)
	if err != nil || known == nil {
		return nil, err
	}
	a, err := e.replay(ctx, known)
	return &a, err
}

var errConflict = fault.New(fault.Mismatch, "IDEMPOTENCY_CONFLICT",
	"This Idempotency-Key was used for a different request; use a new key for a new request.")

// replay repeats a remembered answer. Failures: Mismatch IDEMPOTENCY_CONFLICT.
func (e *errand) replay(ctx context.Context, known *protocol.Idempotency) (Answer, error) {
	if known.Digest != e.digest {
		return Answer{}, errConflict
	}
	a := Answer{Replayed: true, Status: known.Status, Body: known.Body, Link: Link{At: known.LinkAt, Name: known.Output}}
	if known.Status == accepted {
		j, err := e.replayedCall(ctx, known)
		if err != nil || j != nil {
			return Answer{Replayed: true, Job: j}, err
		}
		a.Job = e.jobOfOld(ctx, known.Job)
	}
	var err error
	a.Link.Until, err = e.keptUntil(ctx, known.Output)
	return a, err
}

// jobOfOld is the job that an order became earlier, as far as it can be read; one
// that is gone is over.
func (e *errand) jobOfOld(ctx context.Context, id job.ID) *job.Job {
	snap, err := e.Queue.Get(ctx, e.Owner, id)
	if err == nil {
		return &snap.Job
	}
	j := &job.Job{ID: id, Owner: e.Owner, Tool: e.Spec.Name, Created: e.Now()}
	if fault.Is(err, fault.NotFound) {
		j.Status = job.Failed
	}
	return j
}

// keptUntil is when an output is removed, now for one that is gone: no link is
// valid longer than its file.
func (e *errand) keptUntil(ctx context.Context, name string) (time.Time, error) {
	token, ok := job.OutputToken(name)
	if !ok {
		return time.Time{}, nil
	}
	now := e.Now()
	o, err := e.Queue.Output(ctx, token)
	if fault.Is(err, fault.NotFound) {
		return now, nil
	}
	return o.Expires, err
}

// replayedCall returns the job of an order that was waited for and whose work
// went through the queue: what was remembered is the job. It returns nil if the
// 202 is to be repeated: that is what the order was answered.
func (e *errand) replayedCall(ctx context.Context, known *protocol.Idempotency) (*job.Job, error) {
	if !e.queued() || e.Wish.Async || e.patience() == 0 {
		return nil, nil
	}
	j, err := e.await(ctx, known.Job)
	if fault.Is(err, fault.NotFound) { // deleted or expired
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !j.Status.Final() || j.Finished.Sub(j.Created) > e.patience() {
		return nil, nil
	}
	return j, nil
}

// remembered is the answer to be kept for the idempotency key, or nil without
// one.
func (e *errand) remembered(status int, body []byte, linkAt int, output string) *protocol.Idempotency {
	if e.Key == "" {
		return nil
	}
	return &protocol.Idempotency{
		Key: e.Key, Digest: e.digest, Status: status, Body: body, LinkAt: linkAt, Output: output,
		Expires: e.Now().Add(protocol.AnswerLife),
	}
}
