package testneeds_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// A recorder is a test that notes how it ends.
type recorder struct {
	testing.TB
	outcome string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) { r.end("failed", format, args...) }

func (r *recorder) Skipf(format string, args ...any) { r.end("skipped", format, args...) }

func (r *recorder) end(how, format string, args ...any) {
	r.outcome = how + " " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// outcome runs f as a test and returns how it ended, "" if well.
func outcome(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.outcome
}

func TestMissingSkipsUnlessForbidden(t *testing.T) {
	for value, want := range map[string]string{"": "skipped", "0": "skipped", "1": "failed"} {
		t.Setenv("CLAIMCHECK_TEST_NO_SKIP", value)
		got := outcome(t, func(t testing.TB) { t.Helper(); testneeds.Missing(t, "a moon") })
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "a moon") {
			t.Errorf("with %q: %q, want it %s", value, got, want)
		}
	}
}

func TestNodeModulesFindsPackage(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CLAIMCHECK_NODE_MODULES", dir)
	t.Setenv("CLAIMCHECK_TEST_NO_SKIP", "")
	var found string
	look := func(t testing.TB) { t.Helper(); found = testneeds.NodeModules(t, "left-pad") }
	if got := outcome(t, look); !strings.HasPrefix(got, "skipped") || !strings.Contains(got, "left-pad") {
		t.Errorf("absent: %q", got)
	}
	want := filepath.Join(dir, "left-pad")
	if err := os.Mkdir(want, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(want, "package.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := outcome(t, look); got != "" || found != want {
		t.Errorf("present: %q in %q, want %q", got, found, want)
	}
}

func TestProgramFindsWhatIsInstalled(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("CLAIMCHECK_TEST_NO_SKIP", "")
	var found string
	look := func(t testing.TB) {
		t.Helper()
		found = testneeds.Program(t, "a moon (apt-get install moon)", "moon", "luna")
	}
	if got := outcome(t, look); got != "skipped missing: a moon (apt-get install moon)" {
		t.Errorf("absent: %q", got)
	}
	if got := outcome(t, func(t testing.TB) { t.Helper(); testneeds.Node(t) }); !strings.HasPrefix(got, "skipped missing: Node ") {
		t.Errorf("no Node: %q", got)
	}
	want := filepath.Join(dir, "luna")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := outcome(t, look); got != "" || found != want {
		t.Errorf("present: %q, %q, want %q", got, found, want)
	}
}
