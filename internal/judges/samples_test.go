package judges_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/testneeds"
)

// A trial is a job in some state and what a program must print of it.
type trial struct {
	name, job     string
	base          string   // the server's address, as the program is told it
	args          []string // of the program, after the job
	want, wantErr []string
}

// wantPrinted runs a program of testdata that follows a job, and looks for texts
// in what it prints.
func (tr *trial) wantPrinted(t *testing.T, s *service, interpreter, program string) {
	t.Helper()
	args := append([]string{filepath.Join("testdata", program), tr.base, s.key, tr.job}, tr.args...)
	stdout, stderr := run(t, interpreter, args...)
	for _, text := range tr.want {
		if !strings.Contains(stdout, text) {
			t.Errorf("it printed %q, want %q in it", stdout, text)
		}
	}
	for _, text := range tr.wantErr {
		if !strings.Contains(stderr, text) {
			t.Errorf("it printed the errors %q, want %q in them", stderr, text)
		}
	}
	if len(tr.wantErr) == 0 && stderr != "" {
		t.Errorf("it printed the errors %q, want none", stderr)
	}
}

// newLate starts a server, and a job on it whose end comes when it was seen
// unfinished through base, however long a program takes to begin.
func newLate(t *testing.T, text string) (s *service, base, job string) {
	t.Helper()
	seen := make(chan struct{})
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-seen:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "text/plain")
		//nolint:errcheck // the server sees what is missing
		w.Write([]byte(text))
	}))
	t.Cleanup(endpoint.Close)
	config := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(config, []byte("tools:\n  - {name: late, target: \""+endpoint.URL+"\", extensions: [txt]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, "", "--config="+config)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	tell := sync.OnceFunc(func() { close(seen) })
	proxy.ModifyResponse = func(*http.Response) error {
		tell()
		return nil
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	return s, front.URL, s.submit(t, "/late-api", "text")
}

const unfinishedMessage = "Your job is being processed."

// TestRequestsFollowsAJob uses Python's requests as the public page says.
func TestRequestsFollowsAJob(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the one that apt installs requests for
	if err := exec.CommandContext(t.Context(), python, "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "requests for "+python+" (apt-get install python3-requests)")
	}
	s, slow, late := newLate(t, "late text")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "finished", job: done, base: s.URL, args: []string{"1"}, want: []string{"'preview': 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, base: s.URL, args: []string{"1"}, wantErr: []string{s.finished(t, failed).Error.Message, failingCode, "'line': 1", "'column': 1"}},
		{name: "unfinished", job: s.submit(t, sleepTool, "10m"), base: s.URL, args: []string{"1"}, want: []string{unfinishedMessage}},
		{name: "late", job: late, base: slow, args: []string{"20"}, want: []string{unfinishedMessage, "'preview': 'late text'"}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, s, python, "poll.py") })
	}
}

// TestFetchFollowsAJob uses the fetch of Node as the public page says: an
// unfinished job is asked for until its end.
func TestFetchFollowsAJob(t *testing.T) {
	t.Parallel()
	exe := testneeds.Node(t)
	s, slow, late := newLate(t, "late text")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "late", job: late, base: slow, want: []string{unfinishedMessage + "\n", "preview: 'late text'"}},
		{name: "finished", job: done, base: s.URL, want: []string{"preview: 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, base: s.URL, wantErr: []string{s.finished(t, failed).Error.Message, failingCode, "line: 1", "column: 1"}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, s, exe, "poll.mjs") })
	}
}
