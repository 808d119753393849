package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// A submitter runs claimcheck submit on a server of its own, in a folder of its
// own.
type submitter struct {
	t      *testing.T
	server *serverproc.Server
	caller *caller
	dir    string
	env    []string
}

func newSubmitter(t *testing.T) *submitter {
	t.Helper()
	server := serverproc.Start(t, serverproc.Options{})
	key := server.Key("ann")
	dir := t.TempDir()
	env := append(os.Environ(), "CLAIMCHECK_URL="+server.URL, "CLAIMCHECK_API_KEY="+key, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "AppData="+dir)
	return &submitter{t: t, server: server, caller: newCaller(server, key), dir: dir, env: env}
}

// command is claimcheck submit with these arguments.
func (s *submitter) command(args ...string) *exec.Cmd {
	cmd := exec.Command(serverproc.Program(s.t), append([]string{"submit"}, args...)...) // it dies with the test
	cmd.Dir, cmd.Env = s.dir, s.env
	testneeds.DieWithParent(cmd)
	return cmd
}

// run runs it to its end.
func (s *submitter) run(args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	cmd := s.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // the exit code tells
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (s *submitter) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// jobs are the ids of all jobs of the caller.
func (s *submitter) jobs() []string {
	s.t.Helper()
	a := s.caller.get(s.t, "/jobs?limit=100")
	if a.status != http.StatusOK {
		s.t.Fatalf("GET /jobs: %s", a)
	}
	var ids []string
	for _, text := range decode[api.JobList](s.t, a).Jobs {
		ids = append(ids, decode[api.Status](s.t, answer{body: text}).JobID)
	}
	return ids
}

// TestASubmissionThatWasKilledGoesOn kills the program at different points of many
// submissions and runs it again: each input is one job in the end, and each output
// is there.
func TestASubmissionThatWasKilledGoesOn(t *testing.T) {
	t.Parallel()
	const inputs = 30
	s := newSubmitter(t)
	args := []string{"test-sleep", "-o", "out/", "--resume"}
	for i := range inputs {
		name := fmt.Sprintf("in-%02d.txt", i)
		s.write(name, fmt.Sprintf("20ms number %d", i))
		args = append(args, name)
	}
	for _, until := range []int{1, 7, 15, 22} { // jobs that there are when it is killed
		cmd := s.command(args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		go func() {
			_ = cmd.Wait() // it was killed
			close(over)
		}()
		serverproc.Until(t, jobLimit, func() (bool, string) {
			n := len(s.jobs())
			return n >= until, fmt.Sprintf("%d jobs of %d", n, until)
		})
		_ = cmd.Process.Kill() // it may be over already
		<-over
	}
	_, stderr, code := s.run(args...)
	if code != 0 || !strings.Contains(stderr, "30 of 30 done") {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	ids := s.jobs()
	if slices.Sort(ids); len(slices.Compact(ids)) != inputs {
		t.Errorf("there are %d jobs, want %d", len(ids), inputs)
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, "out"))
	if err != nil || len(entries) != inputs {
		t.Errorf("got %v, %v, want %d files", entries, err, inputs)
	}
	for i := range inputs {
		text, err := os.ReadFile(filepath.Join(s.dir, "out", fmt.Sprintf("in-%02d.txt", i)))
		if want := fmt.Sprintf("number %d", i); err != nil || string(text) != want {
			t.Errorf("got %q, %v, want %q", text, err, want)
		}
	}
}

// TestALargeSubmissionGoesByAnUpload hands in more than goes in one body, and again
// with --resume: the same job, for which nothing is sent.
func TestALargeSubmissionGoesByAnUpload(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("large.json", "["+strings.Repeat(`"0123456789abcdef",`, 600_000)+"0]")
	stdout, stderr, code := s.run("json-minify", "large.json", "--json")
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	again, stderr, code := s.run("json-minify", "large.json", "--json", "--resume")
	if code != 0 || again != stdout || len(s.jobs()) != 1 {
		t.Errorf("exit code %d, %s; got %s want %s, %d jobs", code, stderr, again, stdout, len(s.jobs()))
	}
	cmd := s.command("json-minify", "-", "-o", "large.min")
	in, err := os.Open(filepath.Join(s.dir, "large.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("by standard input: %v: %s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(s.dir, "large.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(s.dir, "large.min")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
}

// TestInAPipeAnInterruptLeavesTheJobs sends what Ctrl-C sends.
func TestInAPipeAnInterruptLeavesTheJobs(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("a.txt", "60s")
	s.write("b.txt", "61s")
	for _, sig := range []os.Signal{os.Interrupt} {
		cmd := s.command("test-sleep", "a.txt", "b.txt")
		var stdout, stderr serverproc.Log
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		serverproc.Until(t, jobLimit, func() (bool, string) { return len(s.jobs()) == 2, "not both are handed in" })
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the exit code tells
		if code := cmd.ProcessState.ExitCode(); code != 130 || stdout.String() != "" {
			t.Errorf("exit code %d, printed %q", code, stdout.String())
		}
		for _, id := range s.jobs() {
			if !strings.Contains(stderr.String(), id) {
				t.Errorf("job %s is not told: %s", id, stderr.String())
			}
			if is := s.caller.status(t, id); is.Status == "failed" {
				t.Errorf("job %s was not left: %+v", id, is.Error)
			}
		}
	}
}
