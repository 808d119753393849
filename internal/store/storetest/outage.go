package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// ErrAway is what a store says that is away.
var ErrAway = fault.New(fault.Unavailable, "UNAVAILABLE", "away")

// An Outage stands before a store and lets it be away, for tests of those who
// use it. Calls of jobs, leases and plans fail meanwhile.
type Outage struct {
	protocol.Store

	Away atomic.Bool
	// Deaf lets the next change be done and not answered; the store goes away with
	// it.
	Deaf atomic.Bool
	// AsShared says that others use the store, too.
	AsShared bool
}

// Shared reports what it was told to.
func (s *Outage) Shared() bool { return s.AsShared }

// Change makes changes while the store is there.
func (s *Outage) Change(ctx context.Context, changes []*protocol.Change) error {
	if s.Away.Load() {
		return ErrAway
	}
	err := s.Store.Change(ctx, changes)
	if s.Deaf.Swap(false) {
		s.Away.Store(true)
		return ErrAway
	}
	return err
}

// Submit writes a submission while the store is there.
func (s *Outage) Submit(ctx context.Context, sub *protocol.Submission) error {
	if s.Away.Load() {
		return ErrAway
	}
	return s.Store.Submit(ctx, sub)
}

// Get returns a job while the store is there.
func (s *Outage) Get(ctx context.Context, id job.ID) (job.Job, error) {
	if s.Away.Load() {
		return job.Job{}, ErrAway
	}
	return s.Store.Get(ctx, id)
}

// Waiting returns a part of the queue while the store is there.
func (s *Outage) Waiting(ctx context.Context, id job.ID) (job.Ready, error) {
	if s.Away.Load() {
		return job.Ready{}, ErrAway
	}
	return s.Store.Waiting(ctx, id)
}

// Due returns what is due while the store is there.
func (s *Outage) Due(ctx context.Context, of protocol.Timer, at time.Time, limit int) ([]protocol.Timed, error) {
	if s.Away.Load() {
		return nil, ErrAway
	}
	return s.Store.Due(ctx, of, at, limit)
}

// Standing tells where jobs stand while the store is there.
func (s *Outage) Standing(ctx context.Context, ids []job.ID) ([]protocol.Standing, error) {
	if s.Away.Load() {
		return nil, ErrAway
	}
	return s.Store.Standing(ctx, ids)
}

// Backlog counts while the store is there.
func (s *Outage) Backlog(ctx context.Context) ([]account.ToolCount, error) {
	if s.Away.Load() {
		return nil, ErrAway
	}
	return s.Store.Backlog(ctx)
}

// Plan names a plan while the store is there.
func (s *Outage) Plan(ctx context.Context, owner string) (string, error) {
	if s.Away.Load() {
		return "", ErrAway
	}
	return s.Store.Plan(ctx, owner)
}
