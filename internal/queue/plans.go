package queue

import (
	"context"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/sched"
)

// planTTL is how long an owner's plan is believed without asking the store.
const planTTL = 2 * time.Second

type knownPlan struct {
	name  string
	until time.Time
}

// PlanOf returns an owner's plan; where the store cannot tell, the last known
// one, else the default.
func (q *Queue) PlanOf(ctx context.Context, owner string) account.Plan {
	known := knownPlan{name: "default"}
	if v, ok := q.plans.Load(owner); ok {
		known = v.(knownPlan) //nolint:errcheck // the map has nothing else
		if q.clock.Steady().Before(known.until) {
			return q.config.Plans(known.name)
		}
	}
	if o, err := q.config.Store.Owner(ctx, owner, account.MonthOf(q.config.Now())); err == nil && o.Plan != "" {
		known = knownPlan{name: o.Plan, until: q.clock.Steady().Add(planTTL)}
		q.plans.Store(owner, known)
	}
	return q.config.Plans(known.name)
}

// share is what an owner's plan says of its part of the work.
func (q *Queue) share(ctx context.Context, owner string) sched.Share {
	return sched.ShareOf(q.PlanOf(ctx, owner))
}

// inputUntil is when the input of a job goes that ends now, by its owner's plan as it is
// known: within a decision nothing is asked. It is zero for with the job.
func (q *Queue) inputUntil(j *job.Job, now time.Time) time.Time {
	plan := "default"
	if v, ok := q.plans.Load(j.Owner); ok {
		plan = v.(knownPlan).name //nolint:errcheck // the map has nothing else
	}
	keep := q.config.Plans(plan).RetentionInput
	if keep == 0 || !now.Add(keep).Before(j.Expires) {
		return time.Time{}
	}
	return now.Add(keep)
}

// KeptFor is how long this owner's finished jobs are kept.
func (q *Queue) KeptFor(ctx context.Context, owner string) time.Duration {
	return q.RetentionOf(q.PlanOf(ctx, owner))
}

func (q *Queue) retentionOfJob(ctx context.Context, id job.ID) time.Duration {
	j, err := q.config.Store.Get(ctx, id)
	if err != nil {
		return q.config.Retention
	}
	return q.KeptFor(ctx, j.Owner)
}

// How long an owner's usage is believed by CheckQuota, and how many jobs must be
// left for that. Who hands in more within that time is refused later, by the
// charge.
const (
	usageTrust  = time.Second
	usageMargin = 10_000
)

// A knownUsage is how many jobs an owner had charged.
type knownUsage struct {
	month int
	jobs  int64
	until time.Time
}

// CheckQuota says beforehand whether a charge would be refused. The charge
// itself is exact; while the quota is far away, usage that was read within the
// last second will do.
func (q *Queue) CheckQuota(ctx context.Context, owner string, plan account.Plan) error {
	if plan.JobsPerMonth == 0 {
		return nil
	}
	now := q.config.Now()
	month := account.MonthOf(now)
	if known, ok := q.quotas.Load(owner); ok {
		is := known.(knownUsage) //nolint:errcheck // the map has nothing else
		if is.month == month && q.clock.Steady().Before(is.until) && is.jobs+usageMargin <= plan.JobsPerMonth {
			return nil
		}
	}
	o, err := q.config.Store.Owner(ctx, owner, month)
	if err != nil {
		return fmt.Errorf("read usage of %s: %w", owner, err)
	}
	if o.Usage.Jobs+usageMargin <= plan.JobsPerMonth {
		q.quotas.Store(owner, knownUsage{month, o.Usage.Jobs, q.clock.Steady().Add(usageTrust)})
	}
	return admission.Quota(o.Usage.Jobs, plan, now)
}
