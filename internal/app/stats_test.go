package app_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// stats is what an operator is told, and the error envelope of a refusal.
func (f *fixture) stats(key, query string) (is api.Stats, refused api.Error) {
	f.t.Helper()
	a := f.call("GET", "/admin/stats"+query, "", "x-api-key", key)
	if a.status == http.StatusOK {
		a.decode(f.t, &is)
	} else {
		a.decode(f.t, &refused)
	}
	return is, refused
}

// sums are accepted, succeeded and failed, of all points.
func sums(is api.Stats) (n api.StatsCounts) {
	for _, p := range is.Points {
		n.Accepted += p.Accepted
		n.Succeeded += p.Succeeded
		n.Failed += p.Failed
	}
	return n
}

// TestOperatorsSeeWhatHappens: jobs and calls, errors, owners, tools and the database.
func TestOperatorsSeeWhatHappens(t *testing.T) {
	t.Parallel()
	s := choosy(t)
	f := serve(t, "workers: 2\ntools:\n  - {name: b, target: \""+s.URL+"\", extensions: [png], max_running: 7, max_attempts: 1}\n")
	admin := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "default"})

	f.call("POST", "/json-formatter-api", "{}")
	f.call("POST", "/json-formatter-api", "{")
	f.finished(f.submit("json-formatter", "[1]"))
	f.finished(f.submit("b", "bad"))
	f.call("POST", "/b-api", "good", "x-api-key", bob)

	is, _ := f.stats(admin, "")
	if got := sums(is); got != (api.StatsCounts{Accepted: 5, Succeeded: 3, Failed: 2}) {
		t.Errorf("got %+v", got)
	}
	if n := len(is.Points); n != 60 && n != 61 || is.Step != 60 || is.To-is.From != int64(n)*60 || is.Points[0].At != is.From {
		t.Errorf("%d points of %d s from %d to %d", n, is.Step, is.From, is.To)
	}
	byTool := map[string]api.StatsCounts{}
	for _, p := range is.Points {
		for name, n := range p.Tools {
			all := byTool[name]
			byTool[name] = api.StatsCounts{Accepted: all.Accepted + n.Accepted, Succeeded: all.Succeeded + n.Succeeded, Failed: all.Failed + n.Failed}
		}
		if (p.RunMS.P50 != nil) != (p.Succeeded+p.Failed > 0) || p.RunMS.P99 != nil && *p.RunMS.P99 < *p.RunMS.P50 {
			t.Errorf("at %d of %d that ended the run is %v", p.At, p.Succeeded+p.Failed, p.RunMS)
		}
	}
	if byTool["json-formatter"] != (api.StatsCounts{Accepted: 3, Succeeded: 2, Failed: 1}) || byTool["b"] != (api.StatsCounts{Accepted: 2, Succeeded: 1, Failed: 1}) {
		t.Errorf("by tool %+v", byTool)
	}
	if want := []api.StatsError{{Code: "INVALID_JSON", Count: 1}, {Code: "UPSTREAM_ERROR", Count: 1}}; !slices.Equal(is.Errors, want) {
		t.Errorf("errors %+v", is.Errors)
	}
	if want := []api.StatsOwner{{Owner: "ann", Plan: "unlimited", Accepted: 4}, {Owner: "bob", Plan: "default", Accepted: 1}}; !slices.Equal(is.Owners, want) {
		t.Errorf("owners %+v", is.Owners)
	}
	if h := is.Health; h.CommitMS.P50 == nil || h.BatchOperations.P50 == nil || h.File == nil || h.File.Bytes <= 0 || h.Database != nil || h.OldestWaitSeconds != 0 {
		t.Errorf("health %+v", h)
	}
	at := slices.IndexFunc(is.Now.Tools, func(t api.StatsTool) bool { return t.Name == "b" })
	if b := is.Now.Tools[at]; b.MaxRunning != 7 || b.Breaker == nil || *b.Breaker != "closed" || b.Paused {
		t.Errorf("tool b is %+v", b)
	}
	if own := is.Now.Tools[slices.IndexFunc(is.Now.Tools, func(t api.StatsTool) bool { return t.Name == "json-formatter" })]; own.Breaker != nil {
		t.Errorf("a built-in tool has the breaker %s", *own.Breaker)
	}

	f.stop() // in good order: nothing is lost
	f.start("")
	again, _ := f.stats(admin, "")
	if got := sums(again); got != (api.StatsCounts{Accepted: 5, Succeeded: 3, Failed: 2}) {
		t.Errorf("after a restart: %+v", got)
	}
}

