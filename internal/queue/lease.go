package queue

import (
	"context"
	"maps"
	"slices"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// The invariant of leases. A lease that this process took for itself is renewed
// only while somebody here works for it: from its claim until its outcome is
// recorded or given up. Who gives up drops it; then nothing renews it, it ends
// by itself and the job runs again. The other way round nobody works longer than
// his lease: in a cluster an attempt is ended by its own clock,
// which never steps, when its lease would end had the last renewal been the
// last; what it would do outside is cut off by its context then, before anybody
// else can begin the next attempt. An outcome that is known already is no work
// outside: it is offered to the store until the store has answered, and the
// fence decides.

// stepMemory is for how long after a step of the store's clock every lease is
// looked at: longer than any of them lasts.
const stepMemory = 24 * time.Hour

// maxMargin bounds how much earlier than its lease an attempt is ended: for
// clocks that differ a little, and for what it takes to be ended.
const maxMargin = time.Second

// ownEnd is when an attempt's own clock ends it, if what gave or renewed its
// lease was asked for at a time: the lease lasts longer by as much as the store
// took to answer, and by a margin.
func (q *Queue) ownEnd(asked time.Time) time.Time {
	return asked.Add(q.config.Lease - min(q.config.Lease/10, maxMargin))
}

// noteGrant notes a lease that was asked for at a time.
func (q *Queue) noteGrant(c Claimed, remote bool, asked time.Time) {
	g := &grant{lease: c.Lease, remote: remote, owner: c.Job.Owner, tool: c.Job.Tool, since: c.Job.Started, given: time.Now()}
	q.mu.Lock()
	old := q.grants[c.Job.ID]
	if old != nil { // it was lost, and whoever worked for it has not noticed
		q.forgetGrant(old)
		old.end(ErrLeaseLost)
	}
	q.grants[c.Job.ID] = g
	q.stopped(g)
	if !remote && q.shared() {
		g.until = q.ownEnd(asked)
		g.clock = time.AfterFunc(time.Until(g.until), func() { q.lapse(g) })
	}
	q.mu.Unlock()
	if old != nil {
		q.sched.Overtaken(old.owner, old.tool)
	}
}

// forgetGrant forgets a grant. The caller holds the mutex.
func (q *Queue) forgetGrant(g *grant) {
	delete(q.grants, g.lease.ID)
	if g.clock != nil {
		g.clock.Stop()
	}
}

// lapse ends an attempt whose lease was not renewed in time.
func (q *Queue) lapse(g *grant) {
	q.mu.Lock()
	ends := q.grants[g.lease.ID] == g && !g.settling && g.ended == nil && !time.Now().Before(g.until)
	if ends {
		g.lapsed = true
		g.end(ErrLeaseLost)
	}
	q.mu.Unlock()
	if ends {
		q.config.Log.Warn("attempt ended: its lease could not be renewed in time", "job", g.lease.ID.String(), "attempt", g.lease.Attempt)
	}
}

// extend moves the end of an attempt's own clock after a renewal that was asked
// for at a time. An attempt that was ended meanwhile stays so.
func (q *Queue) extend(lease job.Lease, asked time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	g := q.grants[lease.ID]
	if g == nil || !same(g.lease, lease) || g.clock == nil || g.ended != nil {
		return
	}
	g.until = q.ownEnd(asked)
	g.clock.Reset(time.Until(g.until))
}

// settling says that the outcome of an attempt is known.
func (q *Queue) settling(lease job.Lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if g := q.grants[lease.ID]; g != nil && same(g.lease, lease) {
		g.settling = true
	}
}

// lapsed reports whether an attempt was ended by its own clock.
func (q *Queue) lapsed(lease job.Lease) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	g := q.grants[lease.ID]
	return g != nil && same(g.lease, lease) && g.lapsed
}

// giveUp drops a lease of this process for which nobody works any more. One of
// a remote program goes on: it is the program's.
func (q *Queue) giveUp(c Claimed) {
	q.mu.Lock()
	g := q.grants[c.Lease.ID]
	drops := g != nil && !g.remote && same(g.lease, c.Lease)
	q.mu.Unlock()
	if drops {
		q.drop(c.Job.Owner, c.Job.Tool, c.Lease)
	}
}

