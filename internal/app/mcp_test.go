package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// An rpc is a response of JSON-RPC.
type rpc struct {
	ID     json.RawMessage `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Data    map[string]any `json:"data"`
	} `json:"error"`
	status int
	header http.Header
}

// A called is what tools/call answers.
type called struct {
	Content    []struct{ Type, Text, URI, Name, MimeType string }
	IsError    bool
	Size       int64
	Structured map[string]any `json:"structuredContent"`
}

const modernMeta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}`

// mcp sends a modern request with a client's _meta; params are the members of
// params, each with a comma behind it.
func (f *fixture) mcp(method, name, params string, headers ...string) rpc {
	f.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":{%s"_meta":{%s}}}`, method, params, modernMeta)
	headers = append([]string{"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", method, "Content-Type", "application/json"}, headers...)
	if name != "" {
		headers = append([]string{"Mcp-Name", name}, headers...)
	}
	return f.post(body, headers...)
}

// post sends a message.
func (f *fixture) post(body string, headers ...string) rpc {
	f.t.Helper()
	a := f.call("POST", "/mcp", body, headers...)
	r := rpc{status: a.status, header: a.header}
	if len(a.body) > 0 {
		a.decode(f.t, &r)
	}
	return r
}

// tool calls a tool with these arguments.
func (f *fixture) tool(name, arguments string, headers ...string) called {
	f.t.Helper()
	r := f.mcp("tools/call", name, fmt.Sprintf(`"name":%q,"arguments":%s,`, name, arguments), headers...)
	if r.Error != nil || r.status != http.StatusOK {
		f.t.Fatalf("%s %s: %d %+v", name, arguments, r.status, r.Error)
	}
	var c called
	if err := json.Unmarshal(r.Result, &c); err != nil {
		f.t.Fatal(err)
	}
	return c
}

func TestAgentsCallToolsAsAnyClientDoes(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	r := f.mcp("server/discover", "", "")
	if s := string(r.Result); r.status != 200 || !strings.Contains(s, `"resultType":"complete"`) || !strings.Contains(s, `"supportedVersions":["2026-07-28"`) {
		t.Errorf("discover: %d %s %+v", r.status, s, r.Error)
	}
	list := f.mcp("tools/list", "", "")
	if s := string(list.Result); !strings.Contains(s, `{"tools":`) && !strings.Contains(s, `"name":"json_formatter"`) {
		t.Errorf("list: %d %s %+v", list.status, s, list.Error)
	}
	t.Logf("%s", list.Result)
	c := f.tool("json_formatter", `{"content":{"a":1e400},"tab_space":1}`)
	t.Logf("%+v", c)
	if c.IsError || len(c.Content) != 2 || !strings.Contains(c.Content[0].Text, "1e400") || c.Content[1].Type != "resource_link" {
		t.Errorf("call: %+v", c)
	}
	bad := f.tool("json_formatter", `{"file":"x"}`)
	t.Logf("%+v", bad)
	t.Logf("%+v", f.tool("job_list", `{}`))
}
