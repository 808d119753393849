package worker

import (
	"context"
	"errors"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// maxSlotWait is how long a call waits for a slot before it becomes a job.
const maxSlotWait = time.Second

// Do runs a call and returns its outcome. When the client's time is up, when
// it goes away (ctx), when the server stops, when no slot is free, when the tool
// or the owner is paused and when
// the attempt fails through a fault of ours, the call becomes a job instead
// and nothing of its work is lost. An error is the tool's judgment of the input, or
// the refusal to accept the job.
func (p *Pool) Do(ctx context.Context, call attempt.Call) (attempt.Result, error) {
	deadline := time.NewTimer(call.Wait)
	defer deadline.Stop()
	if p.Queue.PauseOf(call.Spec.Owner, call.Spec.Tool) != "" || !p.slot(ctx, min(call.Wait, maxSlotWait)) {
		defer call.Release()
		return p.enqueue(ctx, call)
	}
	if !p.Queue.MayBegin(ctx, call.Spec.Owner, call.Spec.Tool) { // it was paused meanwhile
		<-p.slots
		defer call.Release()
		return p.enqueue(ctx, call)
	}
	run := p.begin(trace.Carry(p.base, ctx), call)
	select {
	case <-run.done:
	case <-deadline.C:
		return p.promote(ctx, call, run)
	case <-ctx.Done():
		return p.promote(ctx, call, run)
	case <-p.stopping:
		return p.promote(ctx, call, run)
	}
	defer call.Release()
	if run.err == nil {
		return attempt.Result{Outcome: run.outcome, Ran: run.took}, nil
	}
	if oursToRetry(run.err) {
		p.Log.WarnContext(ctx, "synchronous call becomes a job", "tool", call.Spec.Tool, "err", run.err)
		return p.enqueue(ctx, call)
	}
	return attempt.Result{Ran: run.took}, run.err
}

// oursToRetry reports whether a failure says nothing about the input.
func oursToRetry(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable, fault.Timeout, fault.Upstream, fault.Limited:
		return true
	default:
		return false
	}
}

// slot waits for a slot and reports whether there was one in time.
func (p *Pool) slot(ctx context.Context, wait time.Duration) bool {
	select {
	case p.slots <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	case <-p.stopping:
	}
	return false
}

// A syncRun is a call's attempt in progress.
type syncRun struct {
	done    chan struct{}
	outcome queue.Outcome // after done
	took    time.Duration // after done
	err     error         // after done
	stop    context.CancelCauseFunc
}

// begin starts the attempt, which belongs to the pool and not to the request: ctx is
// the pool's.
func (p *Pool) begin(ctx context.Context, call attempt.Call) *syncRun {
	ctx, stop := context.WithCancelCause(ctx)
	run := &syncRun{done: make(chan struct{}), stop: stop}
	p.active.Go(func() {
		defer func() { <-p.slots }()
		defer close(run.done)
		ctx, cancel := context.WithTimeoutCause(ctx, p.JobTimeout, timedOut(p.JobTimeout))
		defer cancel()
		began := time.Now()
		ctx, span := p.Trace.CallAttempt(ctx, call.Spec.Tool, call.Spec.Owner, call.Spec.ID)
		run.outcome, run.err = p.runSync(ctx, call)
		run.took = time.Since(began)
		p.Ran(ctx, call.Spec.Tool, run.took)
		endSpan(span, run.err)
	})
	return run
}

func (p *Pool) runSync(ctx context.Context, call attempt.Call) (queue.Outcome, error) {
	in, err := call.Open()
	if err != nil {
		return queue.Outcome{}, err
	}
	defer in.Close()
	return p.Runner.Run(ctx, attempt.Work{
		Tool: call.Tool, Options: call.Options, Input: in, InputSize: call.Spec.InputSize, InputType: call.Spec.InputType,
		RequestID: call.Spec.RequestID, MaxOutput: call.Spec.Plan.MaxOutputBytes, Filename: call.Spec.Terms.OutputName,
	})
}

// enqueue makes a call an ordinary waiting job.
func (p *Pool) enqueue(ctx context.Context, call attempt.Call) (attempt.Result, error) {
	ctx = context.WithoutCancel(ctx)
	if err := call.Persist(ctx); err != nil {
		return attempt.Result{}, err
	}
	j, replay, err := p.Queue.Submit(ctx, call.Spec)
	if err != nil || replay != nil {
		return attempt.Result{Replay: replay}, err
	}
	return attempt.Result{Job: &j}, nil
}

// promote makes a call a job whose first attempt is the one that runs.
func (p *Pool) promote(ctx context.Context, call attempt.Call, run *syncRun) (attempt.Result, error) {
	ctx = context.WithoutCancel(ctx)
	err := call.Persist(ctx)
	var c queue.Claimed
	var replay *protocol.Idempotency
	if err == nil {
		c, replay, err = p.Queue.Adopt(ctx, call.Spec)
	}
	if err != nil || replay != nil {
		run.stop(errNotAccepted)
		p.active.Go(func() {
			<-run.done
			call.Release()
			p.Runner.Discard(ctx, run.outcome)
		})
		return attempt.Result{Replay: replay}, err
	}
	bound, release := p.Queue.Bind(p.base, c)
	unlink := context.AfterFunc(bound, func() { run.stop(context.Cause(bound)) })
	p.active.Go(func() {
		<-run.done
		unlink()
		call.Release()
		ended := c
		ended.Ran = run.took
		p.report(ctx, ended, run.outcome, run.err)
		release()
	})
	return attempt.Result{Job: &c.Job}, nil
}

var errNotAccepted = errors.New("the call was not accepted as a job")

// Discard removes the output of an outcome that was not recorded.
func (p *Pool) Discard(ctx context.Context, out queue.Outcome) { p.Runner.Discard(ctx, out) }
