package queue_test

import (
	"context"
	"testing"
	"testing/synctest"

	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
)

// aware counts the changes of jobs, and keeps submissions waiting at a gate after
// their commit.
type aware struct {
	protocol.Store

	changes int
	gate    chan struct{} // opens when it is closed; nil: it is open
}

func (s *aware) Change(ctx context.Context, changes []*protocol.Change) error {
	s.changes += len(changes)
	return s.Store.Change(ctx, changes)
}

func (s *aware) Submit(ctx context.Context, sub *protocol.Submission) error {
	err := s.Store.Submit(ctx, sub)
	if s.gate != nil {
		<-s.gate
	}
	return err
}

// onAware makes a queue on a store with n waiting jobs.
func onAware(t *testing.T, n int) (*bench, *aware, *queue.Queue) {
	t.Helper()
	b := newBench(t)
	for range n {
		b.submit("ann")
	}
	s := &aware{Store: b.store}
	return b, s, b.on(s)
}

// TestAJobIsNotClaimedAgainWhenItIsTold: one that was read from the store and
// claimed before its own submission told of it.
func TestAJobIsNotClaimedAgainWhenItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s, q := onAware(t, 1)
		s.gate = make(chan struct{})
		go func() {
			if _, _, err := q.Submit(t.Context(), b.spec("ann")); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		got, err := q.Claim(t.Context(), 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("%d claimed, %v; want both", len(got), err)
		}
		close(s.gate)
		synctest.Wait()
		if again, err := q.Claim(t.Context(), 10); err != nil || len(again) != 0 || s.changes != 2 {
			t.Errorf("%d claimed again, %v, %d changes; want none and 2", len(again), err, s.changes)
		}
	})
}

// TestJobsThatArePickedAreNotReadAgain: while they are not claimed they still
// wait in the store. Windows hold 256 jobs.
func TestJobsThatArePickedAreNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s, q := onAware(t, 600)
		got, err := q.Claim(t.Context(), 1000)
		if err != nil || len(got) != 600 || s.changes != 600 {
			t.Errorf("%d claimed, %v, by %d changes; want 600", len(got), err, s.changes)
		}
	})
}
