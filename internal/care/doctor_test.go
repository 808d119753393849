package care_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/care"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

// examine asks a running server's doctor.
func (b *bench) examine() care.Report {
	b.t.Helper()
	r, err := b.keeper.Doctor().Examine(b.t.Context(), time.Now(), false)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// TestTheDoctorNamesLeasesThatStandStill: those that ended and were not taken
// back, and those whose attempt never began.
func TestTheDoctorNamesLeasesThatStandStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		stop := b.run()
		b.submit()
		b.submit()
		c := b.claim()
		_, release := b.q.Bind(t.Context(), c)
		<-time.After(10 * testLease)
		if r := b.examine(); !r.Healthy() || r.Leases != 1 {
			t.Errorf("while the job runs: %+v", r)
		}
		asleep := b.claim()
		<-time.After(testLease)
		if r := b.examine(); !r.Healthy() || r.Leases != 2 {
			t.Errorf("soon after a claim: %+v", r)
		}
		<-time.After(4 * testLease)
		if r := b.examine(); r.Healthy() || r.Stuck != 1 || len(r.Idle) != 1 {
			t.Errorf("after a claim that nobody began: %+v", r)
		}
		if _, err := b.q.Finish(t.Context(), asleep, success()); err != nil {
			t.Fatal(err)
		}
		if r := b.examine(); !r.Healthy() || r.Leases != 1 {
			t.Errorf("after its end: %+v", r)
		}
		stop() // nobody renews or takes back
		<-time.After(5 * testLease)
		if r := b.examine(); r.Healthy() || r.Stuck != 1 {
			t.Errorf("a lease that nobody takes back: %+v", r)
		}
		offline := care.Doctor{Store: b.store, Blobs: b.blobs}
		if r, err := offline.Examine(t.Context(), time.Now(), false); err != nil || !r.Healthy() || r.Leases != 1 {
			t.Errorf("without a server, whose jobs wait for its start: %+v, %v", r, err)
		}
		release()
	})
}

// A miscounting store counts one running job too many.
type miscounting struct{ *sqlitestore.Store }

func (s miscounting) Backlog(ctx context.Context, since protocol.Mark) (protocol.Backlog, error) {
	b, err := s.Store.Backlog(ctx, since)
	for i := range b.Counts {
		b.Counts[i].Running++
	}
	return b, err
}

// A busy store has a lease come or go with each look.
type busy struct {
	miscounting

	looks *int
}

func (s busy) Due(ctx context.Context, of protocol.Timer, at time.Time, limit int) ([]protocol.Timed, error) {
	list, err := s.Store.Due(ctx, of, at, limit)
	if *s.looks++; *s.looks%2 == 0 {
		list = append(list, protocol.Timed{Lease: job.Lease{Worker: "w", Attempt: 1}})
	}
	return list, err
}

func TestTheDoctorComparesCountsWithLeases(t *testing.T) {
	b := newBench(t)
	b.submit()
	b.claim()
	d := care.Doctor{Store: miscounting{b.store}, Blobs: b.blobs}
	if r, err := d.Examine(t.Context(), time.Now(), false); err != nil || r.Healthy() || r.Miscounted != 1 {
		t.Errorf("got %+v, %v", r, err)
	}
	d.Store = busy{miscounting{b.store}, new(int)}
	if r, err := d.Examine(t.Context(), time.Now(), false); err != nil || r.Miscounted != 0 {
		t.Errorf("while jobs come and go nothing can be said: %+v, %v", r, err)
	}
}
