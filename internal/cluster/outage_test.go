package cluster_test

import (
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// TestAServerStopsInTimeWhileItsDatabaseIsAway, and what it ran runs again
// on another server.
func TestAServerStopsInTimeWhileItsDatabaseIsAway(t *testing.T) {
	for _, c := range breaks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t)
			key := w.key("ann")
			line, through := pgproc.NewProxy(t, w.db)
			cut := *w
			cut.db = through
			s := cut.start("api,worker", "--shutdown-timeout=6s", "--lease=3s")
			caller := newCaller(t, s, key)
			short, long := caller.submit(sleeper, "2s"), caller.submit(sleeper, "50s")
			caller.becomes(long, "processing")
			c.begin(line)
			<-time.After(3 * time.Second) // the short one has ended
			began := time.Now()
			if err := s.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			select {
			case <-s.Ended():
			case <-time.After(patience):
				t.Fatalf("it does not stop: %s", s.Log())
			}
			if took := time.Since(began); took > 30*time.Second { // the long one would have gone on for 50
				t.Errorf("it took %s to stop, want 6 s", took)
			}
			other := newCaller(t, w.start("api,worker", "--lease=3s"), key)
			other.becomes(short, "success")
			serverproc.Until(t, patience, func() (bool, string) {
				is := other.status(long)
				return is.Status == "processing" || is.Status == "success", "job " + long + " is " + is.Status
			})
			other.want(204, "DELETE", "/jobs/"+long, "")
		})
	}
}
