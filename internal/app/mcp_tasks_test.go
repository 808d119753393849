package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

// A told is a task in either form, or what else a result has.
type told struct {
	Type    string `json:"resultType"`
	ID      string `json:"taskId"`
	Status  string
	Message string `json:"statusMessage"`
	TTL     *int64 `json:"ttlMs"`
	Poll    int64  `json:"pollIntervalMs"`

	LegacyTTL  *int64 `json:"ttl"`
	LegacyPoll int64  `json:"pollInterval"`

	Result *called
	Error  *struct {
		Code int
		Data map[string]any
	}
	Task  *told // the older form of the answer to a call
	Tasks []told
	Next  string `json:"nextCursor"`

	IsError    bool
	Structured map[string]any `json:"structuredContent"`
	Meta       map[string]any `json:"_meta"`
}

// An agent is a client that knows tasks: the modern ones, or those of 2025-11-25.
type agent struct {
	*fixture
	legacy bool
	more   []string // header fields
}

const tasksMeta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`

// message is a request; name is what Mcp-Name repeats, and meta what is in _meta
// beside what must be.
func (a agent) message(method, name, params, meta string) (body string, headers []string) {
	headers = append([]string{"Mcp-Method", method, "Content-Type", "application/json", "Accept", "application/json, text/event-stream"}, a.more...)
	if name != "" {
		headers = append(headers, "Mcp-Name", name)
	}
	if a.legacy {
		headers = append(headers, "MCP-Protocol-Version", "2025-11-25")
	} else {
		headers = append(headers, "MCP-Protocol-Version", "2026-07-28")
		meta = tasksMeta + meta
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":"q-1","method":%q,"params":{%s"_meta":{%s}}}`, method, params, strings.TrimPrefix(meta, ",")), headers
}

func (a agent) ask(method, name, params string) rpc {
	a.t.Helper()
	body, headers := a.message(method, name, params, "")
	return a.post(body, headers...)
}

// about asks a method of tasks.
func (a agent) about(method, id string) rpc {
	a.t.Helper()
	return a.ask("tasks/"+method, id, fmt.Sprintf(`"taskId":%q,"inputResponses":{},`, id))
}

// good is a result.
func (a agent) good(r rpc) (is told) {
	a.t.Helper()
	if r.Error != nil || r.status != http.StatusOK || string(r.ID) != `"q-1"` {
		a.t.Fatalf("%d %s %+v", r.status, r.ID, r.Error)
	}
	if err := json.Unmarshal(r.Result, &is); err != nil {
		a.t.Fatalf("%s: %v", r.Result, err)
	}
	if want := map[bool]string{true: "", false: "complete"}[a.legacy]; is.Type != want && is.Type != "task" {
		a.t.Errorf("a result of type %q: %s", is.Type, r.Result)
	}
	return is
}

// begin calls a tool and returns the task that the call became.
func (a agent) begin(tool string) told {
	a.t.Helper()
	params := fmt.Sprintf(`"name":%q,"arguments":{"content":"x"},`, tool)
	if a.legacy {
		params += `"task":{"ttl":60000},`
	}
	is := a.good(a.ask("tools/call", tool, params))
	if a.legacy && is.Task != nil && is.Type == "" {
		return *is.Task
	}
	if a.legacy || is.Type != "task" {
		a.t.Fatalf("no task: %+v", is)
	}
	return is
}

// settled asks again and again until the task is over.
func (a agent) settled(id string) (is told) {
	a.t.Helper()
	a.until("the end of "+id, func() bool {
		is = a.good(a.about("get", id))
		return is.Status != "working"
	})
	return is
}

