package app_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// TestAgentsAreToldWhatFailed: what the model can do something about is a result,
// what is ours or the program's is an error.
func TestAgentsAreToldWhatFailed(t *testing.T) {
	t.Parallel()
	s := newTarget(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"error":"TOO_WIDE","message":"It is too wide.","details":{"line":3,"most":7}}`))
	})
	f := serve(t, "tools:\n  - {name: wide, target: "+s.URL+"/wide}\n  - {name: slow, target: "+s.URL+"/slow, timeout: 1s, max_attempts: 1}\n"+
		"plans: {few: {submit_per_minute: 1, status_per_minute: 1}, once: {jobs_per_month: 1}, small: {max_input_bytes: 9}}\n")
	c := f.tool("wide", `{"content":"a"}`)
	if code, details := c.failure(); !c.IsError || code != "TOO_WIDE" || details["line"] != 3.0 || details["most"] != 7.0 || !strings.Contains(c.Content[0].Text, "It is too wide. (line 3)") {
		t.Errorf("a tool's: %+v", c)
	}
	if r := f.mcp("tools/call", "slow", `"name":"slow","arguments":{"content":"a"},`); r.code() != -32603 || r.Error.Data["code"] != "TIMEOUT" || r.status != 200 {
		t.Errorf("ours: %d %+v", r.status, r.Error)
	}
	small := f.newKey(auth.NewKey{Owner: "small", Plan: "small"})
	once := f.newKey(auth.NewKey{Owner: "once", Plan: "once"})
	few := f.newKey(auth.NewKey{Owner: "few", Plan: "few"})
	f.tool("json_minify", `{"content":1}`, "x-api-key", once)
	f.tool("json_minify", `{"content":1}`, "x-api-key", few)
	for _, c := range []struct{ key, name, arguments, want string }{
		{f.key, "json_minify", `{"file":"ann/upl_00000000000000000000000000000000/a.json"}`, "FILE_NOT_FOUND"},
		{f.key, "json_minify", `{"file":"ann/upl_00000000000000000000000000000000/a.gif"}`, "UNSUPPORTED_EXTENSION"},
		{f.key, "json_minify", `{"url":"http://127.0.0.1/a.json"}`, "URL_NOT_ALLOWED"},
		{f.key, "json_formatter", `{"content":1,"tab_space":99}`, "INVALID_OPTION"},
		{small, "json_minify", `{"content":"1234567890"}`, "PAYLOAD_TOO_LARGE"},
		{once, "json_minify", `{"content":1}`, "QUOTA_EXCEEDED"},
		{few, "json_minify", `{"content":1}`, "RATE_LIMITED"},
	} {
		got := f.tool(c.name, c.arguments, "x-api-key", c.key)
		e, _ := got.Structured["error"].(map[string]any)
		limited := c.want == "RATE_LIMITED" || c.want == "QUOTA_EXCEEDED"
		if code, _ := got.failure(); !got.IsError || code != c.want || limited != (e["retry_after"] != nil) {
			t.Errorf("%s: %+v", c.want, got)
		}
	}
	f.mcp("tools/list", "", "", "x-api-key", few)
	if r := f.mcp("tools/list", "", "", "x-api-key", few); r.status != 429 || r.code() != -32603 || r.Error.Data["code"] != "RATE_LIMITED" || r.header.Get("Retry-After") == "" || string(r.ID) != "7" {
		t.Errorf("too many questions: %d %+v", r.status, r.Error)
	}
}

// TestWhoMayCallAsAnAgent: keys, their scopes, and pages.
func TestWhoMayCallAsAnAgent(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig+"public_url: https://claims.test\ncors_origins: [https://app.test]\n")
	reads := f.newKey(auth.NewKey{Owner: "ann", Scopes: []string{account.ScopeRead}})
	const call = `"name":"json_minify","arguments":{"content":1},`
	for _, c := range []struct {
		what, method, name, params string
		status, code               int
		headers                    []string
	}{
		{"no key", "tools/list", "", "", 401, -32603, []string{"x-api-key", ""}},
		{"a wrong key", "tools/call", "json_minify", call, 401, -32603, []string{"x-api-key", "no"}},
		{"a key that reads lists", "tools/list", "", "", 200, 0, []string{"x-api-key", reads}},
		{"and asks", "tools/call", "job_list", `"name":"job_list",`, 200, 0, []string{"x-api-key", reads}},
		{"and hands nothing in", "tools/call", "json_minify", call, 403, -32603, []string{"x-api-key", reads}},
		{"and cancels nothing", "tools/call", "job_cancel", `"name":"job_cancel","arguments":{"job_id":"00000000-0000-7000-8000-000000000000"},`, 403, -32603, []string{"x-api-key", reads}},
		{"a worker's key", "tools/list", "", "", 403, -32603, []string{"x-api-key", f.workKey("other")}},
		{"our own pages", "tools/list", "", "", 200, 0, []string{"Origin", "https://claims.test"}},
		{"listed pages", "tools/list", "", "", 200, 0, []string{"Origin", "https://app.test"}},
		{"other pages", "tools/list", "", "", 403, -32603, []string{"Origin", "https://evil.test"}},
		{"other pages without a key", "tools/list", "", "", 403, -32603, []string{"Origin", "https://evil.test", "x-api-key", ""}},
		{"pages of nowhere", "tools/list", "", "", 403, -32603, []string{"Origin", "null"}},
		{"a page that knows our address", "tools/list", "", "", 403, -32603, []string{"Origin", f.url}},
	} {
		r := f.mcp(c.method, c.name, c.params, c.headers...)
		if r.status != c.status || r.code() != c.code || r.status == 401 && r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %+v", c.what, r.status, r.Error)
		}
	}
	ping := f.with(f.key, "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	if string(ping.body) != `{"jsonrpc":"2.0","id":1,"result":{}}` {
		t.Errorf("with Bearer: %d %s", ping.status, ping.body)
	}
	a := f.call("OPTIONS", "/mcp", "", "Origin", "https://app.test", "Access-Control-Request-Method", "POST")
	for _, name := range []string{"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "x-api-key"} {
		if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("pages may not set %s", name)
		}
	}
	for asked, want := range map[string]string{"content-type, mcp-param-region,x-other,mcp-param-,mcp-param": "Mcp-Param-Region", "": ""} {
		a := f.call("OPTIONS", "/mcp", "", "Origin", "https://app.test", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", asked)
		var params []string
		for name := range strings.SplitSeq(a.header.Get("Access-Control-Allow-Headers"), ", ") {
			if low := strings.ToLower(name); strings.HasPrefix(low, "mcp-param") || low == "x-other" {
				params = append(params, name)
			}
		}
		if strings.Join(params, " ") != want {
			t.Errorf("a page that asks for %q may set %q, want %q", asked, params, want)
		}
	}
}

// TestHostileMessagesAreRefused as what they are; none of them is work.
func TestHostileMessagesAreRefused(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	modern := func(method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":9,"method":%q,"params":{%s"_meta":{%s}}}`, method, params, modernMeta)
	}
	call := func(arguments string) string {
		return modern("tools/call", `"name":"json_minify","arguments":`+arguments+`,`)
	}
	for _, c := range []struct {
		what, body   string
		status, code int
		headers      []string
	}{
		{"no JSON", `{`, 400, -32700, nil},
		{"a batch", `[` + call(`{"content":1}`) + `]`, 400, -32600, nil},
		{"twice", call(`{"content":1,"content":2}`), 400, -32700, nil},
		{"too large", `{"a":"` + strings.Repeat("x", 8<<20) + `"}`, 413, -32600, nil},
		{"a form", call(`{"content":1}`), 415, -32600, []string{"Content-Type", "text/plain"}},
		{"a coding that nobody knows", call(`{"content":1}`), 415, -32600, []string{"Content-Encoding", "x"}},
		{"not what its coding says", call(`{"content":1}`), 400, -32600, []string{"Content-Encoding", "gzip"}},
		{"another method in the header", call(`{"content":1}`), 400, -32020, []string{"Mcp-Method", "tools/list"}},
		{"another name in the header", call(`{"content":1}`), 400, -32020, []string{"Mcp-Name", "json_formatter"}},
		{"an unknown revision", strings.ReplaceAll(call(`{"content":1}`), "2026-07-28", "1900-01-01"), 400, -32022, []string{"MCP-Protocol-Version", "1900-01-01"}},
		{"no _meta", `{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{}}`, 400, -32602, []string{"Mcp-Method", "tools/list"}},
		{"a removed method", modern("ping", ""), 404, -32601, []string{"Mcp-Method", "ping"}},
		{"initialize", modern("initialize", `"protocolVersion":"2026-07-28",`), 404, -32601, []string{"Mcp-Method", "initialize"}},
		{"a cursor", modern("tools/list", `"cursor":"x",`), 200, -32602, []string{"Mcp-Method", "tools/list"}},
		{"no name", modern("tools/call", ``), 200, -32602, nil},
		{"a name that is a list", modern("tools/call", `"name":["json_minify"],`), 200, -32602, nil},
		{"an unknown tool", modern("tools/call", `"name":"none","arguments":{},`), 200, -32602, []string{"Mcp-Name", "none"}},
		{"no arguments", modern("tools/call", `"name":"json_minify",`), 200, -32602, nil},
		{"two inputs", call(`{"content":1,"url":"https://x.test/a.json"}`), 200, -32602, nil},
		{"an unknown argument", call(`{"content":1,"x":1}`), 200, -32602, nil},
		{"a job that is none", modern("tools/call", `"name":"job_status","arguments":{"job_id":"../../x"},`), 200, -32602, []string{"Mcp-Name", "job_status"}},
		{"no job", modern("tools/call", `"name":"job_result","arguments":{},`), 200, -32602, []string{"Mcp-Name", "job_result"}},
		{"a wrong filter", modern("tools/call", `"name":"job_list","arguments":{"status":"x"},`), 200, -32602, []string{"Mcp-Name", "job_list"}},
		{"a filter that is none", modern("tools/call", `"name":"job_list","arguments":{"metadata.a":"x"},`), 200, -32602, []string{"Mcp-Name", "job_list"}},
		{"a limit that is text", modern("tools/call", `"name":"job_list","arguments":{"limit":"1"},`), 200, -32602, []string{"Mcp-Name", "job_list"}},
		{"a cursor of nowhere", modern("tools/call", `"name":"job_list","arguments":{"cursor":"x"},`), 200, -32602, []string{"Mcp-Name", "job_list"}},
	} {
		r := f.post(c.body, append(modernHeaders("tools/call", "json_minify"), c.headers...)...)
		if r.status != c.status || r.code() != c.code || r.code() == -32022 && fmt.Sprint(r.Error.Data["requested"]) != "1900-01-01" {
			t.Errorf("%s: %d %+v, want %d %d", c.what, r.status, r.Error, c.status, c.code)
		}
		if c.code != -32700 && c.code != -32600 && string(r.ID) != "9" {
			t.Errorf("%s: the answer is to %s", c.what, r.ID)
		}
	}
	if c := f.tool("job_list", `{}`); c.Content[0].Text != `{"jobs":[]}` {
		t.Errorf("there is work: %+v", c)
	}
	var usage struct{ Jobs struct{ Used int } }
	f.call("GET", "/usage", "").decode(t, &usage)
	if usage.Jobs.Used != 0 {
		t.Errorf("charged %s", strconv.Itoa(usage.Jobs.Used))
	}
}

