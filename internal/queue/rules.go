package queue

import (
	"encoding/json"
	"slices"
	"time"

	"claimcheck/internal/deadline"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/attempts"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/store/protocol"
)

// fenced reports whether the lease is still the job's current one.
func fenced(j *job.Job, lease job.Lease) error {
	if j.Ready == nil || j.Status != job.Processing || !same(j.Ready.Lease, lease) {
		return ErrLeaseLost
	}
	return nil
}

// anyWorker stands in leases of callbacks, which know the attempt that they
// were made for, and not who has its lease by now.
const anyWorker = "*"

// same reports whether a shown lease is the current one.
func same(current, shown job.Lease) bool {
	if shown.Worker == anyWorker {
		shown.Worker = current.Worker
	}
	return current.Same(shown)
}

// claim gives a waiting job to a worker.
func claim(j *job.Job, worker string, now time.Time, lease time.Duration) error {
	if j.Ready == nil || j.Status != job.Queued || j.Ready.RunAt.After(now) {
		return ErrLeaseLost
	}
	j.Status = job.Processing
	j.Attempt++
	j.Version++
	j.Updated, j.Started = now, now
	j.Ready.RunAt = time.Time{}
	j.Ready.Lease = job.Lease{ID: j.ID, Worker: worker, Attempt: j.Attempt, Until: now.Add(lease)}
	if !j.Ready.EndBy.IsZero() {
		deadline.Set(j)
	}
	return nil
}

// requeue lets a job wait for its next attempt.
func requeue(j *job.Job, runAt, now time.Time) {
	j.Status = job.Queued
	j.Version++
	j.Updated = now
	j.Ready.RunAt = runAt
	j.Ready.Lease = job.Lease{}
	j.Ready.Progress, j.Ready.Message = 0, ""
	j.Output = ""
}

// finish makes a job final; code is its error's, empty for success; keep is how
// long the owner's plan keeps it.
func finish(j *job.Job, s job.Status, code string, now time.Time, keep time.Duration) {
	if j.Ready.Lease.Taken() {
		attempts.Remember(j, code, now)
	}
	if len(j.Terms) > 0 {
		asked := j.Asked()
		keep = asked.Keep(s, keep)
	}
	j.Status = s
	j.Version++
	j.Updated, j.Finished, j.Expires = now, now, now.Add(keep)
	j.Ready = nil
}

// fail makes a job final with an error, and gives back its charge if the fault
// was ours.
func fail(j *job.Job, e *fault.Error, keep time.Duration, l protocol.Ledger) error {
	j.Error, j.Output = ErrorJSON(e), ""
	finish(j, job.Failed, e.Code, l.Now(), keep)
	return giveBack(j, e.Code, l)
}

// worthTrying reports whether the same input may succeed in another attempt.
func worthTrying(e *fault.Error) bool {
	switch e.Kind {
	case fault.Internal, fault.Timeout, fault.Unavailable, fault.Upstream, fault.Limited:
		return true
	default:
		return false
	}
}

// publicFailure turns whatever ended an attempt into what the client may read.
func publicFailure(cause error) *fault.Error {
	e := fault.Of(cause)
	if e != nil && e.Kind == fault.Unavailable { // ours, but worth a word: the storage of files is away, or full
		return fault.New(fault.Internal, codeInternal, "%s", e.Message).Because(cause)
	}
	if e == nil || e.Kind == fault.Internal && e.Code != codeLost {
		return fault.New(fault.Internal, codeInternal, "Failed to process job").Because(cause)
	}
	return e
}

// ErrorJSON is the error object of a failed job: code, message and details.
func ErrorJSON(e *fault.Error) []byte {
	b := append([]byte(`{"code":`), quote(e.Code)...)
	b = append(append(b, `,"message":`...), quote(e.Message)...)
	b = append(b, `,"details":{`...)
	for i, d := range e.Details {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(d.Name)...), ':')
		b = append(b, quote(d.Value)...)
	}
	return append(b, "}}"...)
}

func quote(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("queue: detail cannot be JSON: " + err.Error())
	}
	return b
}

// renewed reports whether a lease was renewed after it was taken for ended.
// Leases of this server's earlier processes never are.
func renewed(j *job.Job, ended job.Lease) bool { return !j.Ready.Lease.Until.Equal(ended.Until) }

// tryAgain counts a failed attempt and lets the job wait for the next one, if
// it is worth one.
func tryAgain(j *job.Job, public *fault.Error, most int, spread float64, now time.Time) bool {
	if !worthTrying(public) {
		return false
	}
	if j.Failures++; j.Failures >= most {
		return false
	}
	attempts.Remember(j, public.Code, now)
	wait := max(paced.Backoff(j.Failures, spread), min(public.RetryAfter, time.Hour))
	requeue(j, now.Add(wait), now)
	return true
}

// unknownOutcome reports whether trouble of the store may have happened after
// the commit.
func unknownOutcome(err error) bool {
	e := fault.Of(err)
	return e != nil && slices.ContainsFunc(e.Details, func(d fault.Detail) bool { return d.Name == "outcome" })
}