// agents are a server with a tool, thumb, that runs until it is told how it ended,
// and one, slow, that runs until it is stopped, and a client of each era.
func agents(t *testing.T, yaml string) (f *fixture, runs <-chan notice, both []agent) {
	t.Helper()
	s, runs := callbacks(t, nil)
	endless := newTarget(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	f = serve(t, yaml+configOf(s, jsonMode)+"  - name: slow\n    target: "+endless.URL+"\n")
	return f, runs, []agent{{fixture: f}, {fixture: f, legacy: true}}
}

// ends tells how a run ended.
func (f *fixture) ends(is notice, how string) {
	f.t.Helper()
	if a := f.call("PATCH", is.CallbackURL, how, "x-api-key", ""); a.status >= 300 {
		f.t.Errorf("%s: %d %s", how, a.status, a.body)
	}
}

func TestATaskIsAJob(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	for _, a := range both {
		t.Run(fmt.Sprint("legacy ", a.legacy), func(t *testing.T) {
			a := agent{fixture: &fixture{}, legacy: a.legacy}
			*a.fixture = *f
			a.t = t
			begun := a.begin("thumb")
			is := <-runs
			if begun.ID != is.JobID || begun.Status != "working" || begun.TTL != nil || begun.LegacyTTL != nil || begun.Poll+begun.LegacyPoll < 1000 {
				t.Errorf("%+v, the job is %s", begun, is.JobID)
			}
			a.ends(is, `{"progress":40}`)
			a.until("progress", func() bool { return a.good(a.about("get", begun.ID)).Message == "processing, 40 %" })
			a.ends(is, `{"status":"success","result":{"n":1.50}}`)
			end := a.settled(begun.ID)
			if ttl := [2]*int64{end.TTL, end.LegacyTTL}; end.Status != "completed" || ttl[0] == nil == (ttl[1] == nil) || end.Poll+end.LegacyPoll != 0 {
				t.Errorf("%+v", end)
			}
			a.wantResult(end, `{"n":1.5}`)

			failed := a.begin("thumb").ID
			a.ends(<-runs, `{"status":"failed","error":{"code":"NO_PICTURE","message":"No.","details":{"line":2}}}`)
			if end := a.settled(failed); end.Status != "completed" {
				t.Errorf("a tool's own failure: %+v", end)
			} else {
				a.wantResult(end, `{"error":{"code":"NO_PICTURE","details":{"line":2},"message":"No."}}`)
			}

			stopped := a.begin("slow").ID
			a.good(a.about("cancel", stopped))
			if end := a.settled(stopped); end.Status != "cancelled" || end.Result != nil || end.Error != nil {
				t.Errorf("cancelled: %+v", end)
			}
			for _, id := range []string{begun.ID, stopped} {
				before := a.good(a.about("get", id))
				if r := a.about("cancel", id); a.legacy {
					a.wantRefused("cancelled when it was over", r, -32602, 200)
				} else if end := a.good(r); end.ID != "" || end.Status != "" {
					t.Errorf("an acknowledgement says %+v", end)
				}
				if after := a.good(a.about("get", id)); after.Status != before.Status {
					t.Errorf("it was %s and is %s", before.Status, after.Status)
				}
			}
			if r := a.about("update", begun.ID); a.legacy {
				a.wantRefused("update", r, -32601, 200)
			} else {
				a.good(r)
			}
		})
	}
}

// wantResult checks what a task ended with, which legacy clients ask for.
func (a agent) wantResult(end told, structured string) {
	a.t.Helper()
	is := end.Result
	if a.legacy {
		r := a.good(a.about("result", end.ID))
		is = &called{IsError: r.IsError, Structured: r.Structured}
		if related, ok := r.Meta["io.modelcontextprotocol/related-task"].(map[string]any); !ok || related["taskId"] != end.ID {
			a.t.Errorf("the result names no task: %+v", r.Meta)
		}
	}
	if is == nil {
		a.t.Fatalf("%+v has no result", end)
	}
	got, err := json.Marshal(is.Structured)
	if err != nil || string(got) != structured || is.IsError != strings.HasPrefix(structured, `{"error"`) {
		a.t.Errorf("result %s, isError %t; want %s", got, is.IsError, structured)
	}
}

func (a agent) wantRefused(what string, r rpc, code, status int) {
	a.t.Helper()
	if r.Error == nil || r.Error.Code != code || r.status != status {
		a.t.Errorf("%s: %d %s %+v, want %d with status %d", what, r.status, r.Result, r.Error, code, status)
	}
}

func TestNobodyLearnsOfOthersTasks(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	id := both[0].begin("thumb").ID
	<-runs
	others := f.newKey(auth.NewKey{Owner: "bob", Plan: "unlimited"})
	reads := f.newKey(auth.NewKey{Owner: "ann", Plan: "unlimited", Scopes: []string{account.ScopeRead}})
	for _, a := range both {
		for _, method := range []string{"get", "cancel", "update", "result"} {
			if missing := map[bool]string{true: "update", false: "result"}[a.legacy]; method == missing {
				continue
			}
			a.more = []string{"x-api-key", others}
			refusals := map[string]bool{}
			for _, id := range []string{id, "00000000-0000-7000-8000-000000000000", "no id at all"} {
				r := a.about(method, id)
				a.wantRefused(method+" of "+id, r, -32602, 200)
				refusals[fmt.Sprint(r.Error)] = true
			}
			if len(refusals) != 1 {
				t.Errorf("%s: %d different refusals", method, len(refusals))
			}
			a.more = nil
			for what, params := range map[string]string{"missing": "", "a number": `"taskId":1,`, "null": `"taskId":null,`} {
				a.wantRefused(method+", the id is "+what, a.ask("tasks/"+method, "", params), -32602, 200)
			}
		}
		a.more = []string{"x-api-key", others}
		if a.legacy {
			if page := a.good(a.ask("tasks/list", "", "")); len(page.Tasks) != 0 {
				t.Errorf("%+v", page)
			}
		}
		a.more = []string{"x-api-key", reads}
		a.good(a.about("get", id))
		if r := a.about("cancel", id); r.status != http.StatusForbidden || r.Error == nil {
			t.Errorf("cancelled with a key that reads only: %d %s", r.status, r.Result)
		}
	}
	if end := both[0].good(both[0].about("get", id)); end.Status != "working" {
		t.Errorf("it is %+v", end)
	}
}

// TestModernTasksAreForClientsThatKnowThem: others are told what they lack, and
// their calls are held.
func TestModernTasksAreForClientsThatKnowThem(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "sync_timeout: 1s\n")
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel", "subscriptions/listen"} {
		name := map[bool]string{true: "x"}[strings.HasPrefix(method, "tasks/")]
		r := f.mcp(method, name, `"taskId":"x","inputResponses":{},"notifications":{"taskIds":[]},`)
		if r.status != http.StatusBadRequest || r.Error == nil || r.Error.Code != -32021 || fmt.Sprint(r.Error.Data) != "map[requiredCapabilities:map[extensions:map[io.modelcontextprotocol/tasks:map[]]]]" {
			t.Errorf("%s: %d %+v", method, r.status, r.Error)
		}
	}
	for _, method := range []string{"tasks/result", "tasks/list"} {
		both[0].wantRefused(method, both[0].ask(method, "", ""), -32601, http.StatusNotFound)
	}
	c := f.tool("thumb", `{"content":"x"}`)
	if is := <-runs; c.Structured["job_id"] != is.JobID {
		t.Errorf("%+v, the job is %s", c, is.JobID)
	}
	for era, want := range map[string]string{
		"2026-07-28": `"extensions":{"io.modelcontextprotocol/tasks":{}}`,
		"2025-11-25": `"tasks":{"cancel":{},"list":{},"requests":{"tools":{"call":{}}}}`,
		"2025-06-18": "",
	} {
		r := f.post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + era + `"}}`)
		if era == "2026-07-28" {
			r = f.mcp("server/discover", "", "")
		}
		if s := string(r.Result); strings.Contains(s, "asks") != (want != "") || !strings.Contains(s, want) {
			t.Errorf("%s: %s", era, s)
		}
	}
}

