package queue

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue/attempts"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/store/protocol"
)

// reapBatch is how many leases that ended are taken back at once.
const reapBatch = 1000

// recover takes back the leases of this server's earlier processes: those
// processes are dead, because only one can hold the data folder or the node's
// name. Leases of remote workers run on.
func (q *Queue) recover(ctx context.Context) error {
	leases, err := protocol.Leases(ctx, q.config.Store, time.Time{}, maxLeases)
	if err != nil {
		return err
	}
	q.doubts.Look(leases, q.clock)
	var dead []job.Lease
	for _, l := range leases {
		if q.own(l.Worker) && l.Worker != q.worker {
			dead = append(dead, l)
		}
	}
	return q.lose(ctx, dead, leases)
}

// reap takes back leases that ended unrenewed.
func (q *Queue) reap(ctx context.Context) error {
	ended, err := q.endedLeases(ctx)
	if err != nil || len(ended) == 0 {
		return err
	}
	all, err := protocol.Leases(ctx, q.config.Store, time.Time{}, maxLeases)
	if err != nil {
		return err
	}
	return q.lose(ctx, ended, all)
}

// lose ends attempts whose worker is gone. Whether a worker ran the job alone
// is seen from all its leases: those that it has, and those taken back before.
func (q *Queue) lose(ctx context.Context, lost, all []job.Lease) error {
	has := map[string]int{}
	for _, l := range all {
		has[l.Worker]++
	}
	wishes, sums := make([]wish, len(lost)), make([]int64, len(lost))
	for i, lease := range lost {
		alone := has[lease.Worker] == 1 && lease.Worker != q.worker && !q.lostMore(lease.Worker)
		keep, spread := q.retentionOfJob(ctx, lease.ID), q.spread()
		wishes[i] = wish{id: lease.ID, decide: func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
			sums[i] = job.MarkOf(j).Sum
			if remote(lease.Worker) {
				return q.loseRemote(j, lease, keep, spread, l)
			}
			return q.loseOne(j, lease, alone, keep, spread, l)
		}}
	}
	if len(wishes) == 0 {
		return nil
	}
	changes, err := q.change(ctx, wishes...)
	if err != nil {
		return fmt.Errorf("take back %d leases: %w", len(lost), err)
	}
	for i, c := range changes {
		if c.Err != nil {
			continue
		}
		q.config.Log.WarnContext(ctx, "attempt lost", "job", c.ID.String(), "attempt", lost[i].Attempt, "worker", lost[i].Worker, "status", c.Job.Status.String())
		q.config.Observer.AttemptEnded(c.Job.Tool, "lost")
		q.traceLost(&c.Job, lost[i])
		q.noteDead(lost[i].Worker)
		q.noteLoss(ctx, &c.Job, sums[i])
		q.Stop(c.ID, lost[i].Attempt, ErrLeaseLost)
		q.drop(c.Job.Owner, c.Job.Tool, lost[i])
		q.waitsAgain(ctx, &c.Job)
	}
	return nil
}

// lostMore reports whether another lease of a worker was taken back lately. Those
// of a process that died do not end at once, but within the time of a lease.
func (q *Queue) lostMore(worker string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at, ok := q.dead[worker]
	return ok && q.clock.Steady().Sub(at) < 2*q.config.Lease
}

func (q *Queue) noteDead(worker string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Steady()
	maps.DeleteFunc(q.dead, func(_ string, at time.Time) bool { return now.Sub(at) >= 2*q.config.Lease })
	q.dead[worker] = now
}

// loseOne decides what becomes of a job whose worker is gone: it waits again,
// more carefully than before, until it was lost alone MaxAttempts times. A
// lease of this living process was lost to trouble of the store: nobody is
// suspected.
func (q *Queue) loseOne(j *job.Job, lease job.Lease, alone bool, keep time.Duration, spread float64, l protocol.Ledger) error {
	if err := fenced(j, lease); err != nil {
		return err
	}
	if renewed(j, lease) {
		return ErrLeaseLost
	}
	if j.Ready.CancelRequested {
		return fail(j, ErrCanceled, keep, l)
	}
	if alone {
		j.Losses++
	}
	if j.Losses >= q.mostAttempts(j.Tool) || alone && q.sched.IsPoison(job.MarkOf(j)) {
		return fail(j, errLost, keep, l)
	}
	attempts.Remember(j, codeLost, l.Now())
	var runAt time.Time
	if lease.Worker != q.worker {
		j.Ready.Probation = min(j.Ready.Probation+1, job.Alone)
		if j.Losses > 1 {
			runAt = l.Now().Add(paced.Backoff(j.Losses-1, spread))
		}
	}
	requeue(j, runAt, l.Now())
	return q.again(j, codeLost, keep, l)
}

// noteLoss remembers the input of a job that was running when its worker went.
func (q *Queue) noteLoss(ctx context.Context, j *job.Job, sum int64) {
	m := job.InputMark{Owner: j.Owner, Tool: j.Tool, Sum: sum}
	switch {
	case q.rules(j.Tool).Pull:
	case j.Status == job.Failed && !bytes.Contains(j.Error, []byte(codeCanceled)):
		q.poisons.Condemn(ctx, m)
	case j.Ready != nil && j.Ready.Probation != job.Clear:
		q.sched.Mark(m, time.Time{})
	}
}

// loadBacklog tells the scheduler what waits in the store.
func (q *Queue) loadBacklog(ctx context.Context) error {
	return q.look(ctx)
}

// endedLeases returns leases that ended unrenewed, about reapBatch at most. After
// a step of the clock what rows say of their end is worth nothing: then every
// lease is looked at.
func (q *Queue) endedLeases(ctx context.Context) ([]job.Lease, error) {
	end, limit := q.clock.Now(), reapBatch
	if q.doubts.Some() || q.clock.SteppedWithin(stepMemory) {
		end, limit = time.Time{}, maxLeases
	}
	leases, err := protocol.Leases(ctx, q.config.Store, end, limit)
	if err != nil || len(leases) == 0 {
		return nil, err
	}
	return q.doubts.Look(leases, q.clock), nil
}
