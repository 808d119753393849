package traces_test

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

// TestTheNextAttemptJoinsTheTrace after the process died that made the one before;
// what that can tell no more is told by who takes its job back.
func TestTheNextAttemptJoinsTheTrace(t *testing.T) {
	t.Parallel()
	for store, protocol := range stores {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			h := build(t, store, protocol)
			id, trace := h.submit("/test-sleep-api", "1s")
			serverproc.Until(t, patience, func() (bool, string) {
				a := h.call(http.StatusOK, "GET", "/jobs/"+id, "")
				return strings.Contains(string(a.Body), `"processing"`), string(a.Body)
			})
			h.collector.Wants(t, trace, tree( // they have been sent
				"server POST /test-sleep-api",
				"  producer submit test-sleep",
				"    internal wait test-sleep",
			))
			h.back.Kill()
			next := serverproc.Start(t, serverproc.Options{Data: h.back.Data, Args: h.args, Env: h.env})
			if h.front == h.back {
				h.front = next
			}
			h.done(id)
			h.collector.Wants(t, trace, tree(
				"server POST /test-sleep-api",
				"  producer submit test-sleep",
				"    internal wait test-sleep",
				"    consumer process test-sleep !WORKER_LOST",
				"    internal wait test-sleep",
				"    consumer process test-sleep",
			))
		})
	}
}
