package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"claimcheck/api"
)

// A notice is what a target of mode json is told.
type notice struct {
	JobID       string            `json:"job_id"`
	Attempt     int               `json:"attempt"`
	Options     map[string]string `json:"options"`
	InputURL    string            `json:"input_url"`
	CallbackURL string            `json:"callback_url"`
	Deadline    int64             `json:"deadline"`
}

// callbacks is a target that says 202 and hands out what it was told.
func callbacks(t *testing.T, first func(n int, told notice)) (*target, <-chan notice) {
	t.Helper()
	told := make(chan notice, 100)
	var s *target
	s = newTarget(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		var is notice
		if err := json.Unmarshal([]byte(s.all()[n-1].body), &is); err != nil {
			t.Errorf("told %q: %v", s.all()[n-1].body, err)
		}
		if first != nil {
			first(n, is)
		}
		w.WriteHeader(http.StatusAccepted)
		told <- is
	})
	return s, told
}

const jsonMode = "mode: json"

func TestATargetCallsBack(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, "workers: 1\n"+configOf(s, jsonMode, "headers: [x-width]"))
	id := f.submit("thumb", "the input", "x-width", "7")
	is := <-told
	if is.JobID != id || is.Attempt != 1 || is.Options["x-width"] != "7" {
		t.Errorf("told %+v", is)
	}
	if in := f.call("GET", is.InputURL, "", "x-api-key", ""); string(in.body) != "the input" {
		t.Errorf("input %d %q", in.status, in.body)
	}
	f.want("progress", f.call("PATCH", is.CallbackURL, `{"progress":40}`, "x-api-key", ""), 200, "")
	if full := f.full(id); full.Progress == nil || *full.Progress != 40 {
		t.Errorf("progress %v", full.Progress)
	}
	if other := f.finished(f.submit("json-minify", `{ }`)); other.Status != "success" { // the one worker is free
		t.Errorf("%+v", other)
	}
	for _, body := range []string{``, `{}`, `{"status":"odd"}`, `{"progress":101}`, `{"status":"success"}`} {
		f.want("report "+body, f.call("PATCH", is.CallbackURL, body), 400, "INVALID_REQUEST")
	}
	f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success","result":[1, 2]}`, "x-api-key", ""), 204, "")
	if is := f.finished(id); is.Status != "success" || string(is.Result) != `[1, 2]` {
		t.Errorf("%+v", is)
	}
	f.want("a repeated callback", f.call("PATCH", is.CallbackURL, `{"status":"failed"}`), 409, "LEASE_LOST")
	f.want("a late sign of life", f.call("PATCH", is.CallbackURL, `{"progress":50}`), 409, "LEASE_LOST")
	f.want("a forged address", f.call("PATCH", is.CallbackURL+"x", `{"progress":50}`), 403, "FORBIDDEN")
}

func TestACallbackMayComeBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	var f *fixture
	s, told := callbacks(t, func(_ int, is notice) {
		f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success","result":true}`), 204, "")
	})
	f = serve(t, configOf(s, jsonMode))
	a := f.call("POST", "/thumb-api", "in")
	if a.status != http.StatusOK || string(a.body) != "true" {
		t.Errorf("synchronous call: %d %s", a.status, a.body)
	}
	if again := f.finished(f.submit("thumb", "in")); again.Status != "success" {
		t.Errorf("%+v", again)
	}
	for range 2 { // the target has its answers, too
		<-told
	}
}

func TestACallbacksFileAndFailures(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, configOf(s, jsonMode, "max_attempts: 2"))
	id := f.submit("thumb", "in")
	is := <-told
	f.want("file", f.call("PUT", is.CallbackURL, "\x89PNG", "Content-Type", "image/png", "x-api-key", ""), 204, "")
	f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success"}`), 204, "")
	f.finished(id)
	var r api.Result
	f.call("GET", "/jobs/"+id+"/result", "").decode(t, &r)
	if r.ContentType != "image/png" || string(f.call("GET", r.File, "").body) != "\x89PNG" {
		t.Errorf("result %+v", r)
	}
	id = f.submit("thumb", "in")
	is = <-told
	f.want("failure", f.call("PATCH", is.CallbackURL, `{"status":"failed","error":{"code":"TOO_DARK","message":"Nothing to see.","details":{"lux":1}}}`), 204, "")
	if job := f.finished(id); job.Error.Code != "TOO_DARK" || job.Error.Message != "Nothing to see." {
		t.Errorf("%+v", job.Error)
	}
	id = f.submit("thumb", "in")
	old := <-told
	f.want("passing trouble", f.call("PATCH", old.CallbackURL, `{"status":"failed","error":{"message":"busy","retry":true}}`), 204, "")
	is = <-told
	if is.Attempt != 2 || is.JobID != id {
		t.Errorf("told %+v, want the second attempt", is)
	}
	f.want("the first attempt's late success", f.call("PATCH", old.CallbackURL, `{"status":"success","result":1}`), 409, "LEASE_LOST")
	f.want("success", f.call("PATCH", is.CallbackURL, `{"status":"success","result":2}`), 204, "")
	if job := f.finished(id); string(job.Result) != "2" {
		t.Errorf("%+v", job)
	}
}

func TestATargetThatNeverCallsBackTimesOut(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, "lease: 1s\n"+configOf(s, jsonMode, "timeout: 500ms", "max_attempts: 2"))
	id := f.submit("thumb", "in")
	if is := f.finished(id); is.Status != "failed" || is.Error.Code != "TIMEOUT" {
		t.Errorf("%+v", is)
	}
	if n := len(told); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

func TestACallbacksLeaseOutlivesTheServer(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, "public_url: http://jobs.example\n"+configOf(s, jsonMode))
	id := f.submit("thumb", "in")
	is := <-told
	f.until("the lease is handed over", func() bool {
		return f.call("PATCH", strings.TrimPrefix(is.CallbackURL, "http://jobs.example"), `{"progress":1}`).status == http.StatusOK
	})
	f.stop()
	f.start("")
	f.want("success", f.call("PATCH", strings.TrimPrefix(is.CallbackURL, "http://jobs.example"), `{"status":"success","result":3}`), 204, "")
	if job := f.finished(id); string(job.Result) != "3" || len(s.all()) != 1 {
		t.Errorf("%+v after %d requests", job, len(s.all()))
	}
}
