package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// counted is what an operator is told of the last hour, in minutes.
func (c *caller) counted() (is api.Stats, sum api.StatsCounts) {
	c.t.Helper()
	is = decode[api.Stats](c.t, c.want(200, "GET", "/admin/stats", ""))
	for _, p := range is.Points {
		sum = api.StatsCounts{Accepted: sum.Accepted + p.Accepted, Succeeded: sum.Succeeded + p.Succeeded, Failed: sum.Failed + p.Failed}
	}
	return is, sum
}

// tells waits until an operator is told of so much, and of one that failed.
func (c *caller) tells(accepted, succeeded int64) {
	c.t.Helper()
	want := api.StatsCounts{Accepted: accepted, Succeeded: succeeded, Failed: 1}
	serverproc.Until(c.t, patience, func() (bool, string) {
		_, got := c.counted()
		return got == want, fmt.Sprintf("told of %+v, want %+v", got, want)
	})
}

// TestServersTellOneHistory: what is accepted at one server and run by another is
// told at all of them; neither a kill nor a restart counts anything twice, and what
// was told by others before the kill is still there.
func TestServersTellOneHistory(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key, admin := w.key("ann"), w.key("ops", "--scopes=admin", "--plan=unlimited")
	first, second := w.start("api"), w.start("api")
	worker := w.start("worker")
	here, there := newCaller(t, first, key), newCaller(t, second, key)
	onFirst, onSecond := newCaller(t, first, admin), newCaller(t, second, admin)
	here.becomes(here.submit(formatter, `{"a":1}`), "success")
	there.becomes(there.submit(formatter, "[1,\n}"), "failed")
	there.want(200, "POST", formatter, "[1]")
	for _, c := range []*caller{onFirst, onSecond} {
		c.tells(3, 2)
	}

	first.Kill() // all that it counted is told at the other
	worker.Kill()
	onSecond.tells(3, 2)
	third := w.start("api,worker")
	onThird := newCaller(t, third, admin)
	there.becomes(there.submit(formatter, `{"a":1}`), "success")
	for _, c := range []*caller{onSecond, onThird} {
		c.tells(4, 3)
	}
	third.Stop()
	onSecond.tells(4, 3)

	is, _ := onSecond.counted()
	if len(is.Errors) != 1 || is.Errors[0] != (api.StatsError{Code: "INVALID_JSON", Count: 1}) || len(is.Owners) != 1 || is.Owners[0].Owner != "ann" || is.Owners[0].Accepted != 4 {
		t.Errorf("errors %+v, owners %+v", is.Errors, is.Owners)
	}
	if db := is.Health.Database; db == nil || db.MaxConnections == 0 || db.NotificationLagMS.P50 == nil || is.Health.File != nil || is.Health.CommitMS.P99 == nil {
		t.Errorf("health %+v", is.Health)
	}
}

// TestABreakerOfAWorkerIsSeenAtAServerOfTheAPI, which runs no jobs itself.
func TestABreakerOfAWorkerIsSeenAtAServerOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key, admin := w.key("ann", "--plan=unlimited"), w.key("ops", "--scopes=admin", "--plan=unlimited")
	file := filepath.Join(t.TempDir(), "claim.yaml")
	if err := os.WriteFile(file, []byte("tools:\n  - {name: broken, target: \"http://127.0.0.1:1/\", extensions: [png]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := "--config=" + file
	front := w.start("api", config)
	w.start("worker", config)
	c, operator := newCaller(t, front, key), newCaller(t, front, admin)
	other := newCaller(t, front, w.key("bob", "--plan=unlimited"))
	for range 10 {
		c.submit("/broken-api", "x")
		other.submit("/broken-api", "x")
	}
	serverproc.Until(t, patience, func() (bool, string) {
		is, _ := operator.counted()
		for _, tool := range is.Now.Tools {
			if tool.Name == "broken" && tool.Breaker != nil {
				return *tool.Breaker != "closed", "the breaker is " + *tool.Breaker
			}
		}
		return false, fmt.Sprintf("tools are %+v", is.Now.Tools)
	})
}
