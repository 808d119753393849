package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/auth"
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

// code is the error's, 0 for none.
func (r rpc) code() int {
	if r.Error == nil {
		return 0
	}
	return r.Error.Code
}

// A called is what tools/call answers.
type called struct {
	Content []struct {
		Type, Text, URI, Name, MimeType string
		Size                            int64
	}
	IsError    bool
	Structured map[string]any `json:"structuredContent"`
}

// failure is the code of the tool's error, and its details.
func (c called) failure() (code string, details map[string]any) {
	e, _ := c.Structured["error"].(map[string]any)
	code, _ = e["code"].(string)
	details, _ = e["details"].(map[string]any)
	return code, details
}

// text is a member of the structured result.
func (c called) text(name string) string { return fmt.Sprint(c.Structured[name]) }

const modernMeta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}`

// mcp sends a modern request; params are the members of params but for _meta, each
// with a comma behind it.
func (f *fixture) mcp(method, name, params string, headers ...string) rpc {
	f.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":{%s"_meta":{%s}}}`, method, params, modernMeta)
	return f.post(body, append(modernHeaders(method, name), headers...)...)
}

func modernHeaders(method, name string) []string {
	h := []string{"MCP-Protocol-Version", "2026-07-28", "Mcp-Method", method, "Content-Type", "application/json"}
	if name != "" {
		h = append(h, "Mcp-Name", name)
	}
	return h
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
	return r.called(f.t)
}

func (r rpc) called(t *testing.T) (c called) {
	t.Helper()
	if err := json.Unmarshal(r.Result, &c); err != nil {
		t.Fatalf("%s: %v", r.Result, err)
	}
	return c
}

func TestAgentsCallToolsAsAnyClientDoes(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	r := f.mcp("server/discover", "", "")
	if s := string(r.Result); r.status != 200 || !strings.HasPrefix(s, `{"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"claimcheck"`) ||
		!strings.Contains(s, `"supportedVersions":["2026-07-28","2025-11-25"`) || !strings.Contains(s, `"ttlMs":`) || !strings.Contains(s, `"cacheScope":"public"`) || string(r.ID) != "7" {
		t.Errorf("discover: %d %s %+v", r.status, s, r.Error)
	}
	names := f.toolNames()
	if want := "job_list job_status job_result job_cancel " + strings.ReplaceAll(strings.Join(withDataTools("other", "transcribe"), " "), "-", "_"); names != want {
		t.Errorf("tools %s, want %s", names, want)
	}
	c := f.tool("json_formatter", `{"content":{"a": 1e400,"é":"<&>"},"tab_space":1}`)
	if c.IsError || len(c.Content) != 2 || c.Content[0].Text != "{\n \"a\": 1e400,\n \"é\": \"<&>\"\n}" || c.text("status") != "success" {
		t.Fatalf("call: %+v", c)
	}
	link := c.Content[1]
	file := f.call("GET", link.URI, "", "x-api-key", "")
	if link.Type != "resource_link" || string(file.body) != c.Content[0].Text || link.Size != int64(len(file.body)) || link.MimeType != file.header.Get("Content-Type") || !strings.HasSuffix(link.Name, ".json") {
		t.Errorf("file: %+v, %d %s", link, file.status, file.body)
	}
	if c := f.tool("json-minify", `{"content":"{}"}`); c.Content[0].Text != `"{}"` { // a string is one; a tool's own name does too
		t.Errorf("a string: %+v", c)
	}
	if r := f.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":"\u00e9","method":"tools/call","params":{"name":"json_minify","arguments":{"content":1},"_meta":{%s}}}`, modernMeta), modernHeaders("tools/call", "=?base64?anNvbl9taW5pZnk=?=")...); string(r.ID) != `"\u00e9"` || r.Error != nil {
		t.Errorf("%s %+v", r.ID, r.Error)
	}
}

// toolNames are the names that tools/list tells, in their order.
func (f *fixture) toolNames(headers ...string) string {
	f.t.Helper()
	var list struct{ Tools []struct{ Name string } }
	r := f.mcp("tools/list", "", "", headers...)
	if err := json.Unmarshal(r.Result, &list); err != nil {
		f.t.Fatalf("%d %+v", r.status, r.Error)
	}
	var names []string
	for _, t := range list.Tools {
		names = append(names, t.Name)
	}
	return strings.Join(names, " ")
}

