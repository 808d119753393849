package queue

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/deadline"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

func admitQueued(owner string, plan account.Plan, l protocol.Ledger) error {
	if plan.MaxQueuedJobs == 0 {
		return nil
	}
	c, err := l.Counts(owner)
	if err != nil {
		return err
	}
	if c.Queued >= plan.MaxQueuedJobs {
		return fault.New(fault.Limited, "TOO_MANY_JOBS",
			"%d jobs are waiting already, as many as the plan allows; wait until some have finished.", c.Queued).
			With("limit", plan.MaxQueuedJobs).After(2 * time.Second)
	}
	return nil
}

// admitGrouped refuses a job whose group takes no more.
func admitGrouped(j *job.Job, most int64, l protocol.Ledger) error {
	if j.Group == "" {
		return nil
	}
	g, err := l.Group(j.Owner, j.Group)
	if err != nil {
		return err
	}
	switch n := g.Jobs().All(); {
	case g.Closed:
		return fault.New(fault.Conflict, "GROUP_CLOSED", "The group %s is closed and takes no more jobs; use another name for x-group.", j.Group)
	case most > 0 && n >= most:
		return fault.New(fault.Conflict, "GROUP_FULL", "The group %s has had %d jobs, as many as one may have; use another name for x-group.", j.Group, n).With("limit", most)
	}
	return nil
}

// charge takes one job off the month's quota and returns the month.
func charge(owner string, plan account.Plan, l protocol.Ledger) (int, error) {
	month := account.MonthOf(l.Now())
	u, err := l.Usage(owner, month)
	if err != nil {
		return 0, err
	}
	if err := quota(u.Jobs, plan, l.Now()); err != nil {
		return 0, err
	}
	u.Jobs++
	return month, nil
}

func quota(used int64, plan account.Plan, now time.Time) error {
	if plan.JobsPerMonth == 0 || used < plan.JobsPerMonth {
		return nil
	}
	turns := account.MonthStart(account.MonthOf(now) + 1)
	return fault.New(fault.Limited, "QUOTA_EXCEEDED",
		"This month's %d jobs are used up; the next month begins at %s.", plan.JobsPerMonth, turns.Format(time.RFC3339)).
		With("limit", plan.JobsPerMonth).With("resets_at", turns.Unix()).After(turns.Sub(now))
}

// maxLostRefunds is how many jobs a month are given back because their workers
// died; beyond it a job that kills workers costs like any other.
const maxLostRefunds = 100

// giveBack returns a failed job's charge when the failure was ours, or it never began in time. It happens
// once, to the month that was charged.
func giveBack(j *job.Job, code string, l protocol.Ledger) error {
	if j.Charged.Month == 0 || code != codeInternal && code != codeLost && code != deadline.CodeExpired {
		return nil
	}
	if code == codeLost {
		u, err := l.Usage(j.Owner, j.Charged.Month)
		if err != nil || u.LostRefunds >= maxLostRefunds {
			return err
		}
		u.LostRefunds++
	}
	return refund(j, l)
}

// refund gives a job's charge back, whatever it ended with.
func refund(j *job.Job, l protocol.Ledger) error {
	if j.Charged.Month == 0 {
		return nil
	}
	u, err := l.Usage(j.Owner, j.Charged.Month)
	if err != nil {
		return err
	}
	u.Jobs--
	j.Charged.Month = 0
	return nil
}