// TestAgentsAnswersAreAsDescribed compares answers with the served description.
func TestAgentsAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	f := serve(t, "plans: {few: {status_per_minute: 1}}\n")
	d := f.description()
	few := f.newKey(auth.NewKey{Owner: "few", Plan: "few"})
	ping := func(key string) answer {
		return f.call("POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "x-api-key", key)
	}
	call := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"json_minify","arguments":{"content":1},"_meta":{%s,"claimcheck/idempotencyKey":"a"}}}`, modernMeta)
	for _, c := range []struct {
		want int
		a    answer
	}{
		{200, ping(f.key)},
		{200, f.call("POST", "/mcp", call, modernHeaders("tools/call", "json_minify")...)},
		{200, f.call("POST", "/mcp", call, modernHeaders("tools/call", "json_minify")...)},
		{400, f.call("POST", "/mcp", call, modernHeaders("tools/call", "none")...)},
		{202, f.call("POST", "/mcp", `{"jsonrpc":"2.0","method":"x"}`)},
		{401, ping("no")},
		{200, ping(few)},
		{429, ping(few)},
		{403, f.call("POST", "/mcp", call, "Origin", "null")},
		{415, f.call("POST", "/mcp", call, "Content-Encoding", "x")},
	} {
		if c.a.status != c.want {
			t.Errorf("%d %s, want %d", c.a.status, c.a.body, c.want)
		}
		d.check(t, "POST", "/mcp", c.a)
	}
}

// TestAToolsOwnSchemaIsWhatAgentsAreGiven: its arguments are the endpoint's input.
func TestAToolsOwnSchemaIsWhatAgentsAreGiven(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON(`{"n":42}`))
	f := serve(t, `tools:
  - name: add-up
    target: `+s.URL+`/add
    input_schema: {type: object, properties: {a: {type: integer, x-mcp-header: First}, b: {type: integer}}, required: [a, b]}
    output_schema: {type: object, properties: {n: {type: integer}}, required: [n]}
    annotations: {title: Adder, read_only: true}
