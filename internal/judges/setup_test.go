package judges_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) { serverproc.Main(m) }

// patience is how long a judge may take on a slow machine.
const patience = 40 * time.Second

// The tools that the judges' jobs are for.
const (
	sleepTool   = "/test-sleep-api"
	failTool    = "/test-fail-api"
	formatTool  = "/json-formatter-api"
	failingCode = "TEST_FAILED" // of a job whose input test-fail calls invalid
)

// A service is a server with the key of an owner.
type service struct {
	*serverproc.Server
	key string
}

// start starts a server; plan are lines of YAML, limits of the owner's plan.
func start(t *testing.T, plan string, args ...string) *service {
	t.Helper()
	if plan != "" {
		file := filepath.Join(t.TempDir(), "claimcheck.yaml")
		if err := os.WriteFile(file, []byte("plans: {default: {"+plan+"}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config="+file)
	}
	s := serverproc.Start(t, serverproc.Options{Args: args})
	return &service{Server: s, key: s.Key("ann")}
}

// call makes a call with the key and wants one status in answer; headers are
// pairs of names and values.
func (s *service) call(t *testing.T, want int, method, url, body string, headers ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call := serverproc.Call{Base: s.URL, Key: s.key, Method: method, Path: url, Body: []byte(body), Headers: headers}
	a, err := call.Do(ctx, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != want {
		t.Fatalf("%s %s: got %s, want %d", method, url, a, want)
	}
	return a.Body
}

// submit hands in a job and returns its id.
func (s *service) submit(t *testing.T, tool, input string) string {
	t.Helper()
	return decode[api.Accepted](t, s.call(t, http.StatusAccepted, http.MethodPost, tool, input, "Prefer", "respond-async")).JobID
}

// finished waits for a job's end.
func (s *service) finished(t *testing.T, id string) api.Status {
	t.Helper()
	is := decode[api.Status](t, s.call(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25"))
	if is.Status != "success" && is.Status != "failed" {
		t.Fatalf("job %s is still %s", id, is.Status)
	}
	return is
}

// output runs a tool and returns the link to its output.
func (s *service) output(t *testing.T, tool, input string) string {
	t.Helper()
	return decode[api.Result](t, s.call(t, http.StatusOK, http.MethodPost, tool, input)).File
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return v
}
