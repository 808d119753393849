package app_test

import (
	"cmp"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/app"
	"claimcheck/internal/serverproc"
)

// get asks without a key.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	call := serverproc.Call{Method: http.MethodGet, Path: url}
	a, err := call.Do(t.Context(), http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status, string(a.Body)
}

func TestOperatorsMayHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yaml     string
		public   map[string]int
		operator map[string]int
	}{
		"none": {"", map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/debug/pprof/": 401}, nil},
		"one": {
			"operator_listen: 127.0.0.1:0\n",
			map[string]int{"/healthz": 200, "/readyz": 401, "/metrics": 401, "/debug/pprof/": 401, "/docs": 200},
			map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/debug/pprof/": 401, "/docs": 401},
		},
		"with the profiler": {
			"operator_listen: 127.0.0.1:0\nprofiler: true\n",
			map[string]int{"/debug/pprof/": 401, "/debug/pprof/heap": 401},
			map[string]int{"/readyz": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/cmdline": 200, "/jobs": 401},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, c.yaml)
			serverproc.Until(t, time.Minute, func() (bool, string) { // its workers begin beside its first requests
				status, body := get(t, cmp.Or(f.server.OperatorURL(), f.url)+"/readyz")
				return status == http.StatusOK, body
			})
			for path, want := range c.public {
				if got, body := get(t, f.url+path); got != want {
					t.Errorf("%s for all: %d %.200s, want %d", path, got, body, want)
				}
			}
			if at := f.server.OperatorURL(); (at == "") != (c.operator == nil) {
				t.Fatalf("the operators' address is %q", at)
			}
			for path, want := range c.operator {
				if got, body := get(t, f.server.OperatorURL()+path); got != want {
					t.Errorf("%s for operators: %d %.200s, want %d", path, got, body, want)
				}
			}
			if c.operator != nil { // no caller's address leads there either
				a := f.call("POST", "/webhooks", `{"url":"`+f.server.OperatorURL()+`/metrics","events":["job.failed"]}`)
				if a.status != http.StatusBadRequest {
					t.Errorf("a webhook to the operators' address: %d %s", a.status, a.body)
				}
			}
		})
	}
}

// TestAnEndIsNoTrouble: nothing that belongs to a server's end is logged as if
// it were a fault.
func TestAnEndIsNoTrouble(t *testing.T) {
	t.Parallel()
	f := serve(t, "operator_listen: 127.0.0.1:0\n")
	for range 2 {
		if got, body := get(t, f.server.OperatorURL()+"/metrics"); got != http.StatusOK {
			t.Errorf("metrics: %d %.200s", got, body)
		}
	}
	f.stop()
	if says := f.log.String(); strings.Contains(says, `"ERROR"`) || strings.Contains(says, `"WARN"`) {
		t.Errorf("the log says %s", says)
	}
}

func TestTheProfilerNeedsTheOperatorsAddress(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, file: filepath.Join(t.TempDir(), "claim.yaml"), log: &serverproc.Log{}}
	f.configure("profiler: true\n")
	cfg, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(t.Context(), cfg, "test", f.log); err == nil || !strings.Contains(err.Error(), "operator_listen") {
		t.Errorf("got %v", err)
	}
}

func TestAServerWhoseFilesCannotBeKeptIsNotReady(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	if got, body := get(t, f.url+"/readyz"); got != http.StatusOK {
		t.Fatalf("at first: %d %s", got, body)
	}
	files := filepath.Join(filepath.Dir(f.file), "data", "files")
	if err := os.RemoveAll(filepath.Join(files, "tmp")); err != nil {
		t.Fatal(err)
	}
	f.until("that it is not ready", func() bool {
		got, _ := get(t, f.url+"/readyz")
		return got == http.StatusServiceUnavailable
	})
	if !strings.Contains(f.log.String(), "the storage takes no files") {
		t.Error("the log does not say why")
	}
}
