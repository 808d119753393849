package app_test

import (
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// runGoogle starts an operation and returns its id.
func (f *fixture) runGoogle(tool, body string) (id string) {
	f.t.Helper()
	var op api.GoogleOperation
	a := f.call("POST", "/v1/tools/"+tool+":run", body)
	a.decode(f.t, &op)
	id, ok := strings.CutPrefix(op.Name, "operations/")
	if a.status != http.StatusOK || !ok || op.Done {
		f.t.Fatalf("%s: %d %s", tool, a.status, a.body)
	}
	return id
}

func (f *fixture) googleEnd(id string) (op api.GoogleOperation) {
	f.t.Helper()
	f.call("POST", "/v1/operations/"+id+":wait", `{"timeout":"20s"}`).decode(f.t, &op)
	if !op.Done {
		f.t.Errorf("%s is not done: %+v", id, op)
	}
	return op
}

// TestGoogleOperationsOfRemoteWork: progress shows while a program works, and an
// attempt that is to be stopped is not over before the program says so.
func TestGoogleOperationsOfRemoteWork(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.runGoogle("transcribe", `{"content":"la","options":{"language":"it"}}`)
	path := "/v1/operations/" + id
	l := f.claim(key, `{}`)[0]
	if l.Options["x-language"] != "it" {
		t.Errorf("options: %v", l.Options)
	}
	f.want("heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{"progress":40}`, "x-api-key", key), 200, "")
	f.until("progress shows", func() bool { // an estimate is repeated for a second
		return strings.Contains(string(f.call("GET", path, "").body), `"progress":40`)
	})
	f.want("cancel", f.call("POST", path+":cancel", ""), 200, "")
	if a := f.call("GET", path, ""); !strings.Contains(string(a.body), `"done":false`) {
		t.Errorf("while it is stopped: %s", a.body)
	}
	f.want("its worker stops", f.call("POST", "/work/"+l.Lease+"/fail", `{"code":"X","message":"stopped"}`, "x-api-key", key), 204, "")
	if op := f.googleEnd(id); op.Error == nil || op.Error.Code != 1 {
		t.Errorf("cancelled: %+v", op)
	}
	id = f.runGoogle("transcribe", `{"content":"la"}`)
	l = f.claim(key, `{}`)[0]
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result": [1 ]}`, "x-api-key", key), 204, "")
	if op := f.googleEnd(id); op.Response == nil || len(op.Response.Value) != 1 || op.Response.Value["value"] == nil {
		t.Errorf("done elsewhere: %+v", op)
	}
}

// TestGoogleAnswersAreAsDescribed compares answers with the served description.
func TestGoogleAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig+"plans: {few: {submit_per_minute: 1}}\n")
	d := f.description()
	good, bad, waits := f.runGoogle("json-minify", `{"content":[1]}`), f.runGoogle("transcribe", `{"content":"x"}`), f.runGoogle("transcribe", `{"content":"x"}`)
	f.googleEnd(good)
	f.want("cancel", f.call("POST", "/v1/operations/"+bad+":cancel", ""), 200, "")
	tag := f.call("GET", "/v1/operations/"+good, "").header.Get("ETag")
	few := []string{"x-api-key", f.newKey(auth.NewKey{Owner: "few", Plan: "few"})}
	const run, list, one = "/v1/tools/{tool}:run", "/v1/operations", "/v1/operations/{operation_id}"
	const body = `{"content":{"a":1},"options":{},"requestId":"a"}`
	f.compare(d, []question{
		{method: "POST", path: run, id: "json-minify", body: body, want: 200},
		{method: "POST", path: run, id: "json-minify", body: body, want: 200},
		{method: "POST", path: run, id: "json-minify", body: `{"content":2,"requestId":"a"}`, want: 422},
		{method: "POST", path: run, id: "json-minify", body: `{}`, want: 400},
		{method: "POST", path: run, id: "json-minify", body: body, want: 415, headers: []string{"Content-Encoding", "x"}},
		{method: "POST", path: run, id: "none", body: body, want: 404},
		{method: "POST", path: run, id: "json-minify", body: body, want: 401, headers: []string{"x-api-key", "no"}},
		{method: "POST", path: run, id: "json-minify", body: body, want: 200, headers: few},
		{method: "POST", path: run, id: "json-minify", body: body, want: 503, headers: few},
		{method: "GET", path: list, want: 200},
		{method: "GET", path: list + "?pageSize=1&filter=done%3Dtrue&returnPartialSuccess=true", want: 200},
		{method: "GET", path: list + "?filter=x", want: 400},
		{method: "GET", path: one, id: good, want: 200},
		{method: "GET", path: one, id: good, want: 304, headers: []string{"If-None-Match", tag}},
		{method: "GET", path: one, id: bad, want: 200},
		{method: "GET", path: one, id: waits, want: 200},
		{method: "GET", path: one, id: "7", want: 400},
		{method: "POST", path: one + ":wait", id: good, body: "{}", want: 200},
		{method: "POST", path: one + ":wait", id: waits, body: `{"timeout":"0s"}`, want: 200},
		{method: "POST", path: one + ":wait", id: waits, body: `{"timeout":"1h"}`, want: 400},
		{method: "POST", path: one + ":cancel", id: good, want: 200},
		{method: "POST", path: one + ":cancel", id: waits, want: 200},
		{method: "POST", path: one + ":cancel", id: "7", want: 400},
		{method: "DELETE", path: one, id: good, want: 200},
		{method: "DELETE", path: one, id: good, want: 404},
	})
}
