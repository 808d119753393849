// Package worker runs jobs: it claims them, runs their tools, and reports
// how that went. It runs synchronous calls too, in slots of their own, and
// turns those that take too long into jobs whose attempt goes on. The rules are
// in package queue.
package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
	"claimcheck/internal/trace"
)

// Config is what a Pool needs; every field must be set.
type Config struct {
	Queue      *queue.Queue
	Tools      *tool.Set
	Inputs     *attempt.Inputs
	Runner     *attempt.Runner
	Log        *slog.Logger
	Deposit    Deposit       // puts outputs where their callers want them; nil: nowhere
	Workers    int           // jobs that run at once; 0: run no jobs, only synchronous calls
	SyncSlots  int           // synchronous calls that run at once
	JobTimeout time.Duration // for one attempt
	Ran        func(ctx context.Context, tool string, took time.Duration)
	Trace      *trace.Tracer // nil: no spans are made
}

// A Pool runs jobs and synchronous calls. It is safe for concurrent use.
type Pool struct {
	Config
	base     context.Context //nolint:containedctx // the pool's own life: attempts outlive the calls that began them
	end      context.CancelCauseFunc
	stopping chan struct{}   // closed when shutdown begins
	late     context.Context //nolint:containedctx // done when outcomes are to be recorded soon or not at all
	hurry    context.CancelFunc

	slots    chan struct{} // one for each synchronous call that runs
	puttings chan struct{} // one for each output that is being put
	settle   chan struct{} // one for each outcome that is being recorded
	claimed  chan queue.Claimed
	free     chan struct{} // receives when a worker is free; on shared stores only
	active   sync.WaitGroup
	mean     atomic.Int64 // decaying mean of the run time, in nanoseconds
	taken    atomic.Int64 // jobs from their claim to the end of their run
	alive    atomic.Int64 // workers that have not ended
}

// errHandBack ends attempts that are another's to make: nothing of the job's
// attempts is used up.
var errHandBack = errors.New("the attempt is handed back")

// errNotBegun is errHandBack of an attempt that has not begun.
var errNotBegun = errors.New("the attempt has not begun")

const (
	maxSettling   = 256                    // outcomes that are being recorded at once
	claimAhead    = 128                    // jobs claimed beyond the free workers while jobs are short
	shortJob      = 2 * time.Millisecond   // mean run time below which jobs are claimed ahead
	longJob       = time.Second            // the mean assumed at first
	aheadPatience = 250 * time.Millisecond // how long a job claimed ahead may wait
	claimTrouble  = 500 * time.Millisecond // wait after the store refused a claim
)

// New returns a pool that does nothing until Run.
func New(c Config) *Pool {
	p := &Pool{
		Config: c, stopping: make(chan struct{}),
		slots: make(chan struct{}, c.SyncSlots), settle: make(chan struct{}, maxSettling), puttings: make(chan struct{}, maxPuttings),
		claimed: make(chan queue.Claimed, max(claimAhead, c.Workers)), free: make(chan struct{}, 1),
	}
	p.mean.Store(int64(longJob))
	p.base, p.end = context.WithCancelCause(context.Background())
	p.late, p.hurry = context.WithCancel(context.Background()) //nolint:gosec // Drain calls it
	return p
}

// Run claims and runs jobs until ctx is done; then it takes no more, and
// synchronous calls become jobs. [Pool.Drain] waits for what runs.
func (p *Pool) Run(ctx context.Context) {
	for range p.Workers {
		p.alive.Add(1)
		p.active.Go(func() {
			defer p.alive.Add(-1)
			for c := range p.claimed {
				p.runJob(c)
			}
		})
	}
	if p.Workers > 0 {
		p.claimLoop(ctx)
	} else {
		<-ctx.Done()
	}
	close(p.stopping)
	close(p.claimed)
}

// Drain waits for what runs, has the rest handed back shortly before patience
// ends, and returns when all of it is recorded. What the store does not take by
// then is left to its lease. It is to be called after Run and after the last Do.
func (p *Pool) Drain(patience time.Duration) {
	defer time.AfterFunc(patience-min(patience/10, lastPatience), func() { p.end(errHandBack) }).Stop()
	defer time.AfterFunc(patience, p.hurry).Stop()
	p.active.Wait()
}

// lastPatience is for how long an outcome is offered to the store that is known
// when no time is left.
const lastPatience = 500 * time.Millisecond

