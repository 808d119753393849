package queue

import (
	"context"
	"fmt"
	"slices"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
)

// waiting reads waiting jobs of an owner and tool for the scheduler.
func (q *Queue) waiting(ctx context.Context, owner, tool string, after job.Candidate, limit int) ([]job.Candidate, sched.Share, error) {
	ready, err := q.config.Store.Ready(ctx, owner, tool, after, limit)
	if err != nil {
		return nil, sched.Share{}, fmt.Errorf("read waiting jobs of %s: %w", owner, err)
	}
	return ready, q.share(ctx, owner), nil
}

// fronts reads the first waiting jobs of strands for the scheduler.
func (q *Queue) fronts(ctx context.Context, owner, tool, after string, strands, each int) (found []job.Candidate, share sched.Share, err error) {
	if found, err = q.config.Store.Fronts(ctx, owner, tool, after, strands, each); err != nil {
		return nil, share, fmt.Errorf("read waiting jobs of %s by strand: %w", owner, err)
	}
	found = slices.DeleteFunc(found, func(c job.Candidate) bool { return q.strands.Strayed(&c) })
	return found, q.share(ctx, owner), nil
}

// push tells the scheduler of a job that waits, if it is any business of this
// process.
func (q *Queue) push(ctx context.Context, c job.Candidate, delayed bool) {
	if q.sched.Concerns(c.Tool) && !q.strands.Strayed(&c) {
		q.sched.Push(c, q.share(ctx, c.Owner), delayed)
	}
}

// waitsAgain tells the scheduler of a job that waits again.
func (q *Queue) waitsAgain(ctx context.Context, j *job.Job) {
	if j.Status == job.Queued && j.Ready != nil {
		q.push(ctx, job.CandidateOf(j), !j.Ready.RunAt.IsZero())
	}
}

// look compares the scheduler's memory with the store's counts: other
// processes may have added jobs, and a hint may have been lost.
func (q *Queue) look(ctx context.Context) error {
	backlog, err := q.backlog.Look(ctx, q.config.Store)
	if err != nil {
		return fmt.Errorf("read backlog: %w", err)
	}
	q.sched.Learn(backlog)
	q.tellUnknown(ctx, backlog)
	for _, c := range backlog {
		if c.Queued > 0 && q.sched.Concerns(c.Tool) {
			q.sched.Look(c.Owner, c.Tool, c.Queued)
		}
	}
	return q.loadSuspects(ctx)
}

// loadSuspects tells the scheduler of jobs on probation that it does not know.
func (q *Queue) loadSuspects(ctx context.Context) error {
	suspects, err := protocol.Suspects(ctx, q.config.Store, maxLeases)
	if err != nil {
		return err
	}
	for _, c := range suspects {
		q.sched.MarkAgain(c.Mark())
		q.push(ctx, c, false)
	}
	return nil
}

// tellUnknown tells of tools with waiting jobs that this server does not know.
func (q *Queue) tellUnknown(ctx context.Context, backlog []account.ToolCount) {
	waiting := map[string]int64{}
	for _, c := range backlog {
		if c.Queued > 0 && q.rules(c.Tool).Unknown {
			waiting[c.Tool] += c.Queued
		}
	}
	q.unknown.Tell(ctx, waiting, q.config.Observer, q.config.Log)
}
