package queue_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

var errAway = fault.New(fault.Unavailable, "UNAVAILABLE", "away")

// A forgetful store does the next change and does not say so; then it takes
// no changes for a while.
type forgetful struct {
	*sqlitestore.Store

	armed bool
	deaf  int // changes that fail
}

func (s *forgetful) Change(ctx context.Context, changes []*protocol.Change) error {
	if !s.armed && s.deaf > 0 {
		s.deaf--
		return errAway
	}
	err := s.Store.Change(ctx, changes)
	if s.armed {
		s.armed = false
		return errAway
	}
	return err
}

// TestAnOutcomeThatMayBeRecordedIsNotCalledLost: the caller would remove the
// file of a job that succeeded.
func TestAnOutcomeThatMayBeRecordedIsNotCalledLost(t *testing.T) {
	for _, c := range []struct {
		name  string
		deaf  int
		found bool
	}{
		{"found out at last", 3, true},
		{"never found out", 1 << 30, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				of, s := b.config("test"), &forgetful{Store: b.store}
				of.Store = s
				q, err := queue.New(t.Context(), of)
				if err != nil {
					t.Fatal(err)
				}
				b.q = q
				j := b.submit("ann")
				claimed := b.claim()
				out := success()
				out.Output = &job.Output{Token: "t", Name: "x_t.json", Size: 1, File: true}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				s.armed, s.deaf = true, c.deaf
				_, err = q.Finish(ctx, claimed, out)
				if c.found && err != nil || !c.found && !fault.Is(err, fault.Unavailable) {
					t.Errorf("got %v", err)
				}
				s.deaf = 0
				if is := b.get("ann", j.ID); is.Status != job.Success || is.Output != "x_t.json" {
					t.Errorf("the job is %+v", is)
				}
			})
		})
	}
}
