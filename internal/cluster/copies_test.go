package cluster_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// TestServersAnswerWhileTheCopyIsAway: statuses, results, downloads and refusals
// go on, at two servers and at one that is started meanwhile; what needs a commit is
// 503 in time. Then the copy becomes the primary, and what was accepted is
// there.
func TestServersAnswerWhileTheCopyIsAway(t *testing.T) {
	t.Parallel()
	w := &town{t: t, blobs: "file://" + filepath.Join(t.TempDir(), "files")}
	primary := pgproc.Start(t, pgproc.Options{})
	standby := pgproc.Start(t, pgproc.Options{Standby: primary})
	primary.Synchronous()
	w.db = pgproc.Either(primary, standby, "postgres")
	config := filepath.Join(t.TempDir(), "claim.yaml")
	if err := os.WriteFile(config, []byte("plans:\n  wide: {status_per_minute: 1000000, submit_per_minute: 1000000}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	servers := []*serverproc.Server{w.start("api,worker", "--config="+config), w.start("api", "--config="+config)}
	key := w.key("ann", "--plan=wide", "--config="+config)
	c := newCaller(t, servers[0], key)
	id := c.submit(formatter, `{"a":1}`)
	c.output(c.becomes(id, "success"))
	<-time.After(4 * time.Second) // a server that writes nothing confirms once a second what the others did, and says so the next time

	standby.Detach()
	s := &stopwatch{slowest: map[string]time.Duration{}}
	end := time.Now().Add(15 * time.Second)
	for _, server := range servers {
		for range 4 {
			s.repeat(newCaller(t, server, key), end, "status", 200, "GET", "/jobs/"+id, "")
			s.repeat(newCaller(t, server, key), end, "submission", 503, "POST", formatter, `{"b":1}`, "Prefer: respond-async")
			s.repeat(newCaller(t, server, key), end, "synchronous call", 503, "POST", formatter, `{"b":2}`)
			s.repeat(newCaller(t, server, key), end, "upload", 503, "POST", "/upload-api", `{"filename":"a.json"}`)
		}
		s.repeat(newCaller(t, server, key), end, "result", 200, "GET", "/jobs/"+id+"/result", "")
		s.repeat(newCaller(t, server, key), end, "list", 200, "GET", "/jobs", "")
		s.repeat(newCaller(t, server, "nobody"), end, "wrong key", 0, "GET", "/jobs/"+id, "")
		s.repeat(newCaller(t, server, key), end, "malformed", 400, "GET", "/jobs/nothing", "")
		s.repeat(newCaller(t, server, key), end, "readiness", 0, "GET", "/readyz", "")
	}
	late := newCaller(t, w.start("api", "--config="+config), key)
	late.output(late.status(id))
	s.calls.Wait()
	t.Logf("slowest: %v", s.slowest)
	for what, took := range s.slowest {
		limit := 6 * time.Second // what waits for the copy takes 8 at least
		switch what {
		case "submission", "synchronous call", "upload":
			limit = 30 * time.Second // it would not come back
		}
		if took > limit {
			t.Errorf("the slowest %s took %s, want at most %s", what, took, limit)
		}
	}
	if ready := c.get("/readyz"); ready.status != 503 {
		t.Errorf("readiness: %s", ready)
	}

	primary.KillHard()
	standby.Promote()
	standby.Exec(t, "postgres", "ALTER SYSTEM SET synchronous_standby_names = ''")
	standby.Exec(t, "postgres", "SELECT pg_reload_conf()")
	serverproc.Until(t, patience, func() (bool, string) {
		a := c.call("POST", formatter, `{"c":1}`, "Prefer: respond-async")
		return a.status == 202, a.String()
	})
	c.output(c.status(id))
}

// A stopwatch knows how long the slowest call of each kind took.
type stopwatch struct {
	calls sync.WaitGroup

	mu      sync.Mutex // guards the field below
	slowest map[string]time.Duration
}

// repeat makes a call again and again until the end; each must have this status,
// if it is not 0.
func (s *stopwatch) repeat(c *caller, end time.Time, what string, status int, method, path, body string, headers ...string) {
	s.calls.Go(func() {
		for time.Now().Before(end) && !c.t.Failed() {
			began := time.Now()
			a, err := c.try(context.Background(), method, path, body, headers...)
			took := time.Since(began)
			if err != nil || status != 0 && a.status != status {
				c.t.Errorf("%s after %s: %s %v, want %d", what, took, a, err, status)
			}
			s.mu.Lock()
			s.slowest[what] = max(s.slowest[what], took)
			s.mu.Unlock()
			<-time.After(30 * time.Millisecond)
		}
	})
}
