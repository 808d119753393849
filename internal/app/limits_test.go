package app_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// TestAToolsLimitHoldsOverAllOwners: the target answers a request only when the
// test lets it, so that all that may run at once does.
func TestAToolsLimitHoldsOverAllOwners(t *testing.T) {
	t.Parallel()
	const limit, each = 2, 6
	var now, most atomic.Int64
	next := make(chan struct{}) // lets one request be answered
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		is := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); is > old && !most.CompareAndSwap(old, is); old = most.Load() {
		}
		select {
		case <-next:
			saysJSON(`1`)(n, w, r)
		case <-r.Context().Done():
		}
	})
	f := serve(t, "workers: 8\nsync_timeout: 200ms\n"+configOf(s, "max_running: 2"))
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	var ids []string
	for range each {
		ids = append(ids, f.submit("thumb", "in"))
		f.submit("thumb", "in", "x-api-key", bob)
	}
	f.until("as many run as may, and the others wait for the tool", func() bool {
		waiting := 0
		for _, id := range ids {
			if f.full(id).WaitingReason == "tool_limit" {
				waiting++
			}
		}
		return now.Load() == limit && waiting >= each-limit
	})
	if is := f.finished(f.submit("json-minify", `{}`)); is.Status != "success" { // though the tool is full
		t.Errorf("another tool's job: %+v", is)
	}
	a := f.call("POST", "/thumb-api", "in") // counts too: is not let through
	if a.status != http.StatusAccepted {
		t.Fatalf("synchronous call while the tool is full: %d %s, want 202", a.status, a.body)
	}
	var accepted api.Accepted
	a.decode(t, &accepted)
	ids = append(ids, accepted.JobID)
	for left := int64(2*each + 1); left > 0; left-- {
		f.until("the next one runs", func() bool { return now.Load() == min(left, limit) })
		next <- struct{}{}
	}
	for _, id := range ids {
		if is := f.finished(id); is.Status != "success" {
			t.Errorf("job %s: %+v", id, is.Error)
		}
	}
	if n := len(s.all()); most.Load() != limit || n != 2*each+1 {
		t.Errorf("%d ran at once, %d in all; want %d and %d", most.Load(), n, limit, 2*each+1)
	}
}

func TestJobsOfAFailingTargetWaitAndOthersGoOn(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	s := newTarget(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		saysJSON(`1`)(n, w, r)
	})
	f := serve(t, "workers: 4\n"+configOf(s))
	var ids []string
	for range 12 {
		ids = append(ids, f.submit("thumb", "in"))
	}
	f.until("the pause", func() bool { return strings.Contains(f.log.String(), "is left alone") })
	f.until("a job that waits for its tool", func() bool {
		for _, id := range ids {
			if f.full(id).WaitingReason == "tool_limit" {
				return true
			}
		}
		return false
	})
	if is := f.finished(f.submit("json-minify", `{}`)); is.Status != "success" {
		t.Errorf("another tool's job: %+v", is)
	}
	if a := f.call("GET", "/metrics", ""); !strings.Contains(string(a.body), `claimcheck_target_pauses_total{tool="thumb"}`) {
		t.Error("the metrics do not tell of the pause")
	}
	asked := len(s.all())
	if asked > 12 {
		t.Errorf("%d requests to a target that fails", asked)
	}
	broken.Store(false)
	for _, id := range ids {
		if is := f.finished(id); is.Status != "success" {
			t.Errorf("job %s: %+v", id, is.Error)
		}
	}
}

func TestThePlansOutputLimitHoldsForJSONToo(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`"`+strings.Repeat("x", 100)+`"`))
	f := serve(t, configOf(s)+"  - name: pulled\n    mode: pull\nplans:\n  small: {max_output_bytes: 64}\n")
	small := f.newKey(auth.NewKey{Owner: "bob", Plan: "small"})
	f.want("a call", f.call("POST", "/thumb-api", "in", "x-api-key", small), 400, "OUTPUT_TOO_LARGE")
	f.submit("pulled", "in", "x-api-key", small)
	key := f.workKey("pulled")
	l := f.claim(key, `{"wait":5}`)[0]
	f.want("a result", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":"`+strings.Repeat("x", 100)+`"}`, "x-api-key", key), 400, "OUTPUT_TOO_LARGE")
	f.want("a file", f.call("PUT", l.OutputURL, strings.Repeat("x", 100)), 400, "OUTPUT_TOO_LARGE")
	f.want("a small result", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":"x"}`, "x-api-key", key), 204, "")
}
