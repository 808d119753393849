package pgstore_test

import (
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
)

// until waits for something to become true, at most so long.
func until(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// TestALeaderNeedsNoPool: what an address says of the pool is not for a
// connection of its own.
func TestALeaderNeedsNoPool(t *testing.T) {
	f := newFixture(t, pgstore.Options{URL: pgproc.Database(t) + "?pool_max_conn_lifetime=1h&pool_min_conns=1"})
	until(t, 10*time.Second, "it leads", f.Leads)
}
