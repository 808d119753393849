package serverproc

import (
	"testing"
	"time"
)

// look is how often Until asks.
const look = 10 * time.Millisecond

// Until asks ok again and again until it says true; after limit the test fails
// with what ok said last.
func Until(t testing.TB, limit time.Duration, ok func() (done bool, state string)) {
	t.Helper()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for end := time.Now().Add(limit); ; <-tick.C {
		done, state := ok()
		if done {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still not so after %s: %s", limit, state)
		}
	}
}
