package app_test

import (
	"strings"
	"testing"

	"claimcheck/api"
)

const noSuchTool = "jobs wait for a tool that this server does not know"

// TestAJobWhoseToolIsGoneWaitsForIt: a reload takes the tool away and another
// one brings it back, of whatever kind.
func TestAJobWhoseToolIsGoneWaitsForIt(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`1`))
	f := serve(t, "tools:\n  - {name: p, mode: pull, extensions: [txt]}\n")
	first, second := f.submit("p", "x"), f.submit("p", "y")
	f.reload("", reloaded)
	f.until("the log tells", func() bool { return strings.Contains(f.log.String(), noSuchTool) })
	for range 3 {
		f.reload("", reloaded)
	}
	for _, id := range []string{first, second} {
		var status api.Status
		f.call("GET", "/jobs/"+id, "").decode(t, &status)
		is := f.full(id)
		if status.Status != "queued" || is.WaitingReason != "no_worker" || is.Attempt != 0 || status.RetryAfter != 60 {
			t.Errorf("without its tool the job is %+v", is)
		}
	}
	if n := strings.Count(f.log.String(), noSuchTool); n != 1 {
		t.Errorf("the log tells it %d times, want once", n)
	}
	if text := metricsOf(t, f); !strings.Contains(text, `claimcheck_jobs_without_worker{tool="p"} 2`) {
		t.Error("no metric tells of the waiting jobs")
	}
	f.reload("tools:\n  - {name: p, target: \""+s.URL+"\", extensions: [txt]}\n", reloaded)
	for _, id := range []string{first, second} {
		if is := f.finished(id); is.Status != "success" {
			t.Errorf("with its tool the job is %+v", is)
		}
		if is := f.full(id); is.Attempt != 1 {
			t.Errorf("it took %d attempts, want 1", is.Attempt)
		}
	}
	f.until("that the metric tells of no waiting jobs", func() bool { // it is kept for a second
		return !strings.Contains(metricsOf(t, f), `claimcheck_jobs_without_worker{`)
	})
}

func metricsOf(t *testing.T, f *fixture) string {
	t.Helper()
	return string(f.call("GET", "/metrics", "").body)
}

// TestAConfiguredToolTakesThePlaceOfABuiltInOne: a later release may have a
// tool of any name.
func TestAConfiguredToolTakesThePlaceOfABuiltInOne(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`"mine"`))
	f := serve(t, "tools:\n  - {name: json-minify, target: \""+s.URL+"\", extensions: [json]}\n")
	if a := f.call("POST", "/json-minify-api", "{}"); string(a.body) != `"mine"` {
		t.Errorf("got %d %s, want the endpoint's answer", a.status, a.body)
	}
	if !strings.Contains(f.log.String(), "takes its place") {
		t.Error("the log does not warn")
	}
}
