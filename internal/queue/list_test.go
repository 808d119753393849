package queue_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// slowLists is a store whose lists take a second.
type slowLists struct {
	protocol.Store
	mu   sync.Mutex
	now  map[string]int
	most int // of one owner at once
}

func (s *slowLists) List(_ context.Context, f protocol.Filter) ([]job.Job, protocol.Cursor, error) {
	s.mu.Lock()
	s.now[f.Owner]++
	s.most = max(s.most, s.now[f.Owner])
	s.mu.Unlock()
	<-time.After(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now[f.Owner]--
	return nil, protocol.Cursor{}, nil
}

func TestOneOwnersListsHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		s := &slowLists{Store: b.store, now: map[string]int{}}
		q := b.on(s)
		ctx, cancel := context.WithTimeout(t.Context(), 4500*time.Millisecond)
		defer cancel()
		begun := time.Now()
		var lists sync.WaitGroup
		var mu sync.Mutex
		done, given := 0, 0
		for range 10 {
			lists.Go(func() {
				_, _, err := q.List(ctx, protocol.Filter{Owner: "ann"})
				mu.Lock()
				defer mu.Unlock()
				if done++; err != nil {
					given++
				}
			})
		}
		synctest.Wait()
		if _, _, err := q.List(t.Context(), protocol.Filter{Owner: "bob"}); err != nil || time.Since(begun) != time.Second {
			t.Errorf("bob's list took %v, %v, want a second", time.Since(begun), err)
		}
		lists.Wait()
		if s.most != 1 || done != 10 || given != 5 {
			t.Errorf("%d lists of one owner at once, want 1; %d of 10 given up, want 5", s.most, given)
		}
		if _, _, err := q.List(t.Context(), protocol.Filter{Owner: "ann"}); err != nil {
			t.Errorf("after those that were given up: %v", err)
		}
	})
}
