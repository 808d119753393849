package judges_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// A trial is a job in some state and what a program must print of it.
type trial struct {
	name, job     string
	args          []string // of the program, after the job
	want, wantErr []string
}

// wantPrinted runs a program of testdata that follows a job, and looks for texts
// in what it prints.
func (tr *trial) wantPrinted(t *testing.T, s *service, interpreter, program string) {
	t.Helper()
	args := append([]string{filepath.Join("testdata", program), s.URL, s.key, tr.job}, tr.args...)
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

const unfinishedMessage = "Your job is being processed."

// TestRequestsFollowsAJob uses Python's requests as the public page says.
func TestRequestsFollowsAJob(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the one that apt installs requests for
	if err := exec.CommandContext(t.Context(), python, "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "requests for "+python+" (apt-get install python3-requests)")
	}
	s := start(t, "")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "finished", job: done, args: []string{"1"}, want: []string{"'preview': 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, args: []string{"1"}, wantErr: []string{s.finished(t, failed).Error.Message, failingCode, "'line': 1", "'column': 1"}},
		{name: "unfinished", job: s.submit(t, sleepTool, "10m"), args: []string{"1"}, want: []string{unfinishedMessage}},
		{name: "late", job: s.submit(t, sleepTool, "2s late text"), args: []string{"20"}, want: []string{unfinishedMessage, "'preview': 'late text'"}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, s, python, "poll.py") })
	}
}

// TestFetchFollowsAJob uses the fetch of Node as the public page says: an
// unfinished job is asked for until its end.
func TestFetchFollowsAJob(t *testing.T) {
	t.Parallel()
	exe := nodeProgram(t)
	s := start(t, "")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "unfinished", job: s.submit(t, sleepTool, "3s late text"), want: []string{unfinishedMessage + "\n", "preview: 'late text'"}},
		{name: "finished", job: done, want: []string{"preview: 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, wantErr: []string{s.finished(t, failed).Error.Message, failingCode, "line: 1", "column: 1"}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, s, exe, "poll.mjs") })
	}
}
