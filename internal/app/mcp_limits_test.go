package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/auth"
)

// TestARepeatedCallOfATaskIsGivenWhatItEndedWith, which needs no other question; a
// client of the older era that asks for a task is given that.
func TestARepeatedCallOfATaskIsGivenWhatItEndedWith(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	for i, a := range both {
		call := func() told {
			t.Helper()
			params := `"name":"thumb","arguments":{"content":"x"},`
			if a.legacy {
				params += `"task":{},`
			}
			body, headers := a.message("tools/call", "thumb", params, fmt.Sprintf(`,"claimcheck/idempotencyKey":"k%d"`, i))
			return a.good(a.post(body, headers...))
		}
		first := call()
		if a.legacy {
			first = *first.Task
		}
		f.ends(<-runs, `{"status":"success","result":{"n":1}}`)
		a.settled(first.ID)
		again := call()
		switch {
		case a.legacy && (again.Task == nil || again.Task.ID != first.ID || again.Task.Status != "completed"):
			t.Errorf("legacy: %+v", again)
		case !a.legacy && (again.Type != "complete" || again.Structured["n"] != 1.0 || again.ID != "" || again.IsError):
			t.Errorf("modern: %+v", again)
		}
	}
}

// TestWhoComesAtTheLimitWaitsItsTurn: clients take a refusal of their first words for
// a server that does not work.
func TestWhoComesAtTheLimitWaitsItsTurn(t *testing.T) {
	t.Parallel()
	f, _, both := agents(t, "plans: {small: {status_per_minute: 30}}\n")
	f.key = f.newKey(auth.NewKey{Owner: "eve", Plan: "small"})
	spend := func() {
		t.Helper()
		f.until("the limit", func() bool {
			return f.call("GET", "/jobs", "").status == http.StatusTooManyRequests
		})
	}
	const version = `"protocolVersion":"2025-11-25",`
	for _, c := range []struct {
		a              agent
		method, params string
	}{
		{both[0], "server/discover", ""},
		{both[0], "tools/list", ""},
		{both[1], "initialize", version},
		{both[1], "tools/list", ""},
		{both[1], "ping", ""},
	} {
		spend()
		if r := c.a.ask(c.method, "", c.params); r.status != http.StatusOK || r.Error != nil {
			t.Errorf("%s: %d %+v", c.method, r.status, r.Error)
		}
	}
	spend()
	if r := f.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); r.status != http.StatusAccepted {
		t.Errorf("a notification: %d %+v", r.status, r.Error)
	}
}

// TestTheResultOfATaskIsOwedToWhoPolledForIt: clients of the older era are told of the
// end first, then ask what it is, and give up when that is refused.
func TestTheResultOfATaskIsOwedToWhoPolledForIt(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "plans: {small: {status_per_minute: 1, max_held: 1}}\n")
	f.key = f.newKey(auth.NewKey{Owner: "eve", Plan: "small"})
	a := both[1]
	other := a.begin("thumb").ID
	<-runs
	res, lines := a.stream(t.Context(), "tasks/result", other, fmt.Sprintf(`"taskId":%q,`, other), `,"progressToken":"p"`)
	if l := <-lines; res.StatusCode != http.StatusOK || l.Method != "notifications/progress" { // it has the one place to wait in
		t.Fatalf("%d %+v", res.StatusCode, l)
	}
	id := a.begin("thumb").ID
	f.ends(<-runs, `{"status":"success","result":{"n":1}}`)
	f.until("the limit", func() bool { return f.call("GET", "/jobs", "").status == http.StatusTooManyRequests })
	if got := a.good(a.about("get", id)); got.Status != "completed" {
		t.Fatalf("%+v", got)
	}
	if got := a.good(a.about("result", id)); got.Structured["n"] != 1.0 {
		t.Errorf("%+v", got)
	}
	for _, method := range []string{"result", "get"} { // once
		if r := a.about(method, id); r.status != http.StatusTooManyRequests {
			t.Errorf("%s again: %d %s", method, r.status, strings.TrimSpace(string(r.Result)))
		}
	}
}
