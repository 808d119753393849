package worker

import (
	"testing"

	"claimcheck/internal/queue"
)

// TestAJobBetweenItsClaimAndItsRunTakesAWorker: otherwise one more than can run
// is claimed, is seen as processing, and is handed back.
func TestAJobBetweenItsClaimAndItsRunTakesAWorker(t *testing.T) {
	t.Parallel()
	p := New(Config{Workers: 1})
	if _, got := p.room(); got != 1 {
		t.Fatalf("room of a free worker: got %d, want 1", got)
	}
	p.take(queue.Claimed{})
	if _, got := p.room(); got != 0 {
		t.Errorf("room before the worker has the job: got %d, want 0", got)
	}
	<-p.claimed
	if _, got := p.room(); got != 0 {
		t.Errorf("room while the worker begins: got %d, want 0", got)
	}
	p.taken.Add(-1)
	if _, got := p.room(); got != 1 {
		t.Errorf("room after the job: got %d, want 1", got)
	}
}
