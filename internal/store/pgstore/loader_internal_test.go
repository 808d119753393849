package pgstore

import (
	"context"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
)

// TestWhoAsksAfterTheLastAnswerIsRefused: a call that had begun when the store
// was closed may come when nobody answers any more.
func TestWhoAsksAfterTheLastAnswerIsRefused(t *testing.T) {
	l := newLoader(&Store{db: &pg.DB{}})
	ended, end := context.WithCancel(t.Context())
	end()
	l.run(ended)
	refused := make(chan error, 1)
	go func() {
		_, err := l.get(context.Background(), job.ID{1})
		refused <- err
	}()
	select {
	case err := <-refused:
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits forever")
	}
}
