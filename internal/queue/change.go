package queue

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/store/protocol"
)

// A decision is what the rules make of a job: see protocol.Change.
type decision = func(*protocol.Change, *job.Job, protocol.Ledger) error

// A wish is a decision about one job that is to be made.
type wish struct {
	id     job.ID
	decide decision
	input  bool // the job's input is wanted with it

	ran time.Duration // how long the attempt ran that ends, if that is known

	pacing *paced.Claim // of a claim whose tool has limits
}

// quietly makes changes of which nobody is told.
func (q *Queue) quietly(ctx context.Context, wishes []wish) ([]*protocol.Change, error) {
	all, changes := make([]protocol.Change, len(wishes)), make([]*protocol.Change, len(wishes))
	for i, w := range wishes {
		all[i] = protocol.Change{ID: w.id, Decide: w.decide, WantInput: w.input}
		changes[i] = &all[i]
	}
	return changes, q.config.Store.Change(ctx, changes)
}

// change makes changes and publishes what came of them; each one's Err says
// whether it was made.
func (q *Queue) change(ctx context.Context, wishes ...wish) ([]*protocol.Change, error) {
	all, changes := make([]published, len(wishes)), make([]*protocol.Change, len(wishes))
	for i, w := range wishes {
		p := &all[i]
		p.ID, p.WantInput, p.ran = w.id, w.input, w.ran
		p.Decide = func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			err := p.by(w.decide, c, j, l)
			if err == nil && j.Status.Final() && !p.was.Final() {
				c.InputUntil = q.inputUntil(j, l.Now())
			}
			return err
		}
		changes[i] = &p.Change
	}
	if err := q.config.Store.Change(ctx, changes); err != nil {
		return changes, err
	}
	for i := range all {
		q.publish(ctx, &all[i])
	}
	return changes, nil
}

// A published is a change of which those who read the job are told.
type published struct {
	protocol.Change
	owner  string
	was    job.Status
	since  time.Time // of was
	output string    // that the job had
	ran    time.Duration
}

// by makes a decision, remembers what the job was before, and has outputs dropped
// that it has no more.
func (p *published) by(decide decision, c *protocol.Change, j *job.Job, l protocol.Ledger) error {
	p.owner, p.was, p.since, p.output = j.Owner, j.Status, j.Updated, j.Output
	err := decide(c, j, l)
	c.DropOutputs = err == nil && p.output != "" && j.Output != p.output
	return err
}

// publish tells those concerned of a change that was made.
func (q *Queue) publish(ctx context.Context, p *published) {
	if p.Err != nil {
		return
	}
	if !p.was.Final() && (p.Delete || p.Job.Status.Final()) {
		q.sched.Over(p.owner)
	}
	if p.Delete {
		q.views.Forget(p.ID)
		q.views.Changed(p.owner)
		return
	}
	if !p.was.Final() && p.Job.Status.Final() {
		q.ended(&p.Job, p.was, p.ran)
		if p.was == job.Queued && q.config.Trace.On() { // it waits no more
			q.config.Trace.Waited(&p.Job, p.since, p.Job.Finished, job.ErrorCode(p.Job.Error))
		}
	}
	q.views.Publish(&p.Job)
	q.words.Spoke(&p.Change)
	if len(p.Files) == 0 {
		return
	}
	if err := q.config.Blobs.Remove(ctx, p.Files...); err != nil { // of outputs that the job has no more
		q.config.Log.WarnContext(ctx, "file left behind for the collector", "err", err)
	}
}

// ended tells the observer of a job that is over; ran is how long its last attempt
// ran, 0 for as long as it had its lease.
func (q *Queue) ended(j *job.Job, was job.Status, ran time.Duration) {
	code := job.ErrorCode(j.Error)
	if ran == 0 && was == job.Processing && code != codeLost { // of whose run nobody knows
		ran = max(j.Finished.Sub(j.Started), 0)
	}
	q.config.Observer.Ended(j.Tool, code, ran)
}

// changeOne is change of one job: it returns the job afterwards.
func (q *Queue) changeOne(ctx context.Context, id job.ID, decide decision) (job.Job, error) {
	made, err := q.change(ctx, wish{id: id, decide: decide})
	if err != nil {
		return job.Job{}, err
	}
	return made[0].Job, made[0].Err
}

// ChangeAll makes one decision about each of some jobs, apart from their lives:
// for the care of what is stored. Each Change's Err says whether it was made; the
// files of those that it deleted are for the caller to remove.
func (q *Queue) ChangeAll(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error) {
	wishes := make([]wish, len(ids))
	for i, id := range ids {
		wishes[i] = wish{id: id, decide: decide}
	}
	return q.change(ctx, wishes...)
}