`)
	list := string(f.mcp("tools/list", "", "").Result)
	for _, want := range []string{
		`"name":"add_up","title":"Adder"`, `"inputSchema":{"type":"object","properties":{"a":{"type":"integer","x-mcp-header":"First"},"b":{"type":"integer"}},"required":["a","b"]}`,
		`"outputSchema":{`, `"annotations":{"title":"Adder","readOnlyHint":true}`,
	} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %s: %s", want, list)
		}
	}
	c := f.tool("add_up", `{"a":40,"b": 2}`, "Mcp-Param-First", "40.0")
	if c.IsError || c.text("n") != "42" {
		t.Errorf("%+v", c)
	}
	if all := s.all(); len(all) != 1 || all[0].body != `{"a":40,"b": 2}` || all[0].header.Get("Content-Type") != "application/json" {
		t.Errorf("the endpoint was asked %+v", all)
	}
	wrong := f.tool("add_up", `{"a":"40"}`, "Mcp-Param-First", "40")
	code, details := wrong.failure()
	if errs, ok := details["errors"].([]any); !wrong.IsError || code != "INVALID_INPUT" || !ok || len(errs) != 2 || !strings.Contains(wrong.Content[0].Text, "/a") {
		t.Errorf("%+v", wrong)
	}
	if r := f.mcp("tools/call", "add_up", `"name":"add_up","arguments":{"a":1,"b":2},`); r.status != 400 || r.code() != -32020 {
		t.Errorf("without its header: %d %+v", r.status, r.Error)
	}
	if n := len(s.all()); n != 1 {
		t.Errorf("the endpoint was asked %d times", n)
	}
}
