package app_test

import (
	"context"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/testneeds"
)

const pullConfig = "workers: 2\ntools:\n  - name: transcribe\n    mode: pull\n    extensions: [wav, txt]\n    headers: [x-language]\n    max_attempts: 3\n  - name: other\n    mode: pull\n"

func (f *fixture) workKey(tools ...string) string {
	return f.newKey(auth.NewKey{Owner: "workers", Plan: "unlimited", Scopes: []string{account.ScopeWork}, Tools: tools})
}

func (f *fixture) claim(key, body string) []api.WorkLease {
	f.t.Helper()
	a := f.call("POST", "/work/claim", body, "x-api-key", key)
	var got api.WorkLeases
	a.decode(f.t, &got)
	if a.status != http.StatusOK || got.Leases == nil {
		f.t.Fatalf("claim: %d %s", a.status, a.body)
	}
	return got.Leases
}

func (f *fixture) want(what string, a answer, status int, code string) {
	f.t.Helper()
	if a.status != status || code != "" && !strings.Contains(string(a.body), `"error":"`+code+`"`) {
		f.t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, code)
	}
}

func TestAPullWorkerDoesTheWork(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "la la", "x-language", "fr")
	leases := f.claim(key, `{"tools":["transcribe"],"max":4,"worker":"gpu-1"}`)
	if len(leases) != 1 || leases[0].JobID != id || leases[0].Attempt != 1 || leases[0].Options["x-language"] != "fr" || leases[0].HeartbeatSeconds != 10 {
		t.Fatalf("leases %+v", leases)
	}
	l := leases[0]
	if in := f.call("GET", l.InputURL, "", "x-api-key", ""); string(in.body) != "la la" {
		t.Errorf("input %d %q", in.status, in.body)
	}
	for _, body := range []string{`{"progress":12.5}`, "", " ", `{}`, `{"progress":null}`, `{"progress":40.7,"note":["x"]}`} {
		f.want("heartbeat "+body, f.call("POST", "/work/"+l.Lease+"/heartbeat", body, "x-api-key", key), 200, "")
	}
	for _, body := range []string{`{"progress":-0.1}`, `{"progress":100.1}`, `{"progress":"40"}`, `[]`, `40`, `{`} {
		f.want("heartbeat "+body, f.call("POST", "/work/"+l.Lease+"/heartbeat", body, "x-api-key", key), 400, "INVALID_REQUEST")
	}
	if full := f.full(id); full.Progress == nil || *full.Progress != 40 {
		t.Errorf("progress %v, want 40", full.Progress)
	}
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result": {"text" : "la"}}`, "x-api-key", key), 204, "")
	if is := f.finished(id); is.Status != "success" || string(is.Result) != `{"text" : "la"}` {
		t.Errorf("job %+v", is)
	}
	f.want("a second finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":2}`, "x-api-key", key), 409, "LEASE_LOST")
	f.want("a late heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{}`, "x-api-key", key), 409, "LEASE_LOST")
	f.want("a late file", f.call("PUT", l.OutputURL, "x", "x-api-key", ""), 409, "LEASE_LOST")
	f.want("a late read", f.call("GET", l.InputURL, "", "x-api-key", ""), 409, "LEASE_LOST")
	if full := f.full(id); !strings.Contains(full.Attempts[0].Worker, "gpu-1") {
		t.Errorf("history %+v", full.Attempts)
	}
}

func TestAPullWorkersFileIsTheOutput(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	l := f.claim(key, `{}`)[0]
	f.want("finish without anything", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 400, "INVALID_REQUEST")
	f.want("first file", f.call("PUT", l.OutputURL, "draft", "Content-Type", "text/plain"), 204, "")
	large := strings.Repeat("srt ", 20_000)
	f.want("second file", f.call("PUT", l.OutputURL, large, "Content-Type", "text/csv"), 204, "")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 204, "")
	f.finished(id)
	var r api.Result
	f.call("GET", "/jobs/"+id+"/result", "").decode(t, &r)
	if r.ContentType != "text/csv" || !strings.HasPrefix(r.Preview, "srt srt") || !strings.HasSuffix(r.Preview, "...") {
		t.Errorf("result %+v", r)
	}
	if file := f.call("GET", r.File, ""); string(file.body) != large {
		t.Errorf("file has %d bytes, want %d", len(file.body), len(large))
	}
}

