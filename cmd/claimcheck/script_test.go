package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"claimcheck/client"
	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// TestScripts runs the command line as a person would; each file of
// testdata/script is one story.
func TestScripts(t *testing.T) {
	t.Parallel()
	program := serverproc.Program(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			tb, ok := env.T().(testing.TB)
			if !ok {
				return errors.New("testscript does not show its test")
			}
			env.Values[storyKey] = &story{TB: tb}
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("DATA", serverproc.Folder(tb))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refuses": refuses,
			"exits":   exits,
			"calls":   calls,
			"server":  startServer,
			"address": freeAddress,
			"certify": certify,
			"halt":    haltServer,
			"call":    callServer,
			"submit":  submitJob,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// A story is what a script's own commands need.
type story struct {
	testing.TB

	server *serverproc.Server
}

const storyKey = "story"

func storyOf(ts *testscript.TestScript) *story {
	s, ok := ts.Value(storyKey).(*story)
	if !ok {
		ts.Fatalf("no story")
	}
	return s
}

// refuses CODE ARGUMENT... runs claimcheck, which must end with this exit code
// and say one sentence on stderr and nothing on stdout.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refuses CODE ARGUMENT...")
	}
	err := ts.Exec("claimcheck", args[1:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("got %v, want exit code %s", err, args[0])
	}
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "claimcheck: ") {
		ts.Fatalf("got stdout %q, stderr %q, want one sentence on stderr", stdout, stderr)
	}
}

// exits CODE ARGUMENT... runs claimcheck, which must end with this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARGUMENT...")
	}
	err, code := ts.Exec("claimcheck", args[1:]...), 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("got exit code %d, want %s", code, args[0])
	}
}

// calls OWNER makes a key of an owner's, and has the commands that follow call the
// server with it; the key is in the file OWNER too.
func calls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: calls OWNER")
	}
	ts.Check(ts.Exec("claimcheck", "keys", "create", "--data", ts.Getenv("DATA"), "--owner", args[0]))
	key := ts.ReadFile("stdout")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(key), 0o600))
	ts.Setenv("CLAIMCHECK_URL", storyOf(ts).server.URL)
	ts.Setenv("CLAIMCHECK_API_KEY", strings.TrimSpace(key))
}

// server FLAG... starts a server on $DATA, in the script's environment of
// settings, and sets $SERVER to its URL.
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	s := storyOf(ts)
	var env []string
	for _, name := range []string{"CLAIMCHECK_CONFIG", "CLAIMCHECK_WORKERS", "CLAIMCHECK_MAX_HEADER_BYTES"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	s.server = serverproc.Start(s, serverproc.Options{Data: ts.Getenv("DATA"), Args: args, Env: env})
	ts.Setenv("SERVER", s.server.URL)
}

// address NAME sets $NAME to an address and port that nobody listens on just now.
func freeAddress(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: address NAME")
	}
	ts.Setenv(args[0], proxyproc.FreeAddress(storyOf(ts)))
}

// certify makes a certificate of localhost and 127.0.0.1: cert.pem, its key key.pem.
func certify(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: certify")
	}
	testneeds.Certificate(storyOf(ts), ts.Getenv("WORK"), 1, time.Now().Add(time.Hour))
}

// halt stops the server; it must end well. (stop is the library's, and ends a script.)
func haltServer(ts *testscript.TestScript, _ bool, _ []string) {
	storyOf(ts).server.Stop()
}

// call STATUS METHOD PATH [KEYFILE [BODY]] makes a call; the answer's body is
// then stdout.
func callServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: call STATUS METHOD PATH [KEYFILE [BODY]]")
	}
	s := storyOf(ts)
	args = append(args, "", "")
	c := &caller{base: s.server.URL, http: http.DefaultClient}
	if args[3] != "" {
		c.key = strings.TrimSpace(ts.ReadFile(args[3]))
	}
	a, err := c.try(s.Context(), args[1], args[2], []byte(args[4]))
	ts.Check(err)
	if strconv.Itoa(a.status) != args[0] {
		ts.Fatalf("%s %s: got %s, want %s", args[1], args[2], a, args[0])
	}
	_, err = fmt.Fprintln(ts.Stdout(), string(a.body))
	ts.Check(err)
}

// submit NAME KEYFILE TOOL BODY [STATUS] hands in a job and sets $NAME to its id.
// With a status the job is waited for, and must end so.
func submitJob(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: submit NAME KEYFILE TOOL BODY [STATUS]")
	}
	s := storyOf(ts)
	c, err := client.New(s.server.URL, strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	ticket, err := c.Submit(s.Context(), args[2], strings.NewReader(args[3]), client.Options{})
	ts.Check(err)
	ts.Setenv(args[0], ticket.JobID)
	if len(args) > 4 {
		is, err := c.Wait(s.Context(), ticket.JobID)
		ts.Check(err)
		if is.Status != args[4] {
			ts.Fatalf("the job ended as %s, want %s", is.Status, args[4])
		}
	}
}
