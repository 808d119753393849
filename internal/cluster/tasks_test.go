package cluster_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// agents' requests of the Model Context Protocol, from clients that know tasks.
func asAgent(method, name, params string) (body string, headers []string) {
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}`
	headers = []string{"MCP-Protocol-Version: 2026-07-28", "Mcp-Method: " + method, "Content-Type: application/json", "Accept: application/json, text/event-stream"}
	if name != "" {
		headers = append(headers, "Mcp-Name: "+name)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{%s,%s}}`, method, params, meta), headers
}

// A seenTask is what of a task is compared.
type seenTask struct {
	ID     string `json:"taskId"`
	Status string
	Result json.RawMessage
}

func (c *caller) agent(method, name, params string) seenTask {
	c.t.Helper()
	body, headers := asAgent(method, name, params)
	return decode[struct{ Result seenTask }](c.t, c.want(200, "POST", "/mcp", body, headers...)).Result
}

// follow opens a stream about a task and sends its statuses; it is over with the
// stream.
func (c *caller) follow(id string) <-chan string {
	c.t.Helper()
	body, headers := asAgent("subscriptions/listen", "", `"notifications":{"taskIds":["`+id+`"]}`)
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.base+"/mcp", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("x-api-key", c.key)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := connections.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		c.t.Fatalf("stream: %v, %v", res, err)
	}
	states := make(chan string, 100)
	go func() {
		defer close(states)
		defer res.Body.Close()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			text, ok := strings.CutPrefix(s.Text(), "data: ")
			var m struct{ Params seenTask }
			if ok && json.Unmarshal([]byte(text), &m) == nil && m.Params.ID != "" {
				states <- m.Params.Status
			}
		}
	}()
	return states
}

// TestATaskIsFollowedAtAnyServer: one of the servers takes it, another runs it, and
// those who ask or listen at either see the same end.
func TestATaskIsFollowedAtAnyServer(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key := w.key("ann", "--plan=unlimited")
	front, back := w.start("api"), w.start("api,worker")
	callers := []*caller{newCaller(t, front, key), newCaller(t, back, key)}
	for i, c := range callers {
		begun := c.agent("tools/call", "test_sleep", `"name":"test_sleep","arguments":{"content":"3s"}`)
		if begun.Status != "working" {
			t.Fatalf("%+v", begun)
		}
		var streams []<-chan string
		for _, c := range callers {
			streams = append(streams, c.follow(begun.ID))
		}
		for at, states := range streams {
			var last string
			for last = range states {
			}
			if last != "completed" {
				t.Errorf("begun at server %d, listened to at %d: it is %q at last", i, at, last)
			}
		}
		ends := map[string]bool{}
		for _, c := range callers {
			end := c.agent("tasks/get", begun.ID, `"taskId":"`+begun.ID+`"`)
			ends[end.Status] = true
			if !strings.Contains(string(end.Result), "slept 3s") {
				t.Errorf("result %s", end.Result)
			}
		}
		if len(ends) != 1 || !ends["completed"] {
			t.Errorf("ends %v", ends)
		}
	}
	stopped := callers[0].agent("tools/call", "test_sleep", `"name":"test_sleep","arguments":{"content":"600s"}`)
	states := callers[1].follow(stopped.ID)
	callers[0].agent("tasks/cancel", stopped.ID, `"taskId":"`+stopped.ID+`"`)
	var last string
	for last = range states {
	}
	if last != "cancelled" {
		t.Errorf("cancelled at the one server, it is %q at the other", last)
	}
}