func TestLegacyTasksAreListedPageByPage(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "")
	a := both[1]
	var want, got []string
	for range 120 {
		want = append(want, f.submit("json-minify", "{ }"))
	}
	want = append(want, a.begin("thumb").ID)
	<-runs
	slices.Reverse(want)
	cursor := ""
	for range 10 {
		page := a.good(a.ask("tasks/list", "", cursor))
		for _, is := range page.Tasks {
			got = append(got, is.ID)
		}
		if cursor = fmt.Sprintf(`"cursor":%q,`, page.Next); page.Next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d tasks, want %d: %v", len(got), len(want), got)
	}
	for _, odd := range []string{`"cursor":"x",`, `"cursor":1,`} {
		a.wantRefused(odd, a.ask("tasks/list", "", odd), -32602, 200)
	}
	a.wantRefused("a job tool as a task", a.ask("tools/call", "", `"name":"job_list","task":{},`), -32601, 200)
	a.wantRefused("task", a.ask("tools/call", "", `"name":"thumb","arguments":{"content":"x"},"task":1,`), -32602, 200)
	if list := a.ask("tools/list", "", ""); strings.Count(string(list.Result), `"execution":{"taskSupport":"optional"}`) != strings.Count(string(list.Result), `"inputSchema"`)-4 {
		t.Errorf("tools as tasks: %s", list.Result)
	}
}

// TestPollsOfTasksAreDelayedNotRefused, whatever the plan allows.
func TestPollsOfTasksAreDelayedNotRefused(t *testing.T) {
	t.Parallel()
	f, runs, both := agents(t, "plans: {small: {status_per_minute: 30}}\n")
	f.key = f.newKey(auth.NewKey{Owner: "eve", Plan: "small"})
	id := both[0].begin("thumb").ID
	<-runs
	began := time.Now()
	for n := range 33 {
		a := both[n%2]
		if is := a.good(a.about("get", id)); is.Status != "working" {
			t.Errorf("%+v", is)
		}
	}
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("33 polls of 30 in a minute took %s", took)
	}
	f.until("a refusal in the plain dialect", func() bool {
		return f.call("GET", "/jobs/"+id, "").status == http.StatusTooManyRequests
	})
}
