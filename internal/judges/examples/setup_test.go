package examples_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	_ "claimcheck/client" // which the Go example is made of: the go command has to notice when it changes
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

func TestMain(m *testing.M) {
	serverproc.Main(m)
	if err := removeProgram(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// patience is how long an example may take on a slow machine.
const patience = 60 * time.Second

// folder is where the reader finds the examples.
var folder = filepath.Join("..", "..", "..", "examples")

// An example is a program that has a JSON file laid out.
type example struct {
	name  string
	holds bool                                  // it has its requests held, instead of asking again
	argv  func(t *testing.T) (command []string) // the file follows
}

var examples = []example{
	{name: "curl", argv: func(t *testing.T) []string { t.Helper(); return shell(t, "curl/poll.sh") }},
	{name: "curl, waiting", holds: true, argv: func(t *testing.T) []string { t.Helper(); return shell(t, "curl/wait.sh") }},
	{name: "Python", argv: func(t *testing.T) []string {
		t.Helper()
		return []string{python(t), filepath.Join(folder, "python", "poll.py")}
	}},
	{name: "Node", argv: func(t *testing.T) []string {
		t.Helper()
		return []string{testneeds.Node(t), filepath.Join(folder, "node", "poll.mjs")}
	}},
	{name: "TypeScript", argv: typescript},
	{name: "Go", holds: true, argv: func(t *testing.T) []string {
		t.Helper()
		program := filepath.Join(t.TempDir(), "format")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "claimcheck/examples/go").CombinedOutput(); err != nil {
			t.Fatalf("build the example: %v\n%s", err, out)
		}
		return []string{program}
	}},
}

func shell(t *testing.T, script string) []string {
	t.Helper()
	testneeds.Program(t, "curl (apt-get install curl)", "curl")
	testneeds.Program(t, "jq (apt-get install jq)", "jq")
	return []string{testneeds.Program(t, "a shell", "sh"), filepath.Join(folder, filepath.FromSlash(script))}
}

// python is the one that apt installs requests for.
func python(t *testing.T) string {
	t.Helper()
	const exe = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), exe, "-c", "import requests").Run(); err != nil {
		testneeds.Missing(t, "requests for "+exe+" (apt-get install python3-requests)")
	}
	return exe
}

// ended is how a program ended.
type ended struct {
	stdout, stderr string
	code           int
}

// run runs a program to its end, with an environment that has the server's address
// and the key, as the examples say.
func run(t *testing.T, url, key string, argv ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	testneeds.DieWithParent(cmd)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, time.Second
	cmd.Env = append(os.Environ(), "CLAIMCHECK_URL="+url, "CLAIMCHECK_API_KEY="+key)
	err := cmd.Run()
	if ctx.Err() != nil || cmd.ProcessState == nil {
		t.Fatalf("%v: %v, %v\n%s", argv, err, context.Cause(ctx), &stderr)
	}
	return ended{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// file writes a file for an example.
func file(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// call makes a call and wants one status in answer; headers are pairs.
func call(t *testing.T, base, key string, want int, method, path, body string, headers ...string) serverproc.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := serverproc.Call{Base: base, Key: key, Method: method, Path: path, Body: []byte(body), Headers: headers}
	a, err := c.Do(ctx, http.DefaultClient)
	if err != nil || a.Status != want {
		t.Fatalf("%s %s: got %s, %v, want %d", method, path, a, err, want)
	}
	return a
}

func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %.300s", err, text)
	}
	return v
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