func TestOperatorsSeeWhatWaitsNow(t *testing.T) {
	t.Parallel()
	f := serve(t, "workers: 1\ntools:\n  - {name: p, mode: pull, extensions: [png]}\n")
	admin := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	for range 3 {
		f.submit("p", "x")
	}
	for i := range 40 { // more owners than are told of
		key := f.newKey(auth.NewKey{Owner: "o" + strconv.Itoa(i)})
		f.submit("p", "x", "x-api-key", key)
	}
	is, _ := f.stats(admin, "")
	if is.Now.Queued != 43 || is.Now.Processing != 0 || len(is.Owners) != 30 || is.Owners[0].Owner != "ann" || is.Owners[0].Queued != 3 {
		t.Errorf("got %d queued, %d processing, %d owners, the first %+v", is.Now.Queued, is.Now.Processing, len(is.Owners), is.Owners[0])
	}
	if is.Health.OldestWaitSeconds <= 0 {
		t.Error("nothing waits")
	}
}

func TestAnOperatorsBrokenTargetIsSeen(t *testing.T) {
	t.Parallel()
	s := choosy(t)
	f := serve(t, "workers: 4\ntools:\n  - {name: b, target: \""+s.URL+"\", extensions: [png]}\n")
	admin := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	other := f.newKey(auth.NewKey{Owner: "other", Plan: "unlimited"})
	seen := func(what string, is func(state string, owners int) bool) {
		t.Helper()
		f.until(what, func() bool {
			stats, _ := f.stats(admin, "")
			return slices.ContainsFunc(stats.Now.Tools, func(t api.StatsTool) bool {
				return t.Name == "b" && t.Breaker != nil && is(*t.Breaker, t.BreakerOwners)
			})
		})
	}
	for range 10 { // of one owner alone: with two the target is left alone by all before either has failed often enough
		f.submit("b", "bad")
	}
	seen("one owner's jobs leave it alone", func(_ string, owners int) bool { return owners > 0 })
	for range 10 {
		f.submit("b", "bad", "x-api-key", other)
	}
	seen("the breaker is seen open", func(state string, _ int) bool { return state == "open" })
}

func TestStatsRefuseWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := serve(t, "workers: 1\n")
	admin := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	now := strconv.FormatInt(time.Now().Unix(), 10)
	for query, want := range map[string]string{
		"?from=x":                 "from must be a time in Unix seconds.",
		"?to=-1":                  "to must be a time in Unix seconds.",
		"?step=0":                 "step must be a number of seconds.",
		"?step=60&step=60":        "step must be given once.",
		"?steps=60":               "steps is not known; known are from, to and step.",
		"?step=90":                "step must be whole minutes in seconds: 60 to 300, or a multiple of 300 up to 691200.",
		"?step=60&from=0":         "That would be 11521 points; at most 500 are told. Ask for a longer step or a shorter time.",
		"?from=" + now + "&to=60": "from must be before to, and not in the future; what is older than 8 days is not kept.",
	} {
		if _, refused := f.stats(admin, query); refused.Error != "INVALID_REQUEST" || refused.Details.Message != want {
			t.Errorf("%s: %s %q, want %q", query, refused.Error, refused.Details.Message, want)
		}
	}
	if _, refused := f.stats(f.key, ""); refused.Error != "FORBIDDEN" {
		t.Errorf("an owner's key: %+v", refused)
	}
	if is, _ := f.stats(admin, "?from=0"); len(is.Points) > 500 || is.Step != 1800 || is.To-is.From < 8*86400 {
		t.Errorf("all that is kept: %d points of %d s, %d s in all", len(is.Points), is.Step, is.To-is.From)
	}
}
