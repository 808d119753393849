package storetest

import (
	"context"
	"sync/atomic"
	"time"

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
	// AsShared says that the store is a cluster's.
	AsShared bool
}

// Peers are none, or those of a cluster of one.
func (s *Outage) Peers() protocol.Peers {
	if s.AsShared {
		return Silent{}
	}
	return nil
}

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
func (s *Outage) Backlog(ctx context.Context, since protocol.Mark) (protocol.Backlog, error) {
	if s.Away.Load() {
		return protocol.Backlog{}, ErrAway
	}
	return s.Store.Backlog(ctx, since)
}

// Owner tells of an owner while the store is there.
func (s *Outage) Owner(ctx context.Context, owner string, month int) (protocol.Owner, error) {
	if s.Away.Load() {
		return protocol.Owner{}, ErrAway
	}
	return s.Store.Owner(ctx, owner, month)
}

// Notes returns notes while the store is there.
func (s *Outage) Notes(ctx context.Context, kind string) ([]protocol.Note, error) {
	if s.Away.Load() {
		return nil, ErrAway
	}
	return s.Store.Notes(ctx, kind)
}
