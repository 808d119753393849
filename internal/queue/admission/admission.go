// Package admission has the rules by which a job is let in: what waits already, the
// group that it belongs to, the month's quota. They are asked in the transaction that
// takes the job.
package admission

import (
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Queued refuses a job of an owner who has as many waiting as the plan allows; ahead
// are those that the same decision lets in before it. Limited TOO_MANY_JOBS.
func Queued(owner string, plan account.Plan, l protocol.Ledger, ahead int64) error {
	if plan.MaxQueuedJobs == 0 {
		return nil
	}
	c, err := l.Counts(owner)
	if err != nil {
		return err
	}
	waiting := c.Queued + ahead
	if waiting >= plan.MaxQueuedJobs {
		return fault.New(fault.Limited, "TOO_MANY_JOBS",
			"%d jobs are waiting already, as many as the plan allows; wait until some have finished.", waiting).
			With("limit", plan.MaxQueuedJobs).After(2 * time.Second)
	}
	return nil
}

// Grouped refuses a job whose group takes no more, of so many at most (0: of any
// number); ahead as above. Conflict GROUP_CLOSED and GROUP_FULL.
func Grouped(j *job.Job, most int64, l protocol.Ledger, ahead int64) error {
	if j.Group == "" {
		return nil
	}
	g, err := l.Group(j.Owner, j.Group)
	if err != nil {
		return err
	}
	switch n := g.Jobs().All() + ahead; {
	case g.Closed:
		return fault.New(fault.Conflict, "GROUP_CLOSED", "The group %s is closed and takes no more jobs; use another name for x-group.", j.Group)
	case most > 0 && n >= most:
		return fault.New(fault.Conflict, "GROUP_FULL", "The group %s has had %d jobs, as many as one may have; use another name for x-group.", j.Group, n).With("limit", most)
	}
	return nil
}

// InputGone refuses to try a job again whose input is not there any more.
func InputGone() error {
	return fault.New(fault.NotFound, "FILE_NOT_FOUND", "The job's input is not kept any more, so it cannot be tried again; hand the input in again.")
}

// Charge takes one job off the month's quota and returns the month. Limited
// QUOTA_EXCEEDED.
func Charge(owner string, plan account.Plan, l protocol.Ledger) (int, error) {
	month := account.MonthOf(l.Now())
	u, err := l.Usage(owner, month)
	if err != nil {
		return 0, err
	}
	if err := Quota(u.Jobs, plan, l.Now()); err != nil {
		return 0, err
	}
	u.Jobs++
	return month, nil
}

// Quota refuses a job more than those that an owner has used of a month's.
func Quota(used int64, plan account.Plan, now time.Time) error {
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

// GiveBack returns a job's charge, which there is; lost is whether its worker died.
func GiveBack(j *job.Job, lost bool, l protocol.Ledger) error {
	if lost {
		u, err := l.Usage(j.Owner, j.Charged.Month)
		if err != nil || u.LostRefunds >= maxLostRefunds {
			return err
		}
		u.LostRefunds++
	}
	return Refund(j, l)
}

// Refund gives a job's charge back, whatever it ended with.
func Refund(j *job.Job, l protocol.Ledger) error {
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

// A RefusedError is why one of many jobs is refused where none is let in then.
type RefusedError struct {
	Which int // of them, from 0
	Err   error
}

// Error is the refusal's.
func (e *RefusedError) Error() string { return fmt.Sprintf("number %d: %v", e.Which, e.Err) }

// Unwrap returns the refusal.
func (e *RefusedError) Unwrap() error { return e.Err }
