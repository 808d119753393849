package judges_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// Where the public page is, seen from this folder, and what its sample programs
// have for us to replace.
const (
	publicPage = "../../../shared/seed-status-api.txt"
	sampleBase = "https://api.apidatatools.com"
	sampleKey  = "your_api_key"
	sampleID   = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"

	headingEnd = "¶"
)

// sample takes a program out of the public page: the lines between the heading
// that begins with a text and the next heading.
func sample(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile(publicPage)
	if errors.Is(err, fs.ErrNotExist) {
		testneeds.Missing(t, "the public page "+publicPage)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "\n"+heading)
	_, rest, _ = strings.Cut(rest, "\n")
	var program strings.Builder
	for line := range strings.Lines(rest) {
		if strings.HasSuffix(strings.TrimSpace(line), headingEnd) {
			break
		}
		program.WriteString(line)
	}
	for _, part := range []string{sampleBase, sampleKey, sampleID} {
		if !found || !strings.Contains(program.String(), part) {
			t.Fatalf("the sample %q of the public page is not what it was: %s", heading, &program)
		}
	}
	return program.String()
}

// forJob makes a sample ask this server for a job.
func (s *service) forJob(sample, id string) string {
	return strings.NewReplacer(sampleBase, s.URL, sampleKey, s.key, sampleID, id).Replace(sample)
}

// indented gives Python back the white space that the page has lost: each of
// the sample's blocks is one line.
func indented(sample string) string {
	var b strings.Builder
	inBlock := false
	for line := range strings.Lines(sample) {
		if inBlock {
			b.WriteString("    ")
		}
		b.WriteString(line)
		inBlock = strings.HasSuffix(strings.TrimSpace(line), ":")
	}
	return b.String()
}

// A trial is a job in some state and what a sample must print of it.
type trial struct {
	name, job     string
	want, wantErr []string
}

// wantPrinted runs a sample and looks for texts in what it prints.
func (tr *trial) wantPrinted(t *testing.T, interpreter, file, sample string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr := run(t, interpreter, path)
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

func TestPythonSample(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // the one that apt installs requests for
	if err := exec.CommandContext(t.Context(), python, "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "requests for "+python+" (apt-get install python3-requests)")
	}
	program := indented(sample(t, "Example with Python"))
	s := start(t, "")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "finished", job: done, want: []string{"'preview': 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, want: []string{s.finished(t, failed).Error.Message, failingCode, "'line': 1", "'column': 1"}},
		{name: "unfinished", job: s.submit(t, sleepTool, "10m"), want: []string{unfinishedMessage, " 1 "}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, python, "sample.py", s.forJob(program, tr.job)) })
	}
}

// TestJavaScriptSample has the sample poll an unfinished job to its end, as it
// does.
func TestJavaScriptSample(t *testing.T) {
	t.Parallel()
	exe := nodeProgram(t)
	program := sample(t, "Example with JavaScript")
	s := start(t, "")
	done, failed := s.submit(t, sleepTool, "0s some text"), s.submit(t, failTool, "invalid")
	s.finished(t, done)
	for _, tr := range []trial{
		{name: "unfinished", job: s.submit(t, sleepTool, "3s late text"), want: []string{unfinishedMessage + "\n", "preview: 'late text'"}},
		{name: "finished", job: done, want: []string{"preview: 'some text'", "/downloads/test_sleep_"}},
		{name: "failed", job: failed, wantErr: []string{s.finished(t, failed).Error.Message, failingCode, "line: 1", "column: 1"}},
	} {
		t.Run(tr.name, func(t *testing.T) { tr.wantPrinted(t, exe, "sample.mjs", s.forJob(program, tr.job)) })
	}
}