// worked returns the leases of this process for which somebody works.
func (q *Queue) worked() []job.Lease {
	q.mu.Lock()
	defer q.mu.Unlock()
	leases := make([]job.Lease, 0, len(q.grants))
	for _, g := range q.grants {
		if !g.remote && g.worked() {
			leases = append(leases, g.lease)
		}
	}
	return leases
}

// maxUnsettled bounds how many attempts are remembered whose end may or may not
// have been recorded.
const (
	maxUnsettled  = 10_000
	unsettledTime = time.Hour
)

// noteUnsettled remembers such an attempt, so that its worker can ask again.
func (q *Queue) noteUnsettled(lease job.Lease) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.unsettled) >= maxUnsettled {
		maps.DeleteFunc(q.unsettled, func(_ job.ID, d unsettled) bool { return now.Sub(d.since) > unsettledTime })
	}
	if len(q.unsettled) < maxUnsettled {
		q.unsettled[lease.ID] = unsettled{lease: lease, since: now}
	}
}

// unsettledLease returns the lease of such an attempt.
func (q *Queue) unsettledLease(id job.ID, attempt int) (job.Lease, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d, ok := q.unsettled[id]
	return d.lease, ok && d.lease.Attempt == attempt
}

// toldOf reports whether the observer was not told yet of the end of an attempt which
// is recorded, and notes that it is: a worker that was left in doubt may ask again
// and again.
func (q *Queue) toldOf(lease job.Lease) (first bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d, ok := q.unsettled[lease.ID]
	if !ok || d.lease.Attempt != lease.Attempt {
		return true
	}
	first, d.told = !d.told, true
	q.unsettled[lease.ID] = d
	return first
}

// maxRunning is how many attempts are looked at to see for how long they have
// run.
const maxRunning = 64

// running returns for how long attempts at a tool's jobs have run here, of those
// that have run for longer than known.
func (q *Queue) running(tool string, known time.Duration) (all []time.Duration) {
	looked := 0
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, g := range q.grants {
		if ran := q.clock.Since(g.since); g.tool == tool && ran > known {
			all = append(all, ran)
		}
		if looked++; looked == maxRunning {
			break
		}
	}
	return all
}

// stuckAfter is how many of its own lengths after its end a lease stands still
// that nobody has taken back, and after its beginning one whose attempt has not
// begun.
const stuckAfter = 3

// Stuck returns leases for which nobody works and which nobody takes back: there
// must be none. After a step of the clock nothing can be said of ends.
func (q *Queue) Stuck(ctx context.Context) (list []job.Lease, err error) {
	long := max(stuckAfter*q.config.Lease, time.Minute)
	if !q.clock.SteppedWithin(stepMemory) {
		if list, err = protocol.Leases(ctx, q.config.Store, q.config.Now().Add(-long), maxLeases); err != nil {
			return nil, err
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, g := range q.grants {
		asleep := !g.remote && !g.bound && !g.settling && time.Since(g.given) > long
		if asleep && !slices.ContainsFunc(list, g.lease.Same) {
			list = append(list, g.lease)
		}
	}
	return list, nil
}

// drop forgets a lease that this process gave; the scheduler may give its
// slot to another job.
func (q *Queue) drop(ownerName, tool string, lease job.Lease) {
	q.mu.Lock()
	g := q.grants[lease.ID]
	ours := g != nil && same(g.lease, lease)
	if ours {
		q.forgetGrant(g)
	}
	q.mu.Unlock()
	if ours {
		q.sched.Ended(ownerName, tool, lease.ID)
	} else {
		q.sched.Freed(ownerName, tool)
	}
}

// Stop ends the context of an attempt that this process runs, or is about to run.
func (q *Queue) Stop(id job.ID, attempt int, cause error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	g := q.grants[id]
	if g == nil || g.lease.Attempt != attempt {
		q.stopComing(id, attempt, cause)
		return
	}
	g.end(cause)
}

// runs reports whether a job runs under a lease that this process gave.
func (q *Queue) runs(id job.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.grants[id] != nil
}

// leases returns the leases that this process gave.
func (q *Queue) leases() map[job.ID]job.Lease {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make(map[job.ID]job.Lease, len(q.grants))
	for id, g := range q.grants {
		all[id] = g.lease
	}
	return all
}
