package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

func TestAJobThatKillsItsProcessEachTimeEndsAsWorkerLost(t *testing.T) {
	t.Parallel()
	const maxAttempts = 2
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	start := func() (*serverproc.Server, *caller) {
		s := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{fmt.Sprintf("--max-attempts=%d", maxAttempts)}})
		return s, newCaller(s, key)
	}
	s, c := start()
	// The innocent first: they are running when the process dies for the first time.
	var innocent []string
	for range 3 {
		innocent = append(innocent, c.submit(t, "/test-sleep-api", "400ms"), c.submit(t, formatter, `{"a":1}`))
	}
	killer, deaths := deadly(t, func() *caller { return c }, func() {
		s.Wait()
		s, c = start()
	})
	for {
		gone, is := untilDeadOrFinal(t, s, c, killer)
		if !gone {
			wantLost(t, c, is)
			break
		}
		if code := s.Wait(); code != 3 {
			t.Fatalf("the process ended with code %d, want the tool's 3", code)
		}
		if deaths++; deaths > maxAttempts+2 {
			t.Fatalf("the process died %d times; max_attempts is %d", deaths, maxAttempts)
		}
		s, c = start()
	}
	if deaths < maxAttempts {
		t.Errorf("the process died %d times before the job was given up, want at least max_attempts = %d", deaths, maxAttempts)
	}
	for _, id := range innocent {
		c.outputOf(t, c.finished(t, id))
	}
	if u := c.quiet(t); u.Jobs.Used != int64(len(innocent)) {
		t.Errorf("used: got %d, want %d: the lost job is given back", u.Jobs.Used, len(innocent))
	}
	s.Stop()
}

// deadly hands in a job that ends the process, which may happen before its answer:
// then the process is started again, and asked again with the same key. It
// returns the job's id and how often the process has died meanwhile.
func deadly(t *testing.T, c func() *caller, again func()) (id string, deaths int) {
	t.Helper()
	for {
		a, err := c().try(t.Context(), http.MethodPost, "/test-exit-api", []byte("always"), "Prefer", "respond-async", "Idempotency-Key", "deadly")
		if err == nil {
			if a.status != http.StatusAccepted {
				t.Fatalf("a deadly job: got %s, want 202", a)
			}
			return decode[api.Accepted](t, a).JobID, deaths
		}
		again()
		deaths++
	}
}

// untilDeadOrFinal waits until the process is gone or the job is final.
func untilDeadOrFinal(t *testing.T, s *serverproc.Server, c *caller, id string) (gone bool, is api.Status) {
	t.Helper()
	serverproc.Until(t, jobLimit, func() (bool, string) {
		select {
		case <-s.Ended():
			gone = true
			return true, ""
		default:
		}
		a, err := c.try(t.Context(), http.MethodGet, "/jobs/"+id, nil)
		if err != nil {
			return false, err.Error() // it is dying
		}
		is = decode[api.Status](t, a)
		return is.Status == "failed" || is.Status == "success", "job is " + is.Status
	})
	return gone, is
}

func wantLost(t *testing.T, c *caller, is api.Status) {
	t.Helper()
	if is.Status != "failed" || is.Error == nil || is.Error.Code != "WORKER_LOST" || is.Error.Message == "" {
		t.Errorf("got %s %+v, want failed WORKER_LOST", is.Status, is.Error)
	}
	wantError(t, "the lost job's result", c.get(t, "/jobs/"+is.JobID+"/result"), http.StatusFailedDependency, "WORKER_LOST")
}

func TestAPanickingToolFailsOnlyItsJob(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--max-attempts=2", "--workers=2"}})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	panicking := c.submit(t, "/test-panic-api", "a secret of the client")
	now := c.call(t, http.MethodPost, "/test-panic-api", "a secret of the client") // our fault: it becomes a job
	if now.status != http.StatusAccepted {
		t.Fatalf("synchronous call of a tool that panics: got %s, want 202", now)
	}
	const others = 20
	for range others {
		c.outputOf(t, c.finished(t, c.submit(t, formatter, `{"a":1}`)))
	}
	for _, id := range []string{panicking, decode[api.Accepted](t, now).JobID} {
		is := c.finished(t, id)
		if is.Status != "failed" || is.Error.Code != "INTERNAL_ERROR" || is.Error.Message != "Failed to process job" || len(is.Error.Details) > 0 {
			t.Errorf("got %s %+v, want failed INTERNAL_ERROR, Failed to process job, and no details", is.Status, is.Error)
		}
		for _, path := range []string{"/jobs/" + id, "/jobs/" + id + "/result"} {
			text := strings.ToLower(c.get(t, path).String())
			for _, leak := range []string{"panic", "goroutine", ".go:", "secret", "testtool"} {
				if strings.Contains(text, leak) {
					t.Errorf("GET %s tells %q: %s", path, leak, text)
				}
			}
		}
	}
	if u := c.quiet(t); u.Jobs.Used != others {
		t.Errorf("used: got %d, want %d: what failed through our fault is given back", u.Jobs.Used, others)
	}
	if n := attemptsOf(t, c, "test-panic"); n != 5 { // 2 and 1+2
		t.Errorf("attempts at the panicking jobs: got %d, want 5 (two each, and the synchronous one)", n)
	}
	s.Stop()
}

// attemptsOf reads from the metrics how often a tool was run.
func attemptsOf(t *testing.T, c *caller, tool string) int {
	t.Helper()
	return int(metric(t, c, `claimcheck_run_seconds_count{tool="`+tool+`"}`))
}

// metric reads one line of the metrics, 0 if it is not there.
func metric(t *testing.T, c *caller, name string) float64 {
	t.Helper()
	for line := range strings.Lines(string(c.get(t, "/metrics").body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			var n float64
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatalf("metric %s: %v", line, err)
			}
			return n
		}
	}
	return 0
}

func TestACallThatTakesLongerBecomesAJobWhoseAttemptGoesOn(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--sync-timeout=1s"}})
	c := newCaller(s, s.Key("ann"))
	began := time.Now()
	a := c.call(t, http.MethodPost, "/test-sleep-api", "5s and goes on")
	if took := time.Since(began); a.status != http.StatusAccepted || took < time.Second {
		t.Fatalf("got %s after %s, want 202 after the sync_timeout of 1s", a, took)
	}
	ticket := decode[api.Accepted](t, a)
	if is := c.status(t, ticket.JobID); is.Status != "processing" {
		t.Errorf("just after the answer: got %s, want processing", is.Status)
	}
	if got := c.outputOf(t, c.finished(t, ticket.JobID)); got != "and goes on" {
		t.Errorf("output: got %q, want %q", got, "and goes on")
	}
	if n := attemptsOf(t, c, "test-sleep"); n != 1 {
		t.Errorf("the tool ran %d times, want once", n)
	}
	if u := c.quiet(t); u.Jobs.Used != 1 {
		t.Errorf("used: got %d, want 1", u.Jobs.Used)
	}
}
