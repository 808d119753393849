package cluster_test

import (
	"testing"
)

// TestEqualInputsGoOnAfterAWorkerDied: the one that takes its leases back, and
// the one that follows it, go on with jobs that all have the same input.
func TestEqualInputsGoOnAfterAWorkerDied(t *testing.T) {
	t.Parallel()
	const jobs = 400
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	c := newCaller(t, w.start("api"), key)
	dies := w.start("worker", "--workers=4", "--lease=3s")
	ids := make([]string, jobs)
	for i := range ids {
		ids[i] = c.submit(sleeper, "60ms")
	}
	c.becomes(ids[10], "success")
	dies.Kill()
	w.start("worker", "--workers=4", "--lease=3s")
	for _, id := range ids {
		c.becomes(id, "success")
	}
}
