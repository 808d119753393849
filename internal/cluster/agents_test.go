package cluster_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A toolResult is what an agent's call ends with.
type toolResult struct {
	IsError    bool
	Content    []struct{ Type, Text, URI string }
	Structured map[string]any `json:"structuredContent"`
}

// tool calls a tool as an agent without tasks does.
func (c *caller) tool(name, arguments, meta string) (r toolResult) {
	c.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{%s}}}`, name, arguments, meta)
	a := c.want(200, "POST", "/mcp", body, "MCP-Protocol-Version: 2025-11-25")
	answer := decode[struct{ Result json.RawMessage }](c.t, a)
	if err := json.Unmarshal(answer.Result, &r); err != nil {
		c.t.Fatalf("%s: %v: %s", name, err, a)
	}
	return r
}

// TestAnAgentsJobIsKnownAtEveryServer: begun at one, done by another, waited for
// and repeated at a third.
func TestAnAgentsJobIsKnownAtEveryServer(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key := w.key("ann")
	const soon = "--sync-timeout=200ms"
	first, second, others := newCaller(t, w.start("api", soon), key), newCaller(t, w.start("api"), key), w.key("bob")
	const once = `"claimcheck/idempotencyKey":"a"`
	begun := first.tool("test_sleep", `{"content":"1500ms"}`, once)
	id := fmt.Sprint(begun.Structured["job_id"])
	if begun.IsError || len(id) != 36 || !strings.Contains(begun.Content[0].Text, id) {
		t.Fatalf("%+v", begun)
	}
	w.start("worker")
	about := fmt.Sprintf(`{"job_id":%q}`, id)
	ended := second.tool("job_result", about, "")
	if ended.IsError || ended.Structured["status"] != "success" || len(ended.Content) != 2 || ended.Content[1].Type != "resource_link" {
		t.Fatalf("%+v", ended)
	}
	if file := (&caller{t: t, base: second.base}).want(200, "GET", ended.Content[1].URI, ""); len(file.body) == 0 {
		t.Errorf("the file: %s", file)
	}
	if again := second.tool("test_sleep", `{"content":"1500ms"}`, once); again.IsError || again.Structured["request_id"] == nil || again.Structured["request_id"] != ended.Structured["request_id"] {
		t.Errorf("repeated at another server: %+v", again)
	}
	bob := &caller{t: t, base: first.base, key: others}
	for _, name := range []string{"job_status", "job_result", "job_cancel"} {
		if r := bob.tool(name, about, ""); !r.IsError || r.Content[0].Text != "JOB_NOT_FOUND: Job not found" {
			t.Errorf("%s of another owner's job: %+v", name, r)
		}
	}
	if list := second.tool("job_list", `{}`, ""); strings.Count(list.Content[0].Text, `"job_id"`) != 1 || !strings.Contains(list.Content[0].Text, id) {
		t.Errorf("%+v", list)
	}
}
