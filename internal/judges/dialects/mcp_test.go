package dialects_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mcp is the dialect of agents in one of its revisions. Without tasks a call that
// lasts is gone on with by the tools for jobs.
type mcp struct {
	revision string
	tasks    bool
}

const (
	modern    = "2026-07-28"
	legacy    = "2025-11-25"
	ownMeta   = "io.modelcontextprotocol/"
	extension = ownMeta + "tasks"
)

// An mcpAnswer is a response to a request.
type mcpAnswer struct {
	Error *struct {
		Code int
		Data struct{ Code string }
	}
	Result mcpResult
}

// An mcpResult is what any of the requests ends with.
type mcpResult struct {
	IsError           bool
	StructuredContent json.RawMessage

	// Of a task.
	TaskID, Status, StatusMessage string
	Task                          *mcpResult
	Result                        *mcpResult
	Error                         *struct {
		Code int
		Data struct{ Code string }
	}
}

// mcpRefusals are codes that a call of a tool has failed with that was not taken.
var mcpRefusals = []string{
	"FILE_NOT_FOUND", "IDEMPOTENCY_CONFLICT", "INVALID_OPTION", "JOB_NOT_FOUND", "PAYLOAD_TOO_LARGE", "QUOTA_EXCEEDED", "RATE_LIMITED", "TOO_MANY_JOBS",
	"UNSUPPORTED_EXTENSION", "URL_NOT_ALLOWED",
}

// words are those in which it tells what all others tell otherwise: what a client
// should have known from tools/list is one error.
func (mcp) words() *strings.Replacer {
	return strings.NewReplacer("refused NOT_FOUND", "refused -32602", "refused INVALID_REQUEST", "refused -32602")
}

// rpc makes a request; name is what Mcp-Name repeats.
func (m mcp) rpc(c caller, method, name string, params map[string]any) mcpAnswer {
	c.t.Helper()
	meta, _ := params["_meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		params["_meta"] = meta
	}
	headers := []string{"Content-Type", "application/json", "Accept", "application/json, text/event-stream", "MCP-Protocol-Version", m.revision}
	if m.revision == modern {
		extensions := map[string]any{}
		if m.tasks {
			extensions[extension] = map[string]any{}
		}
		meta[ownMeta+"protocolVersion"] = modern
		meta[ownMeta+"clientCapabilities"] = map[string]any{"extensions": extensions}
		headers = append(headers, "Mcp-Method", method, "Mcp-Name", name)
	}
	var a mcpAnswer
	c.ask(c.t, &a, c.key, "POST", "/mcp", encode(c.t, map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), headers...)
	return a
}

func (m mcp) call(c caller, tool string, arguments map[string]any, again string) mcpAnswer {
	c.t.Helper()
	params := map[string]any{"name": tool, "arguments": arguments, "_meta": map[string]any{}}
	if again != "" {
		params["_meta"] = map[string]any{"claimcheck/idempotencyKey": again}
	}
	if m.tasks && m.revision != modern {
		params["task"] = map[string]any{"ttl": 600_000}
	}
	return m.rpc(c, "tools/call", tool, params)
}

func (m mcp) submit(c caller, w work) answer {
	arguments, options := w.members(c.t, func(name string) string { return strings.ReplaceAll(name, "-", "_") })
	maps.Copy(arguments, options)
	a := m.told(m.call(c, strings.ReplaceAll(w.tool, "-", "_"), arguments, w.again))
	if a.id != "" && (a.state == "success" || a.state == "failed") { // it was done before
		return m.look(c, a.id)
	}
	return a
}

func (m mcp) look(c caller, id string) answer {
	if m.tasks {
		return m.lookTask(c, id)
	}
	a := m.told(m.call(c, "job_status", map[string]any{"job_id": id}, ""))
	if a.state != "success" && a.state != "failed" {
		return a
	}
	a = m.told(m.call(c, "job_result", map[string]any{"job_id": id}, ""))
	a.id = id
	return a
}

func (m mcp) cancel(c caller, id string) answer {
	if m.tasks { // whether it is over or not to be seen, if it cannot be ended, a look tells
		m.rpc(c, "tasks/cancel", id, map[string]any{"taskId": id})
		return m.look(c, id)
	}
	a := m.told(m.call(c, "job_cancel", map[string]any{"job_id": id}, ""))
	if a.code == "JOB_FINISHED" {
		return m.look(c, id)
	}
	return a
}

// told is an answer in the words that all share.
func (m mcp) told(a mcpAnswer) answer {
	if a.Error != nil {
		return mcpRefused(a.Error.Code, a.Error.Data.Code)
	}
	r := a.Result
	if r.Task != nil {
		r = *r.Task
	}
	if r.TaskID != "" {
		return m.taskOf(r)
	}
	return finished(r)
}

// mcpRefused is an error of the protocol: of what failed of ours it has the code.
func mcpRefused(code int, ours string) answer {
	switch {
	case ours == "TIMEOUT" || ours == "INTERNAL_ERROR" || ours == "WORKER_LOST":
		return answer{state: "failed", code: ours}
	case ours != "":
		return answer{code: ours}
	default:
		return answer{code: strconv.Itoa(code)}
	}
}

// finished is the result of a call, or what a tool for jobs tells.
func finished(r mcpResult) answer {
	var said struct {
		JobID  string `json:"job_id"`
		Status string
		Error  *struct {
			Code    string
			Details struct{ Line, Column any }
		}
	}
	_ = json.Unmarshal(r.StructuredContent, &said) // a result may be anything
	switch {
	case r.IsError && said.Error != nil:
		a := answer{state: "failed", code: said.Error.Code, line: lineOf(said.Error.Details.Line, said.Error.Details.Column)}
		if slices.Contains(mcpRefusals, a.code) || a.code == "JOB_FINISHED" {
			a.state = ""
		}
		return a
	case said.JobID != "":
		return answer{id: said.JobID, state: said.Status}
	default:
		return answer{state: "success", result: unwrapped(r.StructuredContent)}
	}
}

// lookTask asks for a task. One that is not to be seen is a parameter that cannot
// be.
func (m mcp) lookTask(c caller, id string) answer {
	ask := func(method string) answer {
		a := m.told(m.rpc(c, method, id, map[string]any{"taskId": id}))
		if a.code == "-32602" {
			a.code = "JOB_NOT_FOUND"
		}
		return a
	}
	a := ask("tasks/get")
	if m.revision == modern || a.state != "success" && a.state != "failed" || a.code == "CANCELED" {
		return a
	}
	a = ask("tasks/result") // it may have expired since
	a.id = id
	return a
}

// taskOf is a task. Its result is there at once in the modern revision.
func (m mcp) taskOf(r mcpResult) answer {
	var a answer
	switch r.Status {
	case "completed":
		a.state = "success"
		if r.Result != nil {
			a = finished(*r.Result)
		}
	case "failed":
		a = answer{state: "failed"}
		if r.Error != nil {
			a.code = r.Error.Data.Code
		}
	case "cancelled":
		a = answer{state: "failed", code: "CANCELED"}
	default:
		a.state, _, _ = strings.Cut(r.StatusMessage, " ")
		a.state = strings.TrimSuffix(a.state, ",")
	}
	a.id = r.TaskID
	return a
}
