package queue

import (
	"context"
	"time"

	"claimcheck/internal/account"
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
		known = v.(knownPlan) //nolint:errcheck // the map holds nothing else
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
