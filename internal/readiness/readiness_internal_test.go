package readiness

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadinessIsAskedOnceASecondHoweverManyAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		broken := errors.New("no disk")
		r := Check{Ask: func(context.Context) error {
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // of a bubble
			if asked.Add(1) == 2 {
				return broken
			}
			return nil
		}}
		for round := range 3 {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if err := r.Get(t.Context()); (round == 1) != errors.Is(err, broken) {
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
			all.Wait()
			if got := asked.Load(); got != int64(round+1) {
				t.Errorf("asked %d times in round %d", got, round)
			}
			time.Sleep(time.Second) //nolint:forbidigo // of a bubble
		}
	})
}

// TestReadinessThatHangsIsToldInASecond asks what does not even mind its
// context, as a database does whose process is stopped.
func TestReadinessThatHangsIsToldInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		awake := make(chan struct{})
		var asked atomic.Int64
		r := Check{Ask: func(context.Context) error {
			asked.Add(1)
			<-awake
			return nil
		}}
		for i := range 20 {
			began := time.Now()
			err := r.Get(t.Context())
			if took := time.Since(began); !errors.Is(err, ErrSlow) || took > readyTime || i > 0 && took > 0 {
				t.Errorf("question %d: %v after %s", i, err, took)
			}
		}
		if asked.Load() != 1 {
			t.Errorf("asked %d times although nothing was answered", asked.Load())
		}
		close(awake)
		synctest.Wait()
		if err := r.Get(t.Context()); err != nil {
			t.Errorf("when it is back: %v", err)
		}
	})
}
