package queue

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// shareEvery is how often a server looks for what other servers of its cluster have
// done, should it not have been told.
const shareEvery = time.Second

// heard takes news of other servers.
func (q *Queue) heard(n protocol.News) {
	if n.Missed {
		q.views.Doubt()
		poke(q.asked)
	}
	if n.Missed || len(n.Jobs) > 0 {
		q.views.ChangedElsewhere()
	}
	for _, j := range n.Jobs {
		if j.Said {
			q.views.Said(j.ID)
		}
		q.views.Heard(j.ID, j.Version)
		if q.runs(j.ID) {
			poke(q.asked)
		}
	}
	for _, l := range n.Lines {
		if q.sched.Concerns(l.Tool) {
			q.sched.LookAgain(l.Owner, l.Tool)
		}
	}
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
	leases := q.leases()
	ids := q.views.Awaited()
	for id := range leases {
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
		q.views.Progressed(is.ID, is.Ready)
		switch lease, mine := leases[is.ID]; {
		case !mine:
		case !same(lease, is.Lease()):
			q.Stop(is.ID, lease.Attempt, ErrLeaseLost)
		case is.Ready != nil && is.Ready.CancelRequested:
			q.Stop(is.ID, lease.Attempt, ErrCanceled)
		}
	}
	for _, id := range ids {
		if there[id] {
			continue
		}
		q.views.Heard(id, 0)
		if lease, mine := leases[id]; mine {
			q.Stop(id, lease.Attempt, ErrLeaseLost)
		}
	}
	return nil
}
