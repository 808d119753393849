package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A service is somebody's slow endpoint; it remembers of each request the key
// and the attempt, with a space between.
type service struct {
	*httptest.Server

	mu   sync.Mutex // guards the field below
	keys []string
}

// newService answers its requests, but for the first that never get an answer.
func newService(t *testing.T, hang int) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.mu.Lock()
		s.keys = append(s.keys, r.Header.Get("Idempotency-Key")+" "+r.Header.Get("X-Claimcheck-Attempt"))
		n := len(s.keys)
		s.mu.Unlock()
		if n <= hang {
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"n":1}`)
	}))
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s
}

func (s *service) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.keys...)
}

func withTools(t *testing.T, data, yaml string) serverproc.Options {
	t.Helper()
	file := filepath.Join(filepath.Dir(data), "claim.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return serverproc.Options{Data: data, Args: []string{"--config=" + file, "--sync-timeout=200ms"}}
}

// TestAPromotedCallRunsAgainAfterACrash: the call was answered 202, so that its
// work is not lost with the process.
func TestAPromotedCallRunsAgainAfterACrash(t *testing.T) {
	t.Parallel()
	target := newService(t, 1)
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	o := withTools(t, data, "tools:\n  - name: slow\n    target: "+target.URL+"\n")
	s := serverproc.Start(t, o)
	a := newCaller(s, key).call(t, "POST", "/slow-api", "in")
	var ticket api.Accepted
	if err := json.Unmarshal(a.body, &ticket); err != nil || a.status != http.StatusAccepted {
		t.Fatalf("got %s, want 202", a)
	}
	if n := len(target.requests()); n != 1 {
		t.Fatalf("%d requests before the crash, want the one that is still open", n)
	}
	s.Kill()
	s = serverproc.Start(t, o)
	is := newCaller(s, key).finished(t, ticket.JobID)
	if is.Status != "success" || string(is.Result) != `{"n":1}` {
		t.Errorf("job %+v", is)
	}
	if got, want := strings.Join(target.requests(), ", "), ticket.JobID+" 1, "+ticket.JobID+" 2"; got != want {
		t.Errorf("requests %s, want %s", got, want)
	}
	s.Stop()
}

// TestNoAttemptIsMadeTwice: whatever is killed, no two requests to a target carry
// the same Idempotency-Key and attempt, and every job ends well.
func TestNoAttemptIsMadeTwice(t *testing.T) {
	t.Parallel()
	const kills, each = 5, 30
	target := newService(t, 0)
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	o := withTools(t, data, "workers: 4\ntools:\n  - name: slow\n    target: "+target.URL+"\n    max_running: 3\n")
	var ids []string
	s := serverproc.Start(t, o)
	for range kills {
		c := newCaller(s, key)
		for range each {
			ids = append(ids, c.submit(t, "/slow-api", "in"))
		}
		s.Kill()
		s = serverproc.Start(t, o)
	}
	c := newCaller(s, key)
	for _, id := range ids {
		if is := c.finished(t, id); is.Status != "success" || string(is.Result) != `{"n":1}` {
			t.Errorf("job %+v", is)
		}
	}
	seen := map[string]bool{}
	for _, k := range target.requests() {
		if seen[k] {
			t.Errorf("two requests carry %s", k)
		}
		seen[k] = true
	}
	if len(seen) < len(ids) {
		t.Errorf("%d requests for %d jobs", len(seen), len(ids))
	}
	s.Stop()
}

// TestAPullWorkersLeaseSurvivesAKill: only the process's own work is void.
func TestAPullWorkersLeaseSurvivesAKill(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	work := serverproc.Key(t, data, "workers", "--plan=unlimited", "--scopes=work", "--tools=pulled")
	o := withTools(t, data, "tools:\n  - name: pulled\n    mode: pull\n")
	s := serverproc.Start(t, o)
	id := newCaller(s, key).submit(t, "/pulled-api", "in")
	var got api.WorkLeases
	a := newCaller(s, work).call(t, "POST", "/work/claim", `{"wait":20}`)
	if err := json.Unmarshal(a.body, &got); err != nil || len(got.Leases) != 1 {
		t.Fatalf("claim: %s", a)
	}
	lease := got.Leases[0]
	if a := newCaller(s, "").call(t, "PUT", lease.OutputURL, strings.Repeat("x", 100_000), "Content-Type", "text/plain"); a.status != http.StatusNoContent {
		t.Fatalf("put: %s", a)
	}
	s.Kill()
	s = serverproc.Start(t, o)
	c := newCaller(s, work)
	if a := c.call(t, "POST", "/work/claim", `{}`); string(a.body) != `{"leases":[]}` {
		t.Errorf("the job was given away: %s", a)
	}
	if a := c.call(t, "POST", "/work/"+lease.Lease+"/finish", `{}`); a.status != http.StatusNoContent {
		t.Errorf("finish: %s", a)
	}
	is := newCaller(s, key).finished(t, id)
	var result api.Result
	if err := json.Unmarshal(is.Result, &result); err != nil || result.ContentType != "text/plain" {
		t.Errorf("result %s, err %v", is.Result, err)
	}
	if text := newCaller(s, key).download(t, result.File); len(text) != 100_000 {
		t.Errorf("the file has %d bytes", len(text))
	}
	s.Stop()
}

// TestPoisonousCopiesDoNotTakeTheServerWithThem: the same deadly input handed
// in again and again kills the process a bounded number of times, and everybody
// else's jobs succeed.
func TestPoisonousCopiesDoNotTakeTheServerWithThem(t *testing.T) {
	t.Parallel()
	const copies, maxAttempts = 4, 2
	data := serverproc.Folder(t)
	mallory := serverproc.Key(t, data, "mallory", "--plan=unlimited")
	ann := serverproc.Key(t, data, "ann", "--plan=unlimited")
	o := serverproc.Options{Data: data, Args: []string{"--max-attempts=2", "--workers=4"}}
	s := serverproc.Start(t, o)
	again := func() {
		s.Wait()
		s = serverproc.Start(t, o)
	}
	first, deaths := deadly(t, func() *caller { return newCaller(s, mallory) }, again)
	judged := func(id string) {
		for {
			gone, is := untilDeadOrFinal(t, s, newCaller(s, mallory), id)
			if !gone {
				if is.Error == nil || is.Error.Code != "WORKER_LOST" {
					t.Errorf("job %+v", is)
				}
				return
			}
			again()
			deaths++
		}
	}
	judged(first)
	known := deaths
	var innocent, poison []string
	for range copies {
		poison = append(poison, newCaller(s, mallory).submit(t, "/test-exit-api", "always"))
		innocent = append(innocent, newCaller(s, ann).submit(t, "/test-sleep-api", "50ms"))
	}
	for _, id := range innocent {
		if is := newCaller(s, ann).finished(t, id); is.Status != "success" {
			t.Errorf("an innocent job: %+v", is.Error)
		}
	}
	for _, id := range poison { // it rests ten seconds after a start, for others to be done
		if is := newCaller(s, mallory).status(t, id); is.Status != "queued" {
			t.Errorf("poison when the innocent jobs are done: got %s, want queued", is.Status)
		}
	}
	judged(poison[0])
	if again := deaths - known; again != 1 {
		t.Errorf("a copy of a known poison took %d deaths, want 1", again)
	}
	for _, id := range poison[1:] {
		if a := newCaller(s, mallory).call(t, "DELETE", "/jobs/"+id, ""); a.status != http.StatusNoContent {
			t.Errorf("delete: %s", a)
		}
	}
	s.Stop()
	t.Logf("%d deaths until the first was given up with max_attempts %d", known, maxAttempts)
}
