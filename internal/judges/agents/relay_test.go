package agents_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// A session is claimcheck mcp with somebody who types messages of the stateless
// era.
type session struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan line
}

// A line is a message of the program's.
type line struct {
	ID     any
	Method string
	Result map[string]any
	Error  map[string]any
	Params map[string]any
}

func newSession(t *testing.T, h *house) *session {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), serverproc.Program(t), "mcp", "--url", h.at)
	cmd.Env = append(os.Environ(), "CLAIMCHECK_API_KEY="+h.key)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, cmd: cmd, in: in, lines: make(chan line)}
	go func() {
		defer close(s.lines)
		for b := bufio.NewScanner(out); b.Scan(); {
			var l line
			if err := json.Unmarshal(b.Bytes(), &l); err != nil {
				t.Errorf("%v in %q", err, b.Text())
			}
			select {
			case s.lines <- l:
			case <-t.Context().Done():
				return
			}
		}
	}()
	return s
}

// say sends a request; params are members of JSON, without _meta.
func (s *session) say(id, method, params string) {
	s.t.Helper()
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}`
	if _, err := fmt.Fprintf(s.in, `{"jsonrpc":"2.0","id":%q,"method":%q,"params":{%s,%s}}`+"\n", id, method, params, meta); err != nil {
		s.t.Fatal(err)
	}
}

// hear reads lines until one is wanted.
func (s *session) hear(what string, wanted func(l line) bool) line {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case l, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("the program has ended, and %s has not come", what)
			}
			if wanted(l) {
				return l
			}
		case <-timer.C:
			s.t.Fatalf("%s has not come", what)
		}
	}
}

// end closes the input; the program must end well and say nothing more.
func (s *session) end() {
	s.t.Helper()
	if err := s.in.Close(); err != nil {
		s.t.Fatal(err)
	}
	for l := range s.lines {
		s.t.Errorf("at its end it says %+v", l)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Error(err)
	}
}

// about reports whether a line tells that a task has a status.
func about(task, status string) func(l line) bool {
	return func(l line) bool {
		return l.Method == "notifications/tasks" && l.Params["taskId"] == task && l.Params["status"] == status
	}
}

// TestTheRelayCarriesSubscriptions follows a task by claimcheck mcp: what changes
// comes by itself, also when the server dies and is there again, as soon as it is
// asked anew.
func TestTheRelayCarriesSubscriptions(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := newSession(t, h)
	s.say("call", "tools/call", `"name":"slow_work","arguments":{}`)
	task, _ := s.hear("the task", func(l line) bool { return l.ID == "call" }).Result["taskId"].(string)
	h.desk.wait(t)
	follow := fmt.Sprintf(`"notifications":{"taskIds":[%q]}`, task)
	s.say("first", "subscriptions/listen", follow)
	s.hear("the task's state", about(task, "working"))
	h.crash(t)
	s.hear("the end of the subscription", func(l line) bool {
		return l.Method == "notifications/cancelled" && l.Params["requestId"] == "first"
	})
	s.say("second", "subscriptions/listen", follow)
	s.hear("the task's state", about(task, "working"))
	close(h.desk.slow.open)
	s.hear("the task's end", about(task, "completed"))
	s.say("get", "tasks/get", fmt.Sprintf(`"taskId":%q`, task))
	if l := s.hear("the task", func(l line) bool { return l.ID == "get" }); l.Result["status"] != "completed" || l.Error != nil {
		t.Errorf("the task is %+v", l)
	}
	s.end()
}

// TestTheRelayEndsAtASignal has claimcheck mcp end at once, with a call under way.
func TestTheRelayEndsAtASignal(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := newSession(t, h)
	s.say("call", "job_list", strings.TrimSpace(`"name":"x"`))
	s.hear("an answer", func(l line) bool { return l.ID == "call" && l.Error != nil })
	s.say("task", "tools/call", `"name":"slow_work","arguments":{}`)
	h.desk.wait(t)
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	s.hearNothingMore()
}

// hearNothingMore wants the program to end well, its input being open.
func (s *session) hearNothingMore() {
	s.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case _, ok := <-s.lines:
			if !ok {
				if err := s.cmd.Wait(); err != nil {
					s.t.Error(err)
				}
				return
			}
		case <-timer.C:
			s.t.Fatal("the program does not end")
		}
	}
}