func TestAgentsOfEarlierRevisions(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	for asked, want := range map[string]string{
		"2025-11-25": "2025-11-25", "2025-06-18": "2025-06-18", "2025-03-26": "2025-03-26", "2024-11-05": "2024-11-05", "2026-07-28": "2025-11-25", "1999-01-01": "2025-11-25",
	} {
		r := f.post(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + asked + `","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`)
		if s := string(r.Result); r.status != 200 || !strings.HasPrefix(s, `{"protocolVersion":"`+want+`","capabilities":{`) || r.header.Get("Mcp-Session-Id") != "" || string(r.ID) != "0" {
			t.Errorf("%s: %d %s %+v", asked, r.status, s, r.Error)
		}
	}
	const list, call = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"json_minify","arguments":{"content":[ 1 ]}}}`
	if s := string(f.post(list, "MCP-Protocol-Version", "2025-11-25").Result); !strings.HasPrefix(s, `{"tools":[{"name":"job_list"`) || strings.Contains(s, "ttlMs") {
		t.Errorf("list: %s", s)
	}
	for version, want := range map[string]string{"2025-11-25": "resource_link", "2025-06-18": "resource_link", "": "text"} { // links came with 2025-06-18
		var h []string
		if version != "" {
			h = []string{"MCP-Protocol-Version", version, "Mcp-Session-Id", "x", "Mcp-Method", "wrong", "Last-Event-ID", "7"} // of which no one takes notice
		}
		if c := f.post(call, h...).called(t); len(c.Content) != 2 || c.Content[0].Text != "[1]" || c.Content[1].Type != want {
			t.Errorf("%q: %+v", version, c)
		}
	}
	for _, c := range []struct {
		what, body   string
		status, code int
	}{
		{"ping", `{"jsonrpc":"2.0","id":3,"method":"ping"}`, 200, 0},
		{"a notification", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, 202, 0},
		{"one that nobody knows", `{"jsonrpc":"2.0","method":"x"}`, 202, 0},
		{"no such method", `{"jsonrpc":"2.0","id":4,"method":"resources/list"}`, 200, -32601},
		{"a modern method", `{"jsonrpc":"2.0","id":4,"method":"server/discover"}`, 200, -32601},
		{"initialize without version", `{"jsonrpc":"2.0","id":4,"method":"initialize"}`, 200, -32602},
		{"initialize with a number", `{"jsonrpc":"2.0","id":4,"method":"initialize","params":{"protocolVersion":1}}`, 200, -32602},
	} {
		if r := f.post(c.body, "MCP-Protocol-Version", "2025-06-18"); r.status != c.status || r.code() != c.code || r.status == 202 && r.header.Get("Content-Type") != "" {
			t.Errorf("%s: %d %+v %v", c.what, r.status, r.Error, r.header)
		}
	}
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		if a := f.call(method, "/mcp", "", "Accept", "text/event-stream"); a.status != 405 || a.header.Get("Allow") != "POST" || !strings.Contains(string(a.body), `"error":{"code":-32600`) {
			t.Errorf("%s: %d %s", method, a.status, a.body)
		}
	}
}

// TestACallThatTakesLongIsAJob: clients without tasks go on with plain tools.
func TestACallThatTakesLongIsAJob(t *testing.T) {
	t.Parallel()
	f := serve(t, "sync_timeout: 200ms\n"+pullConfig)
	key := f.workKey("transcribe")
	slow := f.tool("transcribe", `{"content":"la la","language":"fr"}`)
	id := slow.text("job_id")
	if slow.IsError || slow.text("status") != "queued" || !strings.Contains(slow.Content[0].Text, id) || slow.text("tool") != "transcribe" {
		t.Fatalf("%+v", slow)
	}
	about := fmt.Sprintf(`{"job_id":%q}`, id)
	if c := f.tool("job_status", about); c.IsError || c.text("job_id") != id || c.text("status") != "queued" || c.Structured["retry_after"] == nil {
		t.Errorf("status: %+v", c)
	}
	if c := f.tool("job_result", about); c.IsError || c.text("job_id") != id || c.text("request_id") != "<nil>" {
		t.Errorf("result of a job that waits: %+v", c)
	}
	l := f.claim(key, `{}`)[0]
	if in := f.call("GET", l.InputURL, "", "x-api-key", ""); string(in.body) != "la la" || l.Options["x-language"] != "fr" || l.JobID != id {
		t.Errorf("the worker gets %s, %+v", in.body, l)
	}
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":[1.50]}`, "x-api-key", key), 204, "")
	c := f.tool("job_result", about)
	if values, ok := c.Structured["value"].([]any); c.IsError || !ok || len(values) != 1 || c.Content[0].Text != "[1.50]" {
		t.Errorf("result: %+v", c)
	}
	if c := f.tool("job_status", about); c.text("status") != "success" || c.Structured["retry_after"] != nil || c.Structured["finished_at"] == nil {
		t.Errorf("status: %+v", c)
	}
	if c := f.tool("job_cancel", about); !c.IsError {
		t.Errorf("cancel of a finished job: %+v", c)
	}
	second := f.tool("transcribe", `{"content":"b"}`).text("job_id")
	if c := f.tool("job_cancel", fmt.Sprintf(`{"job_id":%q}`, second)); c.IsError || c.text("status") != "failed" {
		t.Errorf("cancel: %+v", c)
	}
	if code, _ := f.tool("job_result", fmt.Sprintf(`{"job_id":%q}`, second)).failure(); code != "CANCELED" {
		t.Errorf("result of a cancelled job: %s", code)
	}
	f.listsJobs(id, second)
	bob := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	for _, name := range []string{"job_status", "job_result", "job_cancel"} {
		for _, which := range []string{id, second, "00000000-0000-7000-8000-000000000000"} {
			c := f.tool(name, fmt.Sprintf(`{"job_id":%q}`, which), "x-api-key", bob)
			if code, _ := c.failure(); code != "JOB_NOT_FOUND" || c.Content[0].Text != "JOB_NOT_FOUND: Job not found" {
				t.Errorf("%s of another's job: %+v", name, c)
			}
		}
	}
}

// listsJobs expects these two to be all jobs, the second the newest.
func (f *fixture) listsJobs(first, second string) {
	f.t.Helper()
	type page struct {
		Jobs []struct {
			ID     string `json:"job_id"`
			Status string
			Error  struct{ Code string }
		}
		Next string `json:"next_cursor"`
	}
	read := func(arguments string) (p page) {
		f.t.Helper()
		c := f.tool("job_list", arguments)
		if err := json.Unmarshal([]byte(c.Content[0].Text), &p); err != nil {
			f.t.Fatalf("%s: %+v", arguments, c)
		}
		return p
	}
	if p := read(`{}`); len(p.Jobs) != 2 || p.Jobs[0].ID != second || p.Jobs[0].Error.Code != "CANCELED" || p.Jobs[1].ID != first {
		f.t.Errorf("list: %+v", p)
	}
	p := read(`{"limit":1,"tool":"transcribe"}`)
	if len(p.Jobs) != 1 || p.Jobs[0].ID != second || p.Next == "" {
		f.t.Fatalf("first page: %+v", p)
	}
	if p = read(fmt.Sprintf(`{"limit":1,"cursor":%q}`, p.Next)); len(p.Jobs) != 1 || p.Jobs[0].ID != first {
		f.t.Errorf("second page: %+v", p)
	}
	if p := read(`{"status":"success"}`); len(p.Jobs) != 1 || p.Jobs[0].ID != first {
		f.t.Errorf("those that succeeded: %+v", p)
	}
}

// TestARepeatedCallIsOneCall: the key in _meta is an idempotency key.
func TestARepeatedCallIsOneCall(t *testing.T) {
	t.Parallel()
	f := serve(t, "sync_timeout: 100ms\n"+pullConfig)
	call := func(name, content, key string) rpc {
		t.Helper()
		return f.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":{"content":%q},"_meta":{%s,"claimcheck/idempotencyKey":%s}}}`, name, content, modernMeta, key), modernHeaders("tools/call", name)...)
	}
	a, b := call("json_minify", "x", `"one"`), call("json_minify", "x", `"one"`)
	if a.Error != nil || !bytes.Equal(a.Result, b.Result) || b.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s, then %s", a.Result, b.Result)
	}
	if code, _ := call("json_minify", "y", `"one"`).called(t).failure(); code != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("another call with its key: %s", code)
	}
	first, second := call("transcribe", "x", `"two"`).called(t), call("transcribe", "x", `"two"`).called(t)
	if first.text("job_id") != second.text("job_id") || second.text("status") != "queued" {
		t.Errorf("%+v, then %+v", first, second)
	}
	f.want("cancel", f.call("POST", "/jobs/"+first.text("job_id")+"/cancel", ""), 200, "")
	third := call("transcribe", "x", `"two"`)
	if code, _ := third.called(t).failure(); code != "CANCELED" || third.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("after its end: %s", third.Result)
	}
	f.want("delete", f.call("DELETE", "/jobs/"+first.text("job_id"), ""), 204, "")
	if fourth := call("transcribe", "x", `"two"`).called(t); fourth.IsError || fourth.text("job_id") != first.text("job_id") || fourth.text("status") != "failed" {
		t.Errorf("after it was deleted: %+v", fourth)
	}
	for _, bad := range []string{`1`, `null`} {
		if r := call("json_minify", "x", bad); r.code() != -32602 {
			t.Errorf("%s: %+v", bad, r.Error)
		}
	}
	if c := call("json_minify", "x", `"é"`).called(t); !c.IsError {
		t.Errorf("a key that no header could be: %+v", c)
	}
}

// TestAnAgentThatLeavesLosesNothing: closing the connection ends no job.
func TestAnAgentThatLeavesLosesNothing(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	ctx, leave := context.WithCancel(t.Context())
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"transcribe","arguments":{"content":"a"},"_meta":{%s}}}`, modernMeta)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/mcp", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	h := append(modernHeaders("tools/call", "transcribe"), "x-api-key", f.key)
	for i := 0; i < len(h); i += 2 {
		req.Header.Set(h[i], h[i+1])
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			t.Errorf("answered %d", res.StatusCode)
		}
	}()
	key := f.workKey("transcribe")
	l := f.claim(key, `{"wait":20}`)[0]
	leave()
	<-gone
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":{"n":1}}`, "x-api-key", key), 204, "")
	if c := f.tool("job_result", fmt.Sprintf(`{"job_id":%q}`, l.JobID)); c.IsError || c.text("n") != "1" {
		t.Errorf("%+v", c)
	}
}