// recording returns the context of recording one outcome. It has no end but
// that of the server: the store may be away for as long as it likes. The log names the
// trace of in.
func (p *Pool) recording(in context.Context) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(trace.Carry(context.Background(), in))
	began := time.Now()
	stop := context.AfterFunc(p.late, func() {
		select {
		case <-ctx.Done():
		case <-time.After(lastPatience - time.Since(began)):
			cancel()
		}
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// Alive reports whether every worker is there to take jobs.
func (p *Pool) Alive() bool {
	select {
	case <-p.stopping:
		return false
	default:
		return p.alive.Load() == int64(p.Workers)
	}
}

func (p *Pool) claimLoop(ctx context.Context) {
	for ctx.Err() == nil {
		claim, room := p.room()
		claimed, err := claim(ctx, room)
		for _, c := range claimed {
			p.take(c)
		}
		wake, late := p.Queue.Wake(), time.Duration(0)
		switch {
		case err != nil && ctx.Err() == nil:
			p.Log.ErrorContext(ctx, "cannot claim jobs", "err", err)
			wake, late = nil, claimTrouble
		case len(p.claimed) > 0:
			late = aheadPatience
		}
		var timer <-chan time.Time
		if late > 0 {
			timer = time.After(late)
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-p.free:
			p.gather(ctx)
		case <-timer:
			p.giveBack()
		}
	}
}

// ended says that a job's worker is free. Where nothing is claimed ahead, it is
// told: the worker has its next job while the outcome of this one is recorded.
func (p *Pool) ended() {
	p.taken.Add(-1)
	if !p.Queue.MayClaimAhead() {
		select {
		case p.free <- struct{}{}:
		default:
		}
	}
}

// gather waits a moment for the other workers while jobs are short, so that all
// of them ask for jobs together.
func (p *Pool) gather(ctx context.Context) {
	mean := time.Duration(p.mean.Load())
	if mean >= shortJob {
		return
	}
	enough := time.After(max(mean, shortJob/4))
	for p.taken.Load() > 0 {
		select {
		case <-p.free:
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}

// take gives a claimed job to the workers.
func (p *Pool) take(c queue.Claimed) {
	p.taken.Add(1)
	p.claimed <- c // has room for all that room() allowed
}

// room returns how to claim jobs and how many. That is one for each free worker;
// while jobs are so short that claiming them one by one would cost more than running
// them, it is more, on a store of this process alone: there a job that was claimed
// ahead can be shown to clients as waiting.
func (p *Pool) room() (claim func(context.Context, int) ([]queue.Claimed, error), n int) {
	if p.mean.Load() < int64(shortJob) && p.Queue.MayClaimAhead() {
		return p.Queue.ClaimAhead, max(claimAhead-len(p.claimed), 0)
	}
	return p.Queue.Claim, max(p.Workers-int(p.taken.Load()), 0)
}

// giveBack hands back jobs that were claimed ahead and then had to wait,
// because a job before them took longer than jobs did lately.
func (p *Pool) giveBack() {
	for {
		select {
		case c := <-p.claimed:
			p.taken.Add(-1)
			p.mean.Store(int64(longJob))
			p.active.Go(func() { p.report(p.base, c, queue.Outcome{}, errNotBegun) }) // the store may take its time
		default:
			return
		}
	}
}

// runJob runs a claimed job and has its outcome recorded.
func (p *Pool) runJob(c queue.Claimed) {
	select {
	case <-p.stopping:
		p.taken.Add(-1)
		p.report(p.base, c, queue.Outcome{}, errNotBegun)
		return
	default:
	}
	if !p.Queue.MayBegin(p.base, c.Job.Owner, c.Job.Tool) { // it was paused since it was claimed
		p.ended()
		p.active.Go(func() { p.report(p.base, c, queue.Outcome{}, errNotBegun) }) // the store may take its time
		return
	}
	bound, release := p.Queue.Bind(p.base, c)
	limit := p.limitOf(c.Job.Tool)
	ctx, cancel := context.WithTimeoutCause(bound, limit, timedOut(limit))
	began := time.Now()
	ctx, span := p.Trace.Attempt(ctx, &c.Job)
	speaks := p.speaker(ctx, c)
	outcome, err := p.runClaimed(ctx, c, speaks)
	ran := time.Since(began)
	p.ran(ctx, c.Job.Tool, ran)
	endSpan(span, err)
	puts := err == nil && p.puts(&c.Job)
	p.ended()
	cancel()
	if !puts {
		p.settle <- struct{}{}
	}
	p.active.Go(func() {
		if puts {
			outcome, err = p.put(bound, &c.Job, outcome)
			p.settle <- struct{}{}
		}
		defer func() { <-p.settle }()
		defer release() // nobody works for the lease from then on
		defer speaks.speech.End()
		ended := c
		ended.Ran, ended.Said = ran, speaks.stop()
		p.report(ctx, ended, outcome, err)
	})
}

// endSpan ends the span of an attempt, unless others know better how that ends: the
// target that calls back, or who took its lease.
func endSpan(span *trace.Span, err error) {
	switch {
	case errors.Is(err, tool.ErrRemote), errors.Is(err, queue.ErrLeaseLost):
	case errors.Is(err, errHandBack):
		span.HandedBack()
	default:
		span.End(err)
	}
}

// limitOf is how long an attempt of a tool may take.
func (p *Pool) limitOf(name string) time.Duration {
	if t, ok := p.Tools.Get(name); ok && t.Spec().Timeout > 0 {
		return t.Spec().Timeout
	}
	return p.JobTimeout
}

func timedOut(limit time.Duration) error {
	return fault.New(fault.Timeout, "TIMEOUT", "The job took longer than %s.", limit).With("limit_seconds", int64(limit/time.Second))
}

// ran remembers how long jobs take: a decaying mean.
func (p *Pool) ran(ctx context.Context, name string, took time.Duration) {
	p.Ran(ctx, name, took)
	old := p.mean.Load()
	p.mean.Store(old + (int64(took)-old)/8)
}

func (p *Pool) runClaimed(ctx context.Context, c queue.Claimed, speaks *speaker) (queue.Outcome, error) {
	t, ok := p.Tools.Get(c.Job.Tool)
	if !ok {
		return queue.Outcome{}, errHandBack // it was taken away between the claim and now: servers that have it run the job
	}
	var options tool.Options
	if len(c.Job.Options) > 0 {
		if err := json.Unmarshal(c.Job.Options, &options); err != nil {
			return queue.Outcome{}, fmt.Errorf("read stored options: %w", err)
		}
	}
	plan, spec := p.Queue.PlanOf(ctx, c.Job.Owner), t.Spec()
	most := plan.MaxInputBytes
	if spec.MaxBytes > 0 && (most == 0 || spec.MaxBytes < most) {
		most = spec.MaxBytes
	}
	in, err := p.Inputs.Open(ctx, &c, spec.Extensions, most)
	if err == nil {
		in, err = attempt.Check(ctx, &spec, c.Job.Input.Where, in)
	}
	if err != nil {
		if ctx.Err() != nil { // a fetch, for instance, was ended: why matters, not where
			return queue.Outcome{}, context.Cause(ctx)
		}
		return queue.Outcome{}, fmt.Errorf("open input: %w", err)
	}
	defer in.Close()
	var read atomic.Int64
	defer p.reportProgress(ctx, c, in.Size, &read, speaks)()
	return p.Runner.Run(ctx, attempt.Work{
		Tool: t, Options: options, Input: in, InputSize: in.Size, InputType: in.Type,
		RequestID: c.Job.RequestID, MaxOutput: plan.MaxOutputBytes, Read: &read, Say: speaks.say, Filename: c.Job.Asked().OutputName,
		About: tool.About{JobID: c.Job.ID.String(), Attempt: c.Lease.Attempt, RequestID: c.Job.RequestID, TraceParent: c.Job.TraceParent(), Deadline: c.Job.Ready.EndBy},
	})
}

// report records how an attempt ended, however long the store is away. An output
// that was certainly not recorded is removed. It is done in the trace of in, which may
// be over.
func (p *Pool) report(in context.Context, c queue.Claimed, outcome queue.Outcome, err error) {
	ctx, done := p.recording(in)
	defer done()
	switch {
	case err == nil:
		if _, err = p.Queue.Finish(ctx, c, outcome); fault.Is(err, fault.LeaseLost) {
			p.Runner.Discard(ctx, outcome)
		}
	case errors.Is(err, tool.ErrRemote):
		if err = p.Queue.HandOver(ctx, c); fault.Is(err, fault.LeaseLost) {
			err = nil // the callback was faster
		}
	case errors.Is(err, errNotBegun):
		err = p.Queue.HandBack(ctx, c)
	case errors.Is(err, errHandBack):
		err = p.Queue.Release(ctx, c)
	default:
		p.logFailure(ctx, c, err)
		_, err = p.Queue.Fail(ctx, c, err)
	}
	if err != nil {
		p.Log.WarnContext(ctx, "outcome not recorded", "job", c.Job.ID.String(), "attempt", c.Lease.Attempt, "err", err)
	}
}

func (p *Pool) logFailure(ctx context.Context, c queue.Claimed, err error) {
	if k := fault.KindOf(err); k == fault.Internal || k == fault.Unavailable || k == fault.Timeout || k == fault.Upstream {
		p.Log.WarnContext(ctx, "attempt failed", "job", c.Job.ID.String(), "tool", c.Job.Tool, "attempt", c.Lease.Attempt, "err", err)
	}
}
