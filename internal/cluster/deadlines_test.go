package cluster_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// TestDeadlinesHoldOnAllServers: jobs that wait, and jobs that run at any of three
// servers, end by the times that were asked for, although the first server, most likely
// the leader, was killed before. What ran elsewhere is cut off.
func TestDeadlinesHoldOnAllServers(t *testing.T) {
	t.Parallel()
	var running atomic.Int64
	at := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Add(-1)
		_, _ = io.Copy(io.Discard, r.Body) // else a server does not notice that its client is gone
		<-r.Context().Done()
	}))
	defer at.Close()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "tools:\n  - name: hangs\n    target: "+at.URL+"/x\n    extensions: [txt]\n    max_running: 6\n    timeout: 5m\n  - name: nobody\n    mode: pull\n")
	servers := []*serverproc.Server{
		w.start("api,worker", config, "--workers=2"), w.start("api,worker", config, "--workers=2"), w.start("api,worker", config, "--workers=2"),
	}
	due := time.Now().Add(15 * time.Second).Truncate(time.Second)
	by := fmt.Sprint(due.Unix())
	want := map[string]string{}
	for i := range 6 {
		want[newCaller(t, servers[i%3], key).submit("/hangs-api", "input", "x-finish-by: "+by)] = "TIMEOUT"
	}
	serverproc.Until(t, patience, func() (bool, string) { return running.Load() == 6, "not all of them run" })
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			c := newCaller(t, servers[i], key)
			for n := range 40 {
				path, code := "/hangs-api", "EXPIRED"
				if n%2 == 0 {
					path = "/nobody-api"
				}
				id := c.submit(path, "input", "x-start-by: "+by, "x-finish-by: "+fmt.Sprint(due.Unix()+3600))
				mu.Lock()
				want[id] = code
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if time.Now().After(due) {
		t.Log("this machine took longer than the deadlines to hand the jobs in")
	}
	servers[0].Kill()
	c := newCaller(t, servers[2], key)
	last := int64(0)
	for id, code := range want {
		is := c.becomes(id, "failed")
		if is.Error.Code != code {
			t.Errorf("%s ended with %+v, want %s", id, is.Error, code)
		}
		if is.UpdatedAt < due.Unix() {
			t.Errorf("%s ended %d s early", id, due.Unix()-is.UpdatedAt)
		}
		last = max(last, is.UpdatedAt-due.Unix())
	}
	t.Logf("the last of %d jobs ended in second %d after its deadline", len(want), last)
	serverproc.Until(t, patience, func() (bool, string) { return running.Load() == 0, "a call of an ended attempt goes on" })
}
