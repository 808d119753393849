package httpapi

import (
	"context"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

// callerPriority is the priority of jobs whose caller waits for them and asked
// for none: within one owner they come before all others.
const callerPriority = maxPriority + 1

// patience is how long the client waits for the job that its call becomes. A
// call of a tool whose work goes through the queue is a job from its beginning,
// also one that is answered like a synchronous call.
func (sub *submission) patience() time.Duration {
	switch {
	case sub.prefer.async && !sub.prefer.waits:
		return 0
	case sub.prefer.async, sub.source != sourceBody, sub.input.size > sub.s.SyncMaxBytes, !sub.about.runAt.IsZero():
		return sub.prefer.wait
	case !sub.queued:
		return 0
	case sub.prefer.waits:
		return min(sub.prefer.wait, sub.s.SyncTimeout)
	default:
		return sub.s.SyncTimeout
	}
}

// priority is the job's place among its owner's.
func (sub *submission) priority() int {
	if sub.queued && !sub.prefer.async && sub.r.Header.Get("X-Priority") == "" && sub.patience() > 0 {
		return callerPriority
	}
	return sub.about.priority
}

// await holds the request until the job is finished or the patience is over. A
// job that was accepted is not refused because too many requests wait: it is
// answered as it is.
func (sub *submission) await(ctx context.Context, id job.ID) (*queue.Snapshot, error) {
	leave, _ := sub.s.held.enter(sub.who.Key.Owner, sub.plan.MaxHeld)
	if leave == nil {
		return sub.s.Queue.Get(ctx, sub.who.Key.Owner, id)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, sub.patience())
	defer cancel()
	defer context.AfterFunc(sub.s.Stopping, cancel)()
	return sub.s.Queue.Await(ctx, sub.who.Key.Owner, id, queue.Finished)
}

// answerAwaited answers what became of a job that was waited for.
func (sub *submission) answerAwaited(snap *queue.Snapshot) error {
	if !snap.Job.Status.Final() {
		return sub.accepted(&snap.Job)
	}
	sub.setApplied(false)
	return sub.s.answerFinished(sub.call, &snap.Job, false)
}

// replayedCall repeats the answer of a call that was waited for and whose work
// went through the queue: what was remembered is the job. It reports false if
// the 202 is to be repeated: that is what the call was answered.
func (sub *submission) replayedCall(a *protocol.Idempotency) (done bool, err error) {
	if !sub.queued || sub.prefer.async || sub.patience() == 0 {
		return false, nil
	}
	snap, err := sub.await(sub.r.Context(), a.Job)
	if fault.Is(err, fault.NotFound) { // deleted or expired
		return false, nil
	}
	if err != nil {
		return false, err
	}
	j := &snap.Job
	if !j.Status.Final() || j.Finished.Sub(j.Created) > sub.patience() {
		return false, nil
	}
	return true, sub.answerAwaited(snap)
}