func TestAPullWorkersFailures(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	l := f.claim(key, `{}`)[0]
	f.want("fail", f.call("POST", "/work/"+l.Lease+"/fail", `{"code":"NO_SPEECH","message":"Silence.","details":{"seconds":3}}`, "x-api-key", key), 204, "")
	is := f.finished(id)
	if is.Status != "failed" || is.Error.Code != "NO_SPEECH" || is.Error.Message != "Silence." {
		t.Errorf("job %+v", is.Error)
	}
	again := f.submit("transcribe", "in")
	for attempt := range 3 { // max_attempts of the tool
		l := f.claim(key, `{"wait":20}`)[0]
		if l.JobID != again || l.Attempt != attempt+1 {
			t.Fatalf("lease %+v, want attempt %d of %s", l, attempt+1, again)
		}
		f.want("put", f.call("PUT", l.OutputURL, "half"), 204, "")
		f.want("fail", f.call("POST", "/work/"+l.Lease+"/fail", `{"code":"GPU_DOWN","message":"No GPU.","retry":true}`, "x-api-key", key), 204, "")
	}
	if is := f.finished(again); is.Status != "failed" || is.Error.Code != "GPU_DOWN" {
		t.Errorf("job %+v", is.Error)
	}
	ours := f.submit("transcribe", "in")
	l = f.claim(key, `{}`)[0]
	f.want("a code of ours", f.call("POST", "/work/"+l.Lease+"/fail", `{"code":"INTERNAL_ERROR","message":"x"}`, "x-api-key", key), 204, "")
	if is := f.finished(ours); is.Error.Code != "UPSTREAM_ERROR" {
		t.Errorf("job %+v, want no code that is ours to give", is.Error)
	}
}

