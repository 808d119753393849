package main_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"claimcheck/client"
	"claimcheck/internal/serverproc"
)

// A customer is somebody with a shell and a key.
type customer struct {
	t      *testing.T
	client *client.Client
	env    []string
	folder string
}

func newCustomer(t *testing.T) *customer {
	t.Helper()
	s := serverproc.Start(t, serverproc.Options{})
	key := s.Key("ann")
	c, err := client.New(s.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	return &customer{t: t, client: c, env: []string{"CLAIMCHECK_URL=" + s.URL, "CLAIMCHECK_API_KEY=" + key}, folder: t.TempDir()}
}

// submits hands in a job and returns its id.
func (c *customer) submits(tool, input string, metadata map[string]string) string {
	c.t.Helper()
	ticket, err := c.client.Submit(c.t.Context(), tool, strings.NewReader(input), client.Options{Metadata: metadata})
	if err != nil {
		c.t.Fatal(err)
	}
	return ticket.JobID
}

// command is a command line of the program's, without a terminal.
func (c *customer) command(args ...string) *exec.Cmd {
	c.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), serverproc.Program(c.t), args...)
	cmd.Dir, cmd.Env = c.folder, append(os.Environ(), c.env...)
	c.t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill() // it is over, if all went well
		}
	})
	return cmd
}

func (c *customer) onTerminal(stdout *os.File, args ...string) *serverproc.Terminal {
	c.t.Helper()
	return serverproc.OnTerminal(c.t, c.folder, c.env, stdout, args...)
}

func TestOnATerminalAWatchedJobHasALineOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	slow, bad := c.submits("test-sleep", "60s", nil), c.submits("json-minify", "{\"a\" \x1b[2J}", nil)
	term := c.onTerminal(nil, "watch", slow, bad)
	term.Sees("…" + slow[24:] + " processing")
	term.Sees(bad + "  failed      INVALID_JSON: ")
	if _, err := c.client.Cancel(t.Context(), slow); err != nil {
		t.Fatal(err)
	}
	if code := term.End(); code != 1 {
		t.Errorf("got exit code %d", code)
	}
	shown := term.Shows.String()
	if !strings.Contains(shown, slow+"  failed      CANCELED: ") || strings.Contains(shown, "\x1b[2J") || strings.Count(shown, bad) != 1 {
		t.Errorf("the terminal showed\n%q", shown)
	}
}

func TestOnATerminalAWaitShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	id := c.submits("test-sleep", "60s", nil)
	term := c.onTerminal(nil, "wait", id)
	term.Sees("…" + id[24:] + " processing")
	term.Types(serverproc.CtrlC)
	if code := term.End(); code != 130 {
		t.Errorf("got exit code %d", code)
	}
	if shown := term.Shows.String(); !strings.Contains(shown, "claimcheck: interrupted; the jobs go on; to come back to them: claimcheck wait "+id) {
		t.Errorf("the terminal showed\n%q", shown)
	}
	if is, err := c.client.Get(t.Context(), id); err != nil || is.Status != "processing" {
		t.Errorf("the job is %s, error %v", is.Status, err)
	}
	if _, err := c.client.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	term = c.onTerminal(nil, "wait", "--quiet", id)
	if code, shown := term.End(), term.Shows.String(); code != 1 || !strings.HasPrefix(shown, id+"  failed      CANCELED: ") || strings.Contains(shown, "\x1b") {
		t.Errorf("--quiet: got exit code %d, the terminal showed\n%q", code, shown)
	}
}

func TestInAPipeAWatchIsInterruptedAsWell(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	id := c.submits("test-sleep", "60s", nil)
	cmd := c.command("watch", "--json", id)
	var stdout, stderr serverproc.Log
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serverproc.Until(t, jobLimit, func() (bool, string) { return strings.Contains(stdout.String(), "\n"), "no change is told" })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 130 {
		t.Errorf("got %v", err)
	}
	if want := "claimcheck: interrupted; the jobs go on; to come back to them: claimcheck watch " + id + "\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
	for line := range strings.Lines(stdout.String()) {
		if !strings.HasPrefix(line, `{"job_id":"`+id+`"`) || !strings.HasSuffix(line, "}\n") {
			t.Errorf("got the line %q", line)
		}
	}
}

// TestNobodyReadsTheOutput has commands write into a pipe that nobody reads: they end
// as other programs do, and do not go on for nobody.
func TestNobodyReadsTheOutput(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	id := c.submits("json-minify", "{ }", nil)
	if _, err := c.client.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"jobs"}, {"jobs", "--json"}, {"status", id}, {"wait", id}, {"watch", id}, {"result", id}, {"download", id}, {"usage"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := c.command(args...)
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &stderr
		err = cmd.Run()
		w.Close()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || stderr.Len() > 0 {
			t.Errorf("%q: got %v, %q", args, err, stderr.String())
			continue
		}
		if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGPIPE {
			t.Errorf("%q: got %v", args, err)
		}
	}
}

