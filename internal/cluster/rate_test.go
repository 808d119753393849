package cluster_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// A countingTarget notes when it was called.
type countingTarget struct {
	mu    sync.Mutex // guards the field below
	calls []time.Time
}

func (c *countingTarget) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	c.calls = append(c.calls, time.Now())
	n := len(c.calls)
	c.mu.Unlock()
	if n%7 == 0 { // it is tried again, which counts as well
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{}"))
}

func (c *countingTarget) all() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// TestARateHoldsOverServers: three servers that share a tool's max_per call its target no
// more often in any time than it says and one second's worth for each of them, retries
// included and one of them killed again and again, and about as often as it says.
func TestARateHoldsOverServers(t *testing.T) {
	t.Parallel()
	const perSecond, jobs, each = 20, 300, 3
	target := &countingTarget{}
	at := httptest.NewServer(target)
	defer at.Close()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "tools:\n  - name: paced\n    target: "+at.URL+"/x\n    extensions: [txt]\n    max_per: 20/s\n    max_attempts: 20\n")
	data := serverproc.Folder(t)
	start := func() *serverproc.Server {
		return serverproc.Start(t, serverproc.Options{Data: data, Args: w.flags("api,worker", config, "--workers=4")})
	}
	servers := []*serverproc.Server{start(), w.start("api,worker", config, "--workers=4"), w.start("api,worker", config, "--workers=4")}
	c := newCaller(t, servers[1], key)
	var last string
	for range jobs {
		last = c.submit("/paced-api", "input")
	}
	atMost := jobs - len(target.all()) // before it: a busy machine may have taken long to hand them in
	full := decode[api.FullJob](t, c.want(200, "GET", "/jobs/"+last+"?view=full", ""))
	atLeast := jobs - len(target.all())
	switch {
	case atLeast < 4*perSecond:
		t.Logf("handing in took so long that only %d wait", atLeast)
	case full.WaitingReason != "tool_rate" || full.EstimatedSeconds == nil:
		t.Errorf("the last of %d: %+v", atLeast, full)
	case *full.EstimatedSeconds < int64(atLeast/perSecond)/2 || *full.EstimatedSeconds > int64(2*atMost/perSecond)+5:
		t.Errorf("the last of %d to %d at %d/s is told %d s", atLeast, atMost, perSecond, *full.EstimatedSeconds)
	}
	for range each {
		before := len(target.all())
		serverproc.Until(t, patience, func() (bool, string) { return len(target.all()) > before+20, "the target is not called" })
		servers[0].Kill()
		servers[0] = start()
	}
	serverproc.Until(t, 2*patience, func() (bool, string) {
		is := string(c.want(200, "GET", "/usage", "").body)
		return strings.Contains(is, `"queued":0`) && strings.Contains(is, `"running":0`), is
	})
	calls := target.all()
	most := 0.0 // calls above what the rate says of their time
	for i := range calls {
		for k := i; k < len(calls); k++ {
			most = max(most, float64(k-i+1)-perSecond*calls[k].Sub(calls[i]).Seconds())
		}
	}
	if most > perSecond*float64(len(servers)) {
		t.Errorf("in some time %.1f calls above the rate, at most %d may", most, perSecond*len(servers))
	}
	begun := calls[:min(len(calls), jobs)] // behind them pauses between attempts are what is waited for
	took := begun[len(begun)-1].Sub(begun[0])
	t.Logf("%d calls in %s: %.1f a second of %d; at most %.1f above the rate in any time, with %d servers", len(begun), took, float64(len(begun))/took.Seconds(), perSecond, most, len(servers))
}
