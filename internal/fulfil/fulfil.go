// Package fulfil runs orders: at once while the client waits, or as jobs, and
// the same order only once. It knows what became of an order, and not how a
// client is told.
package fulfil

import (
	"context"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// Runner runs synchronous calls; *worker.Pool is one.
type Runner interface {
	// Do runs a call, or turns it into a job (see worker.Pool.Do).
	Do(ctx context.Context, call attempt.Call) (attempt.Result, error)
	// Discard removes the output of an outcome that was not recorded.
	Discard(ctx context.Context, out queue.Outcome)
}

// Words are those in which an answer is remembered for an idempotency key:
// always the same, whatever the dialect of the request.
type Words interface {
	// Accepted is the answer to an order that became a job.
	Accepted(o *intake.Order) []byte
	// Refused is the answer to an input that the tool refused.
	Refused(e *fault.Error) (status int, body []byte)
}

// Config is what a Desk needs. All fields must be set.
type Config struct {
	Queue  *queue.Queue
	Intake *intake.Intake
	Runner Runner
	Words  Words
	Now    func() time.Time
	Trace  *trace.Tracer // nil: no spans are made

	// Enter counts a request that waits for an owner, who may have most of them;
	// it returns no leave where there is no room.
	Enter func(owner string, most int64) (leave func(), own bool)
	// CanCall makes sure that there is a secret to sign an owner's calls with.
	CanCall func(ctx context.Context, owner string) error

	SyncTimeout  time.Duration
	SyncMaxBytes int64
	Stopping     context.Context //nolint:containedctx // done when shutdown begins: nobody waits any more
}

// A Desk runs orders. It is safe for concurrent use.
type Desk struct {
	Config
	twins twins
}

// New returns a desk.
func New(c Config) *Desk { return &Desk{Config: c, twins: twins{running: map[string]chan struct{}{}}} }

// An Answer is what became of an order.
type Answer struct {
	// Job is what the order became; without a Body, it is final if the client has
	// waited long enough. Of one that was accepted earlier no more may be known
	// than ID, Owner, Tool and Created.
	Job      *job.Job
	Waited   bool // the client has waited for a job: set beside a failure too
	Replayed bool // the same order was answered before

	Status int    // of a remembered answer, HTTP's; else 0
	Body   []byte // the result of the work, or the remembered answer, beside Job that of its acceptance
	Link   Link   // of Body
}

// A Link is where in an answer the signed address of an output belongs.
type Link struct {
	At    int       // an index into the answer; 0: there is none
	Name  string    // of the output
	Until time.Time // when the output is removed; zero for unknown
}

// An errand is one order on its way.
type errand struct {
	*Desk
	*intake.Order
	digest [32]byte // of the order; only with an idempotency key
}

// Do runs an order that is complete, or makes it a job, and takes care of its
// input in any case. A failure is the tool's judgment of the input, or says why
// the order is refused. The work of a client that leaves (ctx) goes on.
func (d *Desk) Do(ctx context.Context, o *intake.Order) (Answer, error) {
	e := &errand{Desk: d, Order: o}
	if !d.Trace.On() {
		return e.do(ctx)
	}
	ctx, span := d.Trace.Submit(ctx, trace.Work{Tool: o.Spec.Name, Owner: o.Owner, Job: o.ID, Queue: !e.atOnce(), Group: o.About.Group})
	o.Trace = span.Kept()
	a, err := e.do(ctx)
	span.End(err)
	return a, err
}

func (e *errand) do(ctx context.Context) (Answer, error) {
	o := e.Order
	if a, err := e.replayed(ctx); a != nil || err != nil {
		o.Input.Discard()
		return given(a), err
	}
	leave, err := e.enter(ctx)
	if err != nil {
		o.Input.Discard()
		return Answer{}, err
	}
	defer leave()
	if o.Key != "" { // a twin may have answered while we waited to enter
		if a, err := e.replayed(ctx); a != nil || err != nil {
			o.Input.Discard()
			return given(a), err
		}
	}
	if err := e.Intake.Check(ctx, o); err != nil {
		o.Input.Discard()
		return Answer{}, err
	}
	if err := e.admit(context.WithoutCancel(ctx)); err != nil { // from here on a client that leaves does not stop its work
		o.Input.Discard()
		return Answer{}, err
	}
	if e.atOnce() {
		return e.run(ctx)
	}
	return e.submit(ctx)
}

func given(a *Answer) Answer {
	if a == nil {
		return Answer{}
	}
	return *a
}

// admit makes sure that what the order names is there and that the owner may
// have it done.
func (e *errand) admit(ctx context.Context) error {
	if err := e.Intake.Bind(ctx, e.Order); err != nil {
		return err
	}
	if err := e.Queue.CheckQuota(ctx, e.Owner, e.Plan); err != nil {
		return err
	}
	if e.Webhook == "" {
		return nil
	}
	return e.CanCall(ctx, e.Owner)
}

// atOnce reports whether the order is run while its client waits.
func (e *errand) atOnce() bool { return !e.queued() && !e.Wish.Async && !e.long() }

// queued reports whether the work goes through the queue, also when its client waits
// for it: the tool's does, or something was asked for that only jobs have.
func (e *errand) queued() bool { return e.Spec.Queued || e.About.Terms != (job.Terms{}) }

// long reports whether the order becomes a job whatever its client wishes.
func (e *errand) long() bool {
	return e.Source != intake.FromBody || e.Input.Size > e.SyncMaxBytes || !e.About.RunAt.IsZero() || e.About.Group != ""
}

// callerPriority is the priority of jobs whose caller waits for them and asked
// for none: within one owner they come before all others.
const callerPriority = intake.MaxPriority + 1

// patience is how long the client waits for the job that its call becomes. A
// call of a tool whose work goes through the queue is a job from its beginning,
// also one that is answered like a synchronous call; while it is paused only those
// wait who asked to.
func (e *errand) patience() time.Duration {
	switch {
	case e.Wish.Async && !e.Wish.Waits:
		return 0
	case e.Wish.Async, e.long():
		return e.Wish.Wait
	case !e.queued():
		return 0
	case e.Wish.Waits:
		return min(e.Wish.Wait, e.SyncTimeout)
	case e.Queue.PauseOf(e.Owner, e.Spec.Name) != "":
		return 0
	default:
		return e.SyncTimeout
	}
}

// priority is the job's among its owner's.
func (e *errand) priority() int {
	if e.queued() && !e.Wish.Async && !e.About.Prioritised && e.patience() > 0 {
		return callerPriority
	}
	return e.About.Priority
}

// terms are what is kept of the order beside the work.
func (e *errand) terms() job.Terms {
	t := e.About.Terms
	t.Trace = e.Trace
	return t
}

// spec is the job that the order is or becomes.
func (e *errand) spec() queue.Spec {
	spec := queue.Spec{
		ID: e.ID, Owner: e.Owner, Plan: e.Plan, Tool: e.Spec.Name, RequestID: e.RequestID,
		Options: e.Encoded, Input: e.Input.Inline, InputAt: e.Input.Where(), InputSize: e.Input.Size, InputType: e.Input.Kind,
		Priority: e.priority(), RunAt: e.About.RunAt, Metadata: e.About.Metadata, Terms: e.terms(), Group: e.About.Group,
		WebhookURL: e.Webhook, InputSum: e.Input.Mark,
	}
	if e.Key != "" {
		spec.Idempotency = &protocol.Idempotency{
			Key: e.Key, Digest: e.digest, Job: e.ID, Status: accepted,
			Body: e.Words.Accepted(e.Order), Expires: e.Now().Add(protocol.AnswerLife),
		}
	}
	return spec
}
