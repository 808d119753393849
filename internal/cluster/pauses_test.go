package cluster_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A busyTarget is a tool's endpoint that knows how many calls run, and when one began
// last. It fails one call in five.
type busyTarget struct {
	running, most, calls atomic.Int64

	mu   sync.Mutex // guards the field below
	last time.Time
}

func (b *busyTarget) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := b.running.Add(1)
	defer b.running.Add(-1)
	for old := b.most.Load(); n > old && !b.most.CompareAndSwap(old, n); old = b.most.Load() {
	}
	b.mu.Lock()
	b.last = time.Now()
	b.mu.Unlock()
	count := b.calls.Add(1)
	select {
	case <-time.After(20 * time.Millisecond):
	case <-r.Context().Done():
	}
	if count%5 == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{}"))
}

func (b *busyTarget) lastBegan() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

// TestAPauseHoldsOnAllServers: it is made at one of three servers that are busy with
// the tool; a moment later none of them begins anything, not what is to be tried
// again either, and not after one of them was killed. It ends by a command.
func TestAPauseHoldsOnAllServers(t *testing.T) {
	t.Parallel()
	target := &busyTarget{}
	at := httptest.NewServer(target)
	defer at.Close()
	w := newTown(t)
	key, admin := w.key("ann", "--plan=unlimited"), w.key("ops", "--plan=unlimited", "--scopes=admin")
	config := configured(t, "tools:\n  - name: busy\n    target: "+at.URL+"/x\n    extensions: [txt]\n    max_running: 3\n    max_attempts: 20\n")
	data := serverproc.Folder(t)
	start := func() *serverproc.Server {
		return serverproc.Start(t, serverproc.Options{Data: data, Args: w.flags("api,worker", config, "--workers=4")})
	}
	servers := []*serverproc.Server{start(), w.start("api,worker", config, "--workers=4"), w.start("api,worker", config, "--workers=4")}
	var ids []string
	for i := range 60 {
		ids = append(ids, newCaller(t, servers[i%3], key).submit("/busy-api", "input"))
	}
	serverproc.Until(t, patience, func() (bool, string) { return target.calls.Load() > 10, "the target is not called" })
	set := decode[api.PauseSet](t, newCaller(t, servers[0], admin).want(200, "POST", "/admin/tools/busy/pause", ""))
	answered := time.Now()
	if !set.Changed {
		t.Error("it was paused before")
	}
	if again := decode[api.PauseSet](t, newCaller(t, servers[1], admin).want(200, "POST", "/admin/tools/busy/pause", "")); again.Changed || !again.Paused {
		t.Errorf("a second operator is told %+v", again)
	}
	for _, s := range servers {
		serverproc.Until(t, patience, func() (bool, string) {
			return metric(t, s, `claimcheck_paused{tool="busy"}`) == "1", "a server does not know that the tool is paused"
		})
	}
	serverproc.Until(t, patience, func() (bool, string) { return target.running.Load() == 0, "a call runs" })
	calls := target.calls.Load()
	t.Logf("the last call began %s after the answer, after %d calls", target.lastBegan().Sub(answered), calls)
	for _, s := range servers { // a call is answered at once; what was accepted anywhere waits
		c := newCaller(t, s, key)
		ids = append(ids, decode[api.Accepted](t, c.want(202, "POST", "/busy-api", "input")).JobID)
		full := decode[api.FullJob](t, c.want(200, "GET", "/jobs/"+ids[len(ids)-1]+"?view=full", ""))
		if full.WaitingReason != "tool_paused" || full.EstimatedSeconds != nil {
			t.Errorf("it waits: %+v", full)
		}
	}
	servers[0].Kill()
	servers[0] = start()
	c := newCaller(t, servers[0], key)
	if full := decode[api.FullJob](t, c.want(200, "GET", "/jobs/"+ids[len(ids)-1]+"?view=full", "")); full.WaitingReason != "tool_paused" {
		t.Errorf("after a restart it waits: %+v", full)
	}
	if done := c.want(200, "POST", "/json-formatter-api", "{}"); len(done.body) == 0 {
		t.Error("another tool does not run")
	}
	if got := target.calls.Load(); got != calls {
		t.Errorf("%d calls began during the pause", got-calls)
	}
	t.Log(w.command("tools", "resume", "busy"))
	for _, id := range ids {
		newCaller(t, servers[1], key).becomes(id, "success")
	}
	if target.most.Load() > 3 {
		t.Errorf("%d calls at once, want at most 3", target.most.Load())
	}
}

// TestAPurgeByCommandIsSeenByAllServers: also by those that wait for a job.
func TestAPurgeByCommandIsSeenByAllServers(t *testing.T) {
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	w.command("tools", "pause", "json-formatter")
	server := w.start("api,worker")
	c := newCaller(t, server, key)
	var ids []string
	for range 150 {
		ids = append(ids, c.submit(formatter, "{}"))
	}
	ids = append(ids, c.submit(formatter, "{}", fmt.Sprintf("x-run-at: %d", time.Now().Add(time.Hour).Unix())))
	polled := make(chan answer, 1)
	go func() {
		a, err := c.try(t.Context(), http.MethodGet, "/jobs/"+ids[0], "", "Prefer: wait=25")
		if err != nil {
			t.Error(err)
		}
		polled <- a
	}()
	if got := w.command("tools", "purge", "json-formatter", "--yes"); got != "151 jobs of json-formatter were ended" {
		t.Errorf("the command says %s", got)
	}
	for _, id := range ids {
		if is := c.becomes(id, "failed"); is.Error.Code != "CANCELED" {
			t.Fatalf("it ended as %+v", is.Error)
		}
	}
	if is := decode[api.Status](t, <-polled); is.Status != "failed" {
		t.Errorf("a long poll was answered with %+v", is)
	}
	if usage := decode[api.Usage](t, c.want(200, "GET", "/usage", "")); usage.Jobs.Used != 0 || usage.Queued != 0 {
		t.Errorf("usage %+v", usage)
	}
}
