package cluster_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// TestAWorkerThatDoesNotKnowAToolLeavesItsJobs: while several servers are told
// of a tool one after the other, nothing fails, whoever is told first.
func TestAWorkerThatDoesNotKnowAToolLeavesItsJobs(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "1")
	}))
	defer target.Close()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	config := configured(t, "tools:\n  - {name: late, target: \""+target.URL+"/x\", extensions: [txt]}\n")
	stranger := w.start("api,worker", "--workers=4")
	c, other := newCaller(t, w.start("api", config), key), newCaller(t, stranger, key)
	var ids []string
	for range 100 {
		ids = append(ids, c.submit("/late-api", "x"))
	}
	other.becomes(other.submit(sleeper, "1500ms"), "success") // time enough to claim them
	full := func(id string) (is api.FullJob) {
		if a := other.want(200, "GET", "/jobs/"+id+"?view=full", ""); json.Unmarshal(a.body, &is) != nil {
			t.Fatal(a)
		}
		return is
	}
	if is := full(ids[0]); is.WaitingReason != "no_worker" || is.Attempt != 0 {
		t.Errorf("where its tool is not known the job is %+v", is)
	}
	serverproc.Until(t, patience, func() (bool, string) {
		a, err := other.try(t.Context(), "GET", "/jobs/"+ids[99], "")
		return err == nil && a.header.Get("Retry-After") == "60", a.String()
	})
	w.start("worker", config, "--workers=4")
	for _, id := range ids {
		c.becomes(id, "success")
		if is := full(id); is.Attempt != 1 {
			t.Errorf("job %s took %d attempts, want 1", id, is.Attempt)
		}
	}
}
