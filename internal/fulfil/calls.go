package fulfil

import (
	"context"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/queue"
)

// run runs the order while the client waits.
func (e *errand) run(ctx context.Context) (Answer, error) {
	wait := e.SyncTimeout
	if e.Wish.Waits {
		wait = min(wait, e.Wish.Wait)
	}
	res, err := e.Runner.Do(ctx, attempt.Call{
		Spec: e.spec(), Tool: e.Tool, Options: e.Options, Wait: wait,
		Open: e.Input.Open, Persist: e.Input.Persist, Release: e.Input.Release,
	})
	switch {
	case fault.Of(err) != nil && inputFault(err):
		return e.refused(ctx, err, res.Ran)
	case err != nil:
		e.Input.Forget(err)
		return Answer{}, err
	case res.Replay != nil:
		e.Input.Forget(nil)
		return e.replay(ctx, res.Replay)
	case res.Job != nil:
		return Answer{Job: res.Job}, nil
	}
	return e.finished(ctx, res.Outcome, res.Ran)
}

// inputFault reports whether a synchronous failure is the tool's judgment of
// the input, which is charged and remembered like a success; the other faults
// are refusals.
func inputFault(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.NotFound, fault.Forbidden:
		return true
	default:
		return false
	}
}

// ok and accepted are statuses of remembered answers (RFC 9110, section 15.3).
const (
	ok       = 200
	accepted = 202
)

// finished records a synchronous success.
func (e *errand) finished(ctx context.Context, out queue.Outcome, ran time.Duration) (Answer, error) {
	now := e.Now()
	o := out.Output
	o.Owner, o.Created, o.Expires = e.Owner, now, now.Add(e.Queue.RetentionOf(e.Plan))
	idem := e.remembered(ok, out.Result, out.LinkAt, o.Name)
	replay, err := e.Queue.Record(context.WithoutCancel(ctx), queue.Call{Owner: o.Owner, Plan: e.Plan, Tool: e.Spec.Name, Ran: ran, Output: o, Idempotency: idem})
	if err != nil || replay != nil {
		if !fault.OutcomeUnknown(err) {
			e.Runner.Discard(context.WithoutCancel(ctx), out)
		}
		if err != nil {
			return Answer{}, err
		}
		return e.replay(ctx, replay)
	}
	return Answer{Body: out.Result, Link: Link{out.LinkAt, o.Name, o.Expires}}, nil
}

// refused records a synchronous failure of the input and returns it.
func (e *errand) refused(ctx context.Context, cause error, ran time.Duration) (Answer, error) {
	is := fault.Of(cause)
	status, body := e.Words.Refused(is)
	replay, err := e.Queue.Record(context.WithoutCancel(ctx), queue.Call{
		Owner: e.Owner, Plan: e.Plan, Tool: e.Spec.Name, Code: is.Code, Ran: ran, Idempotency: e.remembered(status, body, 0, ""),
	})
	switch {
	case err != nil:
		return Answer{}, err
	case replay != nil:
		return e.replay(ctx, replay)
	}
	return Answer{}, cause
}
