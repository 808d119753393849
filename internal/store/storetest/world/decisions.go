package world

import (
	"errors"
	"slices"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Beat renews the lease of a job.
func Beat(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	if j.Ready == nil || !j.Ready.Lease.Taken() {
		return ErrLost
	}
	j.Ready.Lease.Until = l.Now().Add(time.Hour)
	return nil
}

// What decisions refuse with.
var (
	ErrBusy = errors.New("the job does not wait")
	ErrLost = fault.New(fault.LeaseLost, "LEASE_LOST", "the attempt is not the current one")
)

// LeaseTime is how long a claim is good for.
const LeaseTime = 30 * time.Second

// Claim gives a waiting job to a worker.
func Claim(worker string) Decision {
	return func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || j.Ready.Lease.Taken() {
			return ErrBusy
		}
		j.Status = job.Processing
		j.Attempt++
		j.Version++
		j.Updated, j.Started = l.Now(), l.Now()
		j.Ready.RunAt = time.Time{}
		j.Ready.Lease = job.Lease{ID: j.ID, Worker: worker, Attempt: j.Attempt, Until: l.Now().Add(LeaseTime)}
		return nil
	}
}

// Finish makes a job final if the lease has it; out may be nil.
func Finish(lease job.Lease, out *job.Output) Decision {
	return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || !j.Ready.Lease.Same(lease) {
			return ErrLost
		}
		j.Status = job.Success
		j.Version++
		j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
		j.Result, j.LinkAt = []byte(`{"status":"success"}`), 7
		j.Ready = nil
		if out != nil {
			j.Output = out.Name
			c.Output = out
		}
		return nil
	}
}

// GiveUp makes any unfinished job failed.
func GiveUp(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	if j.Ready == nil {
		return ErrBusy
	}
	j.Status = job.Failed
	j.Version++
	j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
	j.Error = []byte(`{"code":"CANCELED"}`)
	j.Ready = nil
	return nil
}

// Requeue lets a leased job wait until runAt.
func Requeue(runAt time.Time, p job.Probation) Decision {
	return func(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
		if j.Ready == nil || !j.Ready.Lease.Taken() {
			return ErrLost
		}
		j.Status = job.Queued
		j.Version++
		j.Failures++
		j.Updated = l.Now()
		j.History = append(slices.Clone(j.History), '1')
		j.Ready.RunAt, j.Ready.Lease, j.Ready.Probation = runAt, job.Lease{}, p
		return nil
	}
}

// Remove deletes a job.
func Remove(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
	c.Delete = true
	return nil
}

// Charge is an admission that takes one job off a month's quota.
func Charge(owner string, month int) func(protocol.Ledger) error {
	return func(l protocol.Ledger) error {
		u, err := l.Usage(owner, month)
		if err != nil {
			return err
		}
		u.Jobs++
		return nil
	}
}
