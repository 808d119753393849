package agents_test

import (
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// seen is what a client prints in the end.
type seen struct {
	Tools    int
	Version  string
	Kind     string
	Jobs     int
	ID       string
	Status   string // of its task
	Failures []string
	Result   struct {
		IsError           bool
		StructuredContent map[string]any
	}
	Error any // of its task
	Early any // the answer of a call that was not lost
}

// A client is a program that calls slow-work and prints what came of it.
type client struct {
	name    string
	tasks   bool // it knows tasks: its task is followed; else the call is lost with the server
	program func(t *testing.T, h *house, key string) *exec.Cmd
}

var clients = []client{
	{"go-sdk", false, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return exec.CommandContext(t.Context(), testneeds.Foreign(t, "mcpclient"), h.mcp(), key, "slow_work")
	}},
	{"client", false, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return script(t, h, key, "client.mjs", "@modelcontextprotocol/client", nil)
	}},
	{"client-modern", false, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return script(t, h, key, "client.mjs", "@modelcontextprotocol/client", map[string]any{"modern": true})
	}},
	{"sdk", true, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return script(t, h, key, "sdk.mjs", "@modelcontextprotocol/sdk", nil)
	}},
	{"sdk-stdio", true, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return script(t, h, key, "sdk.mjs", "@modelcontextprotocol/sdk", map[string]any{"program": serverproc.Program(t), "server": h.at})
	}},
	{"ext-tasks", true, func(t *testing.T, h *house, key string) *exec.Cmd {
		t.Helper()
		return script(t, h, key, "ext.mjs", "@modelcontextprotocol/ext-tasks", nil)
	}},
}

// TestATaskOutlivesTheServer has each client call a tool whose work the server
// dies of, and find its job again: it is there, is the only one, and ends once,
// with its second attempt.
func TestATaskOutlivesTheServer(t *testing.T) {
	t.Parallel()
	h := open(t)
	keys := map[string]string{}
	var running sync.WaitGroup
	outs := make([]*output, len(clients))
	for i, c := range clients {
		keys[c.name] = h.Key(c.name)
		outs[i] = begin(t, &running, c.program(t, h, keys[c.name]))
	}
	for i, c := range clients {
		h.desk.wait(t)
		if c.tasks {
			outs[i].wait(t)
		}
	}
	h.crash(t)
	close(h.desk.slow.open)
	running.Wait()
	for i, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			s := decode[seen](t, outs[i].text(t))
			if s.Early != nil || s.Tools < 10 || s.Jobs != 1 || s.ID == "" || s.Result.IsError || s.Result.StructuredContent["worked"] != true {
				t.Errorf("it saw %+v", s)
			}
			if c.tasks != (s.Status == "completed") || !c.tasks && len(s.Failures) == 0 {
				t.Errorf("its task ended as %q, failures %q", s.Status, s.Failures)
			}
			once(t, h, keys[c.name], s.ID)
		})
	}
	if n := len(h.desk.slow.came); n != len(clients) {
		t.Errorf("after the restart the endpoint ran %d times, want once for each of %d jobs", n, len(clients))
	}
}

// A list is what GET /jobs?view=full tells.
type list struct {
	Jobs []struct {
		JobID    string `json:"job_id"`
		Status   string
		Attempts []struct{ Error string }
	}
}

// once wants one job of an owner, ended well by its second attempt.
func once(t *testing.T, h *house, key, id string) {
	t.Helper()
	all := askAs[list](t, h, key, "/jobs?view=full").Jobs
	if len(all) != 1 || all[0].JobID != id || all[0].Status != "success" {
		t.Fatalf("the owner has %+v, want job %s alone, ended well", all, id)
	}
	if tries := all[0].Attempts; len(tries) != 2 || tries[0].Error != "WORKER_LOST" || tries[1].Error != "" {
		t.Errorf("the job's attempts were %+v, want one that was lost and one that ended it", tries)
	}
}

// output is what a program prints.
type output struct {
	stdout strings.Builder
	stderr notices
	err    error // of its end
}

func begin(t *testing.T, running *sync.WaitGroup, cmd *exec.Cmd) *output {
	t.Helper()
	out := &output{stderr: notices{task: make(chan struct{})}}
	cmd.Stdout, cmd.Stderr = &out.stdout, &out.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	running.Go(func() { out.err = cmd.Wait() })
	return out
}

// notices are what a program says on stderr; one that has a task says so.
type notices struct {
	text strings.Builder
	task chan struct{} // closed when it has
	has  bool
}

// Write takes what the program says.
func (n *notices) Write(b []byte) (int, error) {
	_, _ = n.text.Write(b) // never fails
	if !n.has && strings.Contains(n.text.String(), "task ") {
		n.has = true
		close(n.task)
	}
	return len(b), nil
}

// wait waits until the program has its task.
func (o *output) wait(t *testing.T) {
	t.Helper()
	select {
	case <-o.stderr.task:
	case <-time.After(patience):
		t.Fatal("a client has no task")
	}
}

func (o *output) text(t *testing.T) []byte {
	t.Helper()
	if o.err != nil {
		t.Fatalf("%v\n%s\n%s", o.err, o.stdout.String(), o.stderr.text.String())
	}
	return []byte(o.stdout.String())
}
