package datatools_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// config is of a server whose plan has no limits of requests.
func config(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(path, []byte("plans: {default: {status_per_minute: 0, submit_per_minute: 0}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) call(t *testing.T, method, path string, body []byte, headers ...string) serverproc.Answer {
	t.Helper()
	c := serverproc.Call{Base: w.server.URL, Key: w.key, Method: method, Path: path, Body: body, Headers: headers}
	a, err := c.Do(t.Context(), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// job hands work in and returns the status of its end.
func (w *world) job(t *testing.T, path string, body []byte, headers ...string) api.Status {
	t.Helper()
	var accepted api.Accepted
	w.decode(t, w.call(t, http.MethodPost, path, body, append(headers, "Prefer", "respond-async")...), http.StatusAccepted, &accepted)
	for {
		var is api.Status
		w.decode(t, w.call(t, http.MethodGet, "/jobs/"+accepted.JobID, nil, "Prefer", "wait=25"), http.StatusOK, &is)
		if is.Status == "success" || is.Status == "failed" {
			return is
		}
	}
}

// refused wants an answer to be a refusal with a code.
func (w *world) refused(t *testing.T, about string, a serverproc.Answer, code string) {
	t.Helper()
	var is api.Error
	if err := json.Unmarshal(a.Body, &is); err != nil || a.Status != http.StatusBadRequest || is.Error != code {
		t.Errorf("%s: answered %s, want 400 %s", about, a, code)
	}
}

func (w *world) decode(t *testing.T, a serverproc.Answer, status int, to any) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("answered %s, want %d", a, status)
	}
	if err := json.Unmarshal(a.Body, to); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
}