func TestWorkIsForKeysOfScopeWork(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key, stranger := f.workKey("transcribe"), f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	f.want("a client's key", f.call("POST", "/work/claim", `{}`), 403, "FORBIDDEN")
	f.want("no key", f.call("POST", "/work/claim", `{}`, "x-api-key", ""), 401, "UNAUTHORIZED")
	f.want("another tool", f.call("POST", "/work/claim", `{"tools":["other"]}`, "x-api-key", key), 403, "FORBIDDEN")
	f.want("a status", f.call("GET", "/jobs/"+id, "", "x-api-key", key), 403, "FORBIDDEN")
	f.want("a submission", f.call("POST", "/transcribe-api", "in", "x-api-key", key), 403, "FORBIDDEN")
	f.want("a tool that is not pulled", f.call("POST", "/work/claim", `{}`, "x-api-key", f.workKey("json-minify")), 400, "INVALID_REQUEST")
	for _, body := range []string{``, `[]`, `{"max":0}`, `{"max":101}`, `{"wait":-1}`, `{"wait":26}`, `{"worker":"a\nb"}`, `{"x":1}`} {
		f.want("claim "+body, f.call("POST", "/work/claim", body, "x-api-key", key), 400, "INVALID_REQUEST")
	}
	l := f.claim(key, `{}`)[0]
	for _, verb := range []string{"heartbeat", "finish", "fail"} {
		f.want("another key's "+verb, f.call("POST", "/work/"+l.Lease+"/"+verb, `{}`, "x-api-key", stranger), 409, "LEASE_LOST")
	}
	f.want("no lease", f.call("POST", "/work/nonsense/heartbeat", `{}`, "x-api-key", key), 409, "LEASE_LOST")
	f.want("a forged address", f.call("GET", strings.Split(l.InputURL, "?")[0]+"?signature=x", ""), 403, "FORBIDDEN")
	f.want("the input's signature for the output", f.call("PUT", strings.Replace(l.InputURL, "/input?", "/output?", 1), "x"), 403, "FORBIDDEN")
	f.want("another attempt's address", f.call("GET", strings.Replace(l.InputURL, l.Lease, id+".2", 1), ""), 403, "FORBIDDEN")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":null}`, "x-api-key", key), 400, "INVALID_REQUEST")
	f.want("a result that is too large", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":"`+strings.Repeat("x", 256<<10)+`"}`, "x-api-key", key), 413, "PAYLOAD_TOO_LARGE")
}

// In a rolling deployment a program comes to servers that do not know its tool yet.
func TestAToolThatIsNotKnownHereHasNoWork(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	if got := f.claim(f.workKey("coming"), `{}`); len(got) != 0 {
		t.Errorf("%d leases of a tool that nobody has", len(got))
	}
	id := f.submit("transcribe", "in")
	if got := f.claim(f.workKey("coming", "transcribe"), `{}`); len(got) != 1 || got[0].JobID != id {
		t.Errorf("leases %+v, want one of job %s", got, id)
	}
}

func TestAClaimWaitsForWork(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	began := time.Now()
	if none := f.claim(key, `{"wait":1}`); len(none) != 0 || time.Since(began) < time.Second {
		t.Errorf("%d leases after %s, want none after a second", len(none), time.Since(began))
	}
	got := make(chan []api.WorkLease)
	go func() { got <- f.claim(key, `{"wait":20}`) }()
	id := f.submit("transcribe", "in")
	if l := <-got; len(l) != 1 || l[0].JobID != id { // package remote tests that a claim that waits is woken at once
		t.Errorf("leases %+v", l)
	}
	if is := f.finished(f.submit("json-minify", `{ }`)); is.Status != "success" { // a lease keeps no worker busy
		t.Errorf("%+v", is)
	}
}

func TestALeaseElsewhereOutlivesTheServer(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	l := f.claim(key, `{}`)[0]
	f.want("put", f.call("PUT", l.OutputURL, "made", "Content-Type", "text/plain"), 204, "")
	f.stop()
	f.start("")
	f.want("heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{"progress":50}`, "x-api-key", key), 200, "")
	if again := f.claim(key, `{}`); len(again) != 0 {
		t.Errorf("the job was given away: %+v", again)
	}
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{}`, "x-api-key", key), 204, "")
	if is := f.finished(id); is.Status != "success" || !strings.Contains(string(is.Result), `"preview":"made"`) {
		t.Errorf("%+v", is)
	}
}

func TestASilentPullWorkerLosesItsLease(t *testing.T) {
	t.Parallel()
	f := serve(t, "lease: 1s\n"+pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	first := f.claim(key, `{}`)[0]
	second := f.claim(key, `{"wait":20}`)
	if len(second) != 1 || second[0].Attempt != 2 {
		t.Fatalf("leases %+v, want the second attempt", second)
	}
	f.want("the first one's late finish", f.call("POST", "/work/"+first.Lease+"/finish", `{"result":1}`, "x-api-key", key), 409, "LEASE_LOST")
	f.claim(key, `{"wait":20}`)
	if is := f.finished(id); is.Status != "failed" || is.Error.Code != "WORKER_LOST" {
		t.Errorf("%+v, want WORKER_LOST after max_attempts", is.Error)
	}
}

func TestACanceledJobIsToldToItsWorker(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	id := f.submit("transcribe", "in")
	l := f.claim(key, `{}`)[0]
	f.want("cancel", f.call("POST", "/jobs/"+id+"/cancel", ""), 202, "")
	var alive api.WorkAlive
	f.call("POST", "/work/"+l.Lease+"/heartbeat", `{}`, "x-api-key", key).decode(t, &alive)
	if !alive.CancelRequested {
		t.Error("the heartbeat does not tell")
	}
	f.want("fail", f.call("POST", "/work/"+l.Lease+"/fail", `{"message":"stopped","retry":true}`, "x-api-key", key), 204, "")
	if is := f.finished(id); is.Error.Code != "CANCELED" {
		t.Errorf("%+v", is.Error)
	}
}

func TestExampleWorkers(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	key := f.workKey("transcribe")
	for _, w := range []struct{ program, file, wants string }{
		{"python3", "worker.py", `{"text": "B\nA\n", "worker": "python"}`},
		{"node", "worker.mjs", `{"words":2,"worker":"node"}`},
		{"sh", "worker.sh", `"preview":"a\nb\n"`},
	} {
		program, err := exec.LookPath(w.program)
		if err != nil {
			testneeds.Missing(t, w.program)
		}
		good, bad := f.submit("transcribe", "b\na\n"), f.submit("transcribe", "\n")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		cmd := exec.CommandContext(ctx, program, filepath.Join("..", "..", "examples", "workers", w.file), "transcribe", "2")
		cmd.Env = append(cmd.Environ(), "CLAIMCHECK_URL="+f.url, "CLAIMCHECK_API_KEY="+key)
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Errorf("%s: %v\n%s", w.file, err, out)
			continue
		}
		if is := f.finished(good); is.Status != "success" || !strings.Contains(string(is.Result), w.wants) {
			t.Errorf("%s: %s %s, want %s", w.file, is.Status, is.Result, w.wants)
		}
		if is := f.finished(bad); is.Status != "failed" || is.Error.Code != "NO_TEXT" {
			t.Errorf("%s: %+v, want NO_TEXT", w.file, is.Error)
		}
	}
}
