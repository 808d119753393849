package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/control"
	"claimcheck/internal/pause"
)

const pauseConfig = "workers: 2\ntools:\n  - name: far\n    mode: pull\n    extensions: [txt]\n"

// admin calls with an operator's key.
func (f *fixture) admin() func(method, path, body string) answer {
	key := f.newKey(auth.NewKey{Owner: "ops", Scopes: []string{account.ScopeAdmin}})
	return func(method, path, body string) answer {
		f.t.Helper()
		return f.call(method, path, body, "x-api-key", key)
	}
}

// says fails unless an answer is this JSON.
func (f *fixture) says(what string, a answer, want string) {
	f.t.Helper()
	if a.status != http.StatusOK || string(a.body) != want {
		f.t.Errorf("%s: %d %s, want %s", what, a.status, a.body, want)
	}
}

func TestAnOperatorPausesAToolAndResumesIt(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	admin := f.admin()
	f.says("pause", admin("POST", "/admin/tools/json-formatter/pause", ""), `{"name":"json-formatter","paused":true,"changed":true}`)
	f.says("pause again", admin("POST", "/admin/tools/json-formatter/pause", "{}"), `{"name":"json-formatter","paused":true,"changed":false}`)
	a := f.call("POST", "/json-formatter-api", `{"a":1}`)
	var accepted api.Accepted
	a.decode(t, &accepted)
	if a.status != http.StatusAccepted || accepted.JobID == "" {
		t.Fatalf("a call of a paused tool: %d %s", a.status, a.body)
	}
	status := f.call("GET", "/jobs/"+accepted.JobID, "")
	if status.header.Get("Retry-After") != "60" || !strings.Contains(string(status.body), `"status":"queued"`) || !strings.HasSuffix(string(status.body), `"retry_after":60}`) {
		t.Errorf("its status: %v %s", status.header, status.body)
	}
	if full := f.full(accepted.JobID); full.WaitingReason != "tool_paused" || full.EstimatedSeconds != nil || full.QueuePosition != nil {
		t.Errorf("its full view: %+v", full)
	}
	if tool := f.call("GET", "/tools/json-formatter", ""); !strings.Contains(string(tool.body), `"paused":true`) {
		t.Errorf("the tool: %s", tool.body)
	}
	if tool := f.call("GET", "/tools/json-minify", ""); !strings.Contains(string(tool.body), `"paused":false`) {
		t.Errorf("another tool: %s", tool.body)
	}
	if metrics := f.call("GET", "/metrics", ""); !strings.Contains(string(metrics.body), "\nclaimcheck_paused{tool=\"json-formatter\"} 1\n") ||
		!strings.Contains(string(metrics.body), "\nclaimcheck_paused_owners 0\n") {
		t.Error("metrics do not say that it is paused")
	}
	if a := f.call("POST", "/json-minify-api", `{"a":1}`); a.status != http.StatusOK {
		t.Errorf("a call of another tool: %d %s", a.status, a.body)
	}
	var all api.Pauses
	admin("GET", "/admin/pauses", "").decode(t, &all)
	if len(all.Tools) != 1 || all.Tools[0].Name != "json-formatter" || all.Tools[0].By != "ops" || all.Tools[0].PausedAt == 0 || all.Owners == nil || len(all.Owners) > 0 {
		t.Errorf("what is paused: %+v", all)
	}
	f.says("resume", admin("POST", "/admin/tools/json-formatter/resume", ""), `{"name":"json-formatter","paused":false,"changed":true}`)
	f.says("resume again", admin("POST", "/admin/tools/json-formatter/resume", ""), `{"name":"json-formatter","paused":false,"changed":false}`)
	if is := f.finished(accepted.JobID); is.Status != "success" {
		t.Errorf("it ended as %+v", is)
	}
	f.says("what is paused", admin("GET", "/admin/pauses", ""), `{"tools":[],"owners":[]}`)
}

func TestAnOperatorPausesAnOwnerAndResumesIt(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	admin := f.admin()
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	f.says("pause", admin("POST", "/admin/owners/ann/pause", ""), `{"name":"ann","paused":true,"changed":true}`)
	a := f.call("POST", "/json-formatter-api", `{"a":1}`)
	var accepted api.Accepted
	a.decode(t, &accepted)
	if a.status != http.StatusAccepted {
		t.Fatalf("a call of a paused owner: %d %s", a.status, a.body)
	}
	if full := f.full(accepted.JobID); full.WaitingReason != "owner_paused" {
		t.Errorf("its full view: %+v", full)
	}
	if a := f.call("POST", "/json-formatter-api", `{"a":1}`, "x-api-key", bob); a.status != http.StatusOK {
		t.Errorf("a call of another owner: %d %s", a.status, a.body)
	}
	far := f.submit("far", "la")
	work := f.workKey("far")
	if leases := f.claim(work, `{"max":4}`); len(leases) > 0 {
		t.Errorf("a program got %+v of a paused owner", leases)
	}
	for key, want := range map[string]string{f.key: `"paused":true}`, bob: `"paused":false}`} {
		if usage := f.call("GET", "/usage", "", "x-api-key", key); !strings.HasSuffix(string(usage.body), want) {
			t.Errorf("usage: %s, want %s", usage.body, want)
		}
	}
	if metrics := f.call("GET", "/metrics", ""); !strings.Contains(string(metrics.body), "\nclaimcheck_paused_owners 1\n") || strings.Contains(string(metrics.body), `="ann"`) {
		t.Error("metrics do not count it, or name it")
	}
	f.says("resume", admin("POST", "/admin/owners/ann/resume", ""), `{"name":"ann","paused":false,"changed":true}`)
	if is := f.finished(accepted.JobID); is.Status != "success" {
		t.Errorf("it ended as %+v", is)
	}
	if leases := f.claim(work, `{"max":4,"wait":20}`); len(leases) != 1 || leases[0].JobID != far {
		t.Errorf("a program got %+v", leases)
	}
}

