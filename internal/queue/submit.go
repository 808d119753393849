package queue

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
)

// A Spec is what a client hands in, checked.
type Spec struct {
	ID        job.ID // from NewID: a large input's blob carries its name
	Owner     string
	Plan      account.Plan
	Tool      string
	RequestID string
	Options   []byte    // canonical JSON, or nil
	Metadata  []byte    // JSON object, or nil
	Terms     job.Terms // what was asked for beside the work
	Group     string    // name of the group that it belongs to; empty for none
	Input     []byte    // inline input or encoded job.Source; nil if InputAt is job.InFile
	InputAt   job.Where // job.InFile: the blob job.InputKey(ID), already durable
	InputSize int64
	InputType string // Content-Type; empty if none is known
	Priority  int
	RunAt     time.Time // zero: at once

	WebhookURL string // called when the job ends, checked; empty for none
	InputSum   int64  // of the input's bytes: see job.Ready; 0 for unknown

	Idempotency *protocol.Idempotency // the answer to remember, or nil
}

// Submit accepts a job: when it returns nil the job and its input are durable.
// If the idempotency key is known the remembered answer is returned instead
// and nothing is accepted. Failures: Limited with code QUOTA_EXCEEDED or
// TOO_MANY_JOBS, Conflict with code GROUP_CLOSED or GROUP_FULL, Unavailable (with detail outcome=unknown if it could not be
// found out whether the job was accepted).
func (q *Queue) Submit(ctx context.Context, s Spec) (job.Job, *protocol.Idempotency, error) {
	j := s.queued()
	return q.submit(ctx, &s, &j, true)
}

// queued is the job as it waits.
func (s *Spec) queued() job.Job {
	j := s.job()
	j.Ready = s.ready()
	j.Ready.RunAt = s.RunAt
	j.Ready.EndBy = deadline.Next(s.Terms, false)
	return j
}

// Adopt accepts a job whose first attempt is already running in this process:
// a synchronous call that takes too long. The returned claim is to be bound
// and settled like one from Claim. The owner's queue limit does not apply,
// because the work is not thrown away; the quota does.
func (q *Queue) Adopt(ctx context.Context, s Spec) (Claimed, *protocol.Idempotency, error) {
	j := s.job()
	j.Status, j.Attempt = job.Processing, 1
	j.Ready = s.ready()
	j.Ready.Lease = job.Lease{ID: s.ID, Worker: q.worker, Attempt: 1}
	j.Ready.EndBy = deadline.Next(s.Terms, true)
	defer q.expect(s.ID)()
	asked := time.Now()
	j, replay, err := q.submit(ctx, &s, &j, false)
	if err != nil || replay != nil {
		return Claimed{}, replay, err
	}
	c := Claimed{Job: j, Lease: j.Ready.Lease}
	q.noteGrant(c, false, asked)
	q.sched.Started(j.Owner, j.Tool, j.ID, sched.ShareOf(s.Plan))
	return c, nil, nil
}

func (s *Spec) ready() *job.Ready {
	return &job.Ready{Priority: s.Priority, WebhookURL: s.WebhookURL, InputSum: s.InputSum}
}

func (s *Spec) job() job.Job {
	return job.Job{
		ID: s.ID, Owner: s.Owner, Tool: s.Tool, RequestID: s.RequestID,
		Options: s.Options, Metadata: s.Metadata, Terms: s.Terms.Encode(), Group: s.Group,
		Input:  job.Input{Size: s.InputSize, Where: s.InputAt, Type: s.InputType},
		Status: job.Queued, Version: 1,
	}
}

func (q *Queue) submit(ctx context.Context, s *Spec, j *job.Job, limited bool) (job.Job, *protocol.Idempotency, error) {
	j.Ready.Strand = q.strands.Of(j)
	sub := &protocol.Submission{
		Owner: s.Owner, Job: j, Input: s.Input, Idempotency: s.Idempotency,
		Admit: func(l protocol.Ledger) error {
			now := l.Now()
			j.Created, j.Updated = now, now
			if j.Status == job.Processing {
				j.Started = now
				j.Ready.Lease.Until = now.Add(q.config.Lease)
			}
			return q.letIn(j, s.Plan, l, limited, 0)
		},
	}
	if err := q.config.Store.Submit(ctx, sub); err != nil {
		return job.Job{}, nil, fmt.Errorf("submit job %s: %w", s.ID, err)
	}
	if sub.Replay != nil {
		return job.Job{}, sub.Replay, nil
	}
	q.accepted(j, s.Plan)
	return *j, nil, nil
}

// letIn refuses a job or charges for it; ahead are those that the same decision lets in
// before it, limited is whether the plan's limit of waiting jobs counts.
func (q *Queue) letIn(j *job.Job, plan account.Plan, l protocol.Ledger, limited bool, ahead int64) (err error) {
	if limited {
		if err := admission.Queued(j.Owner, plan, l, ahead); err != nil {
			return err
		}
	}
	if err := admission.Grouped(j, q.config.GroupJobs, l, ahead); err != nil {
		return err
	}
	j.Charged.Month, err = admission.Charge(j.Owner, plan, l)
	return err
}

// accepted tells of a job that was let in.
func (q *Queue) accepted(j *job.Job, plan account.Plan) {
	q.sched.Accepted(j.Owner)
	q.config.Observer.Accepted(j.Tool, j.Owner)
	q.views.Publish(j)
	if !j.Ready.EndBy.IsZero() {
		q.ends.Wake()
	}
	if j.Status == job.Queued && q.sched.Concerns(j.Tool) {
		q.sched.Push(job.CandidateOf(j), sched.ShareOf(plan), j.Ready.RunAt.After(j.Created))
	}
}

// A Call is a synchronous call that is over.
type Call struct {
	Owner string
	Plan  account.Plan
	Tool  string
	Code  string        // of the failure; empty for success
	Ran   time.Duration // how long the tool ran

	Output      *job.Output           // or nil
	Idempotency *protocol.Idempotency // the answer to remember, or nil
}

// Record writes the traces of a synchronous call that is over: its output, its
// charge and its remembered answer, before the client gets to know. Failures
// are those of Submit without TOO_MANY_JOBS.
func (q *Queue) Record(ctx context.Context, c Call) (*protocol.Idempotency, error) {
	sub := &protocol.Submission{
		Owner: c.Owner, Output: c.Output, Idempotency: c.Idempotency,
		Admit: func(l protocol.Ledger) error {
			_, err := admission.Charge(c.Owner, c.Plan, l)
			return err
		},
	}
	if err := q.config.Store.Submit(ctx, sub); err != nil {
		return nil, fmt.Errorf("record synchronous call: %w", err)
	}
	if sub.Replay == nil {
		q.config.Observer.Accepted(c.Tool, c.Owner)
		q.config.Observer.Ended(c.Tool, c.Code, c.Ran)
	}
	return sub.Replay, nil
}
