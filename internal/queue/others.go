package queue

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// shareEvery is how often a server looks for what others have done on a shared
// store, should it not have been told.
const shareEvery = time.Second

// shared reports whether other processes may use the store too.
func (q *Queue) shared() bool { return q.config.Store.Peers() != nil }

// leads reports whether this process does what one does for all.
func (q *Queue) leads() bool {
	peers := q.config.Store.Peers()
	return peers == nil || peers.Leads()
}

// push tells the scheduler of a job that waits, if it is any business of this
// process.
func (q *Queue) push(ctx context.Context, c job.Candidate, delayed bool) {
	if q.sched.Concerns(c.Tool) {
		q.sched.Push(c, q.share(ctx, c.Owner), delayed)
	}
}

// heard takes news of other servers.
func (q *Queue) heard(n protocol.News) {
	if n.Missed {
		q.views.Doubt()
		poke(q.asked)
	}
	for _, j := range n.Jobs {
		q.views.Heard(j.ID, j.Version)
		if q.holds(j.ID) {
			poke(q.asked)
		}
	}
	for _, l := range n.Lines {
		if q.sched.Concerns(l.Tool) {
			q.sched.LookAgain(l.Owner, l.Tool)
		}
	}
}

// poke sends without waiting; one pending signal is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (q *Queue) holds(id job.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.held[id] != nil
}

// watch asks where the jobs stand that run here or that somebody waits for:
// once a second, and when another server has changed one that runs here.
func (q *Queue) watch(ctx context.Context) {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-q.asked:
		}
		if err := q.watchOnce(ctx); err != nil && ctx.Err() == nil {
			q.config.Log.ErrorContext(ctx, "maintenance failed", "what", "jobs of this process", "err", err)
		}
	}
}

func (q *Queue) watchOnce(ctx context.Context) error {
	held := q.leases()
	ids := q.views.Awaited()
	for id := range held {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := q.config.Store.Standing(ctx, ids)
	if err != nil {
		return err
	}
	there := make(map[job.ID]bool, len(all))
	for _, is := range all {
		there[is.ID] = true
		q.views.Heard(is.ID, is.Version)
		switch lease, mine := held[is.ID]; {
		case !mine:
		case !same(lease, is.Lease()):
			q.stop(is.ID, lease.Attempt, ErrLeaseLost)
		case is.Ready != nil && is.Ready.CancelRequested:
			q.stop(is.ID, lease.Attempt, ErrCanceled)
		}
	}
	for _, id := range ids {
		if there[id] {
			continue
		}
		q.views.Heard(id, 0)
		if lease, mine := held[id]; mine {
			q.stop(id, lease.Attempt, ErrLeaseLost)
		}
	}
	return nil
}

// leases returns the leases that this process gave.
func (q *Queue) leases() map[job.ID]job.Lease {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make(map[job.ID]job.Lease, len(q.held))
	for id, h := range q.held {
		all[id] = h.lease
	}
	return all
}
