package alljobs

import (
	"context"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// troubleOf tells of each job what is wrong with it, the worst first: poisoned,
// stuck, failing; nothing of one that is finished.
func (c Config) troubleOf(ctx context.Context, jobs []job.Job) ([]job.Trouble, error) {
	var open []job.ID
	for i := range jobs {
		if !jobs[i].Status.Final() {
			open = append(open, jobs[i].ID)
		}
	}
	troubles := make([]job.Trouble, len(jobs))
	if len(open) == 0 {
		return troubles, nil
	}
	list, err := c.Lines.Standing(ctx, open)
	if err != nil {
		return nil, err
	}
	ready := map[job.ID]*job.Ready{}
	for i := range list {
		ready[list[i].ID] = list[i].Ready
	}
	since := c.StuckSince()
	for i := range jobs {
		if r := ready[jobs[i].ID]; r != nil {
			troubles[i] = worst(&jobs[i], r, since)
		}
	}
	return troubles, nil
}

func worst(j *job.Job, r *job.Ready, since time.Time) job.Trouble {
	stuck := protocol.Filter{Trouble: job.TroubleStuck, StuckSince: since}
	switch {
	case r.Probation != job.Clear:
		return job.TroublePoisoned
	case stuck.Troubled(j.Created, &protocol.Unrest{
		Updated: j.Updated, Started: j.Started, Leased: r.Lease.Taken(), RunAt: r.RunAt, LeaseUntil: r.Lease.Until, CancelRequested: r.CancelRequested,
	}):
		return job.TroubleStuck
	case j.Failures > 0 || j.Losses > 0:
		return job.TroubleFailing
	}
	return job.NoTrouble
}