func TestAnOperatorEndsWhatWaits(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	admin := f.admin()
	ids := []string{f.submit("far", "1"), f.submit("far", "2")}
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	f.call("POST", "/far-api", "3", "x-api-key", bob, "Prefer", "respond-async")
	f.says("count", admin("POST", "/admin/tools/far/purge", `{"dry_run":true}`), `{"matched":3}`)
	f.says("count of one", admin("POST", "/admin/tools/far/purge", `{"dry_run":true,"owner":"ann"}`), `{"matched":2}`)
	f.says("purge of one", admin("POST", "/admin/tools/far/purge", `{"owner":"ann"}`), `{"matched":2,"ended":2,"left":0}`)
	f.says("again", admin("POST", "/admin/tools/far/purge", `{"owner":"ann"}`), `{"matched":0,"ended":0,"left":0}`)
	for _, id := range ids {
		if is := f.finished(id); is.Status != "failed" || is.Error.Code != "CANCELED" {
			t.Errorf("it ended as %+v", is)
		}
		f.want("result", f.call("GET", "/jobs/"+id+"/result", ""), http.StatusConflict, "CANCELED")
	}
	var usage api.Usage
	f.call("GET", "/usage", "").decode(t, &usage)
	if usage.Jobs.Used != 0 || usage.Queued != 0 {
		t.Errorf("usage %+v", usage)
	}
	f.says("purge of all", admin("POST", "/admin/tools/far/purge", `{}`), `{"matched":1,"ended":1,"left":0}`)
}

func TestWhatOperatorsGetWrong(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	admin := f.admin()
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"POST", "/admin/tools/nothing/pause", "", 404, "NOT_FOUND"},
		{"POST", "/admin/tools/nothing/resume", "", 404, "NOT_FOUND"},
		{"POST", "/admin/tools/nothing/purge", "{}", 404, "NOT_FOUND"},
		{"POST", "/admin/owners/Ann!/pause", "", 400, "INVALID_OWNER"},
		{"POST", "/admin/owners/Ann!/resume", "", 400, "INVALID_OWNER"},
		{"POST", "/admin/tools/far/purge", `{"owner":""}`, 400, "INVALID_OWNER"},
		{"POST", "/admin/tools/far/purge", `{"owner":"Ann!"}`, 400, "INVALID_OWNER"},
		{"POST", "/admin/tools/far/purge", `{"owners":"ann"}`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", ``, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `[]`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `null`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `{"owner":null}`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `{"owner":1}`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `{"dry_run":true,"dry_run":false}`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge?dry_run=true", `{}`, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/pause?owner=ann", ``, 400, "INVALID_REQUEST"},
		{"POST", "/admin/tools/far/purge", `{"owner":"` + strings.Repeat("x", 5000) + `"}`, 413, "PAYLOAD_TOO_LARGE"},
		{"GET", "/admin/tools/far/purge", "", 405, "METHOD_NOT_ALLOWED"},
		{"PUT", "/admin/pauses", "{}", 405, "METHOD_NOT_ALLOWED"},
	} {
		f.want(c.method+" "+c.path+" "+c.body[:min(len(c.body), 40)], admin(c.method, c.path, c.body), c.status, c.code)
	}
	for _, a := range []answer{admin("POST", "/admin/owners/Ann!/pause", ""), admin("POST", "/admin/tools/far/purge", `{"owner":""}`)} {
		if !strings.Contains(string(a.body), `"message":"Owner must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit."`) {
			t.Errorf("no sentence: %s", a.body)
		}
	}
	for _, path := range []string{"/admin/tools/far/pause", "/admin/tools/far/purge", "/admin/owners/ann/pause"} {
		f.want(path+" with an owner's key", f.call("POST", path, "{}"), 403, "FORBIDDEN")
	}
	f.says("what is paused", admin("GET", "/admin/pauses", ""), `{"tools":[],"owners":[]}`)
}

// TestWhatIsStoppedIsWrittenDown: whoever did it, and whatever for.
func TestWhatIsStoppedIsWrittenDown(t *testing.T) {
	t.Parallel()
	f := serve(t, pauseConfig)
	admin := f.admin()
	admin("POST", "/admin/tools/far/pause", "")
	admin("POST", "/admin/owners/ann/pause", "")
	admin("POST", "/admin/tools/far/purge", `{"owner":"ann"}`)
	admin("POST", "/admin/tools/far/purge", `{"dry_run":true}`)
	admin("POST", "/admin/owners/ann/resume", "")
	op := control.Dial(filepath.Join(filepath.Dir(f.file), "data"))
	if changed, err := op.SetPaused(t.Context(), pause.Tool, "far", false); err != nil || !changed {
		t.Errorf("changed %t, %v", changed, err)
	}
	if is, err := op.PurgeTool(t.Context(), "far", "", false); err != nil || is.Ended != 0 {
		t.Errorf("%+v, %v", is, err)
	}
	rows, err := f.server.AuditRows(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range slices.Backward(rows) {
		if strings.HasPrefix(r.Action, "keys.") || r.Action == "owners.plan" { // those of the test itself
			continue
		}
		who := r.Owner
		if r.Key == account.ByCommand {
			who = r.Key
		}
		got = append(got, fmt.Sprint(who, " ", r.Action, " ", r.Target))
	}
	const want = "ops tools.pause far; ops owners.pause ann; ops tools.purge far of ann; ops owners.resume ann; command tools.resume far; command tools.purge far"
	if strings.Join(got, "; ") != want {
		t.Errorf("audit %q\nwant  %s", got, want)
	}
}
