package queue_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/storetest"
)

// A slowReader is a shared store whose first Get answers late, with what it
// read at once.
type slowReader struct {
	storetest.Shared

	begun atomic.Bool
	read  chan struct{} // closed when it has read
	late  chan struct{} // closed when it may answer
}

func (s *slowReader) Get(ctx context.Context, id job.ID) (job.Job, error) {
	j, err := s.Shared.Get(ctx, id)
	if !s.begun.Swap(true) {
		close(s.read)
		<-s.late
	}
	return j, err
}

// slowShare is a queue on such a store.
func (b *bench) slowShare() (*queue.Queue, *slowReader) {
	b.t.Helper()
	s := &slowReader{Shared: storetest.Shared{Store: b.store, Led: true}, read: make(chan struct{}), late: make(chan struct{})}
	c := b.config("shared")
	c.Store = s
	q, err := queue.New(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	return q, s
}

// TestASlowReaderTakesNothingBack: another server changes a job while one
// reader waits for its answer; the next one has seen the change, and so do all
// after it.
func TestASlowReaderTakesNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		q, slow := b.slowShare()
		get := func() int64 {
			s, err := q.Get(t.Context(), "ann", j.ID)
			if err != nil {
				t.Error(err)
				return 0
			}
			return s.Job.Version
		}
		var reader sync.WaitGroup
		reader.Go(func() { get() })
		<-slow.read
		b.claim()
		before := get()
		close(slow.late)
		reader.Wait()
		if after := get(); before != 2 || after != 2 {
			t.Errorf("version %d, then %d, want 2 twice", before, after)
		}
	})
}

// TestALateAnswerIsNotBelievedLonger: how old it is counts from the question.
func TestALateAnswerIsNotBelievedLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		j := b.submit("ann")
		q, slow := b.slowShare()
		var reader sync.WaitGroup
		reader.Go(func() { _, _ = q.Get(t.Context(), "ann", j.ID) })
		<-slow.read
		b.claim()
		time.AfterFunc(time.Second, func() { close(slow.late) })
		reader.Wait()
		s, err := q.Get(t.Context(), "ann", j.ID)
		if err != nil || s.Job.Version != 2 {
			t.Errorf("got %+v, %v, want version 2, which is a second old", s, err)
		}
	})
}