func TestOnATerminalADownloadGoesIntoTheFolder(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	id := c.submits("test-sleep", "0s \x1b[2Jtext", nil)
	if _, err := c.client.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	term := c.onTerminal(nil, "download", id)
	if code := term.End(); code != 0 {
		t.Fatalf("got exit code %d, the terminal showed\n%q", code, term.Shows.String())
	}
	files, err := filepath.Glob(filepath.Join(c.folder, "*"))
	if err != nil || len(files) != 1 || !strings.HasPrefix(filepath.Base(files[0]), "test_sleep_") || filepath.Ext(files[0]) != ".txt" {
		t.Fatalf("got %q, %v", files, err)
	}
	if text, err := os.ReadFile(files[0]); err != nil || string(text) != "\x1b[2Jtext" {
		t.Errorf("got %q, %v", text, err)
	}
	term = c.onTerminal(nil, "download", id)
	if code := term.End(); code != 2 || !strings.Contains(term.Shows.String(), "is there already; --force replaces it") {
		t.Errorf("again: got exit code %d, the terminal showed\n%q", code, term.Shows.String())
	}
	term = c.onTerminal(nil, "download", id, "-o", "-")
	if code := term.End(); code != 0 || !strings.Contains(term.Shows.String(), `\x1b[2Jtext`) || strings.Contains(term.Shows.String(), "\x1b[2J") {
		t.Errorf("-o -: got exit code %d, the terminal showed\n%q", code, term.Shows.String())
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	term = c.onTerminal(w, "download", id) // its progress is on the terminal, the file in the pipe
	w.Close()
	text, err := io.ReadAll(r)
	if code := term.End(); code != 0 || err != nil || string(text) != "\x1b[2Jtext" {
		t.Errorf("in a pipe: got exit code %d, %q, %v", code, text, err)
	}
}

func TestOnATerminalABulkAsks(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	id := c.submits("test-sleep", "60s", nil)
	for answer, want := range map[string]int{"\r": 1, "n\r": 1, serverproc.CtrlC: 130} {
		term := c.onTerminal(nil, "bulk", "delete", "--tool", "test-sleep")
		term.Sees("delete 1 job? [y/N] ")
		term.Types(answer)
		if code := term.End(); code != want || !strings.Contains(term.Shows.String(), "nothing was done") {
			t.Errorf("%q: got exit code %d, the terminal showed\n%q", answer, code, term.Shows.String())
		}
		if _, err := c.client.Get(t.Context(), id); err != nil {
			t.Errorf("%q: %v", answer, err)
		}
	}
	term := c.onTerminal(nil, "bulk", "delete", "--tool", "test-sleep")
	term.Sees("[y/N] ")
	term.Types("y\r")
	if code := term.End(); code != 0 || !strings.Contains(term.Shows.String(), "delete: 1 of 1 job") {
		t.Errorf("got exit code %d, the terminal showed\n%q", code, term.Shows.String())
	}
	if _, err := c.client.Get(t.Context(), id); err == nil {
		t.Error("the job is there still")
	}
}

// TestOnATerminalAPauseIsTold has a server ask for a pause: who sits there is told why
// nothing happens, and nobody who reads a pipe.
func TestOnATerminalAPauseIsTold(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%2 == 1 {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, `{"status":"error","error":"RATE_LIMITED","details":{"message":"Too \u001b[2J many."},"retry_after":2}`)
			return
		}
		_, _ = io.WriteString(w, `{"owner":"ann"}`)
	}))
	defer server.Close()
	c := &customer{t: t, env: []string{"CLAIMCHECK_URL=" + server.URL, "CLAIMCHECK_API_KEY=k"}, folder: t.TempDir()}
	term := c.onTerminal(nil, "usage")
	if code, shown := term.End(), term.Shows.String(); code != 0 || !strings.HasPrefix(shown, `claimcheck: RATE_LIMITED: Too \x1b[2J many.; going on in 2s`) || !strings.Contains(shown, "ann") {
		t.Errorf("got exit code %d, the terminal showed\n%q", code, shown)
	}
	var stderr bytes.Buffer
	cmd := c.command("usage")
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil || stderr.Len() > 0 || !strings.Contains(string(out), "ann") {
		t.Errorf("got %v, %q, %q", err, out, stderr.String())
	}
}

// TestMetadataIsHarmlessOnATerminal has metadata that would take a terminal over: it
// can be listed and filtered by.
func TestMetadataIsHarmlessOnATerminal(t *testing.T) {
	t.Parallel()
	c := newCustomer(t)
	value := "\x1b[2J\u202e\u009b\a=x"
	id := c.submits("json-minify", "{ }", map[string]string{"odd": value})
	c.submits("json-minify", "{ }", map[string]string{"odd": "other"})
	term := c.onTerminal(nil, "jobs", "--json", "--metadata", "odd="+value)
	if code, shown := term.End(), term.Shows.String(); code != 0 || !strings.Contains(shown, id) || strings.Count(shown, "\n") != 1 || strings.ContainsAny(shown, "\x1b\u202e\u009b\a") ||
		!strings.Contains(shown, `"metadata":{"odd":"\u001b[2J\u202e\u009b\u0007=x"}`) {
		t.Errorf("got exit code %d, the terminal showed\n%q", code, shown)
	}
}
