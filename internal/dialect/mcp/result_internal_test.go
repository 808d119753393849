package mcp

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

func TestResultsAreForModelsAndForPrograms(t *testing.T) {
	file := &dialect.File{Name: "x_1.json", Type: "application/json", Size: 9}
	const answer = `{"request_id":"r","status":"success","file":"https://h/downloads/x_1.json?a=1&b=2","preview":"{\n}"}`
	for name, c := range map[string]struct {
		answer string
		file   *dialect.File
		links  bool
		want   string
	}{
		"a file":                    {answer, file, true, `{"content":[{"type":"text","text":"{\n}"},{"type":"resource_link","uri":"https://h/downloads/x_1.json?a=1\u0026b=2","name":"x_1.json","mimeType":"application/json","size":9}],"structuredContent":` + strings.ReplaceAll(answer, "&", `\u0026`) + `,"isError":false}`},
		"a file, before links":      {answer, file, false, `{"content":[{"type":"text","text":"{\n}"},{"type":"text","text":"The whole output, x_1.json, is at https://h/downloads/x_1.json?a=1\u0026b=2"}],"structuredContent":` + strings.ReplaceAll(answer, "&", `\u0026`) + `,"isError":false}`},
		"a file without preview":    {`{"file":"u","preview":""}`, &dialect.File{Name: "i.png", Type: "image/png", Size: -1}, true, `{"content":[{"type":"text","text":"{\"file\":\"u\",\"preview\":\"\"}"},{"type":"resource_link","uri":"u","name":"i.png","mimeType":"image/png"}],"structuredContent":{"file":"u","preview":""},"isError":false}`},
		"an empty file":             {`{"file":"u","preview":""}`, &dialect.File{Name: "e", Type: "text/plain"}, true, `{"content":[{"type":"text","text":"{\"file\":\"u\",\"preview\":\"\"}"},{"type":"resource_link","uri":"u","name":"e","mimeType":"text/plain","size":0}],"structuredContent":{"file":"u","preview":""},"isError":false}`},
		"an object":                 {" {\"n\": 1e400}\n", nil, true, `{"content":[{"type":"text","text":"{\"n\": 1e400}"}],"structuredContent":{"n":1e400},"isError":false}`},
		"an object that looks so":   {`{"file":"https://x","preview":"p"}`, nil, true, `{"content":[{"type":"text","text":"{\"file\":\"https://x\",\"preview\":\"p\"}"}],"structuredContent":{"file":"https://x","preview":"p"},"isError":false}`},
		"a list":                    {`[1,2]`, nil, true, `{"content":[{"type":"text","text":"[1,2]"}],"structuredContent":{"value":[1,2]},"isError":false}`},
		"a string":                  {`"{"`, nil, true, `{"content":[{"type":"text","text":"\"{\""}],"structuredContent":{"value":"{"},"isError":false}`},
		"a number beyond doubles":   {`9007199254740993`, nil, true, `{"content":[{"type":"text","text":"9007199254740993"}],"structuredContent":{"value":9007199254740993},"isError":false}`},
		"null, which is an outcome": {`null`, nil, true, `{"content":[{"type":"text","text":"null"}],"structuredContent":{"value":null},"isError":false}`},
	} {
		if got := string(encode(success([]byte(c.answer), c.file, c.links))); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestFailuresAreTheToolsOrOurs(t *testing.T) {
	for name, c := range map[string]struct {
		f    *fault.Error
		ours bool
		says string // the text, or the data
	}{
		"a tool's":     {fault.New(fault.Invalid, "INVALID_JSON", "JSON validation failed.").With("line", 2).With("column", 5).With("reason", "a \"}\""), false, `INVALID_JSON: JSON validation failed. (line 2, column 5) reason: "a \"}\""`},
		"an input's":   {fault.New(fault.Invalid, "INVALID_INPUT", "It does not fit.").With("errors", []map[string]string{{"pointer": "/a"}}), false, `INVALID_INPUT: It does not fit. errors: [{"pointer":"/a"}]`},
		"a limit":      {fault.New(fault.Limited, "RATE_LIMITED", "Slow down.").After(1500 * time.Millisecond), false, `RATE_LIMITED: Slow down. Try again in 2 s.`},
		"a quota":      {fault.New(fault.Limited, "QUOTA_EXCEEDED", "Used up.").With("resets_at", 1).After(400 * time.Hour), false, `QUOTA_EXCEEDED: Used up. Try again in 86400 s.`},
		"an endpoint":  {fault.New(fault.Upstream, "UPSTREAM_ERROR", "It failed."), false, `UPSTREAM_ERROR: It failed.`},
		"too late":     {fault.New(fault.Timeout, "TIMEOUT", "Out of time."), true, `{"code":"TIMEOUT"}`},
		"the store":    {fault.New(fault.Unavailable, "UNAVAILABLE", "Not now.").After(time.Second), true, `{"code":"UNAVAILABLE","retry_after":1}`},
		"unknown ours": {fault.New(fault.Internal, "SECRET", "At /some/path."), true, `{"code":"INTERNAL_ERROR"}`},
	} {
		f := dialect.FailureOf(c.f)
		p := ours(f)
		if (p != nil) != c.ours {
			t.Errorf("%s: %+v", name, p)
			continue
		}
		if p != nil {
			if got := string(encode(p.Data)); got != c.says || p.Code != internalError || p.Status != http.StatusOK || strings.Contains(p.Message, "/") {
				t.Errorf("%s: %+v %s", name, p, got)
			}
			continue
		}
		r := failure(f)
		var told struct {
			Error struct {
				Code, Message string
				Details       map[string]any
				RetryAfter    int64 `json:"retry_after"`
			}
		}
		if err := json.Unmarshal(r.Structured, &told); err != nil || !r.IsError || told.Error.Code != c.f.Code || told.Error.Message != c.f.Message || len(told.Error.Details) != len(c.f.Details) || told.Error.RetryAfter != f.RetryAfter {
			t.Errorf("%s: %s", name, r.Structured)
		}
		if r.Content[0].Text != c.says {
			t.Errorf("%s: %q, want %q", name, r.Content[0].Text, c.says)
		}
	}
}

func TestWorkThatGoesOnNamesItsJob(t *testing.T) {
	id, err := job.ParseID("01997f3e-5b80-7c41-9d02-6f1a8be3d274")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0)
	r := running(dialect.View{Job: &job.Job{ID: id, Tool: "json-formatter", Status: job.Processing, Created: at, Updated: at}, Hint: 3})
	if r.IsError || !strings.Contains(r.Content[0].Text, id.String()) || string(r.Structured) != `{"job_id":"`+id.String()+`","tool":"json_formatter","status":"processing","created_at":1800000000,"updated_at":1800000000,"retry_after":3}` {
		t.Errorf("%+v %s", r, r.Structured)
	}
	r = running(dialect.View{Job: &job.Job{ID: id, Status: job.Failed}}) // of one that was accepted before and is gone
	if !strings.Contains(r.Content[0].Text, "job_result") || !strings.Contains(string(r.Structured), `"status":"failed"`) {
		t.Errorf("%+v %s", r, r.Structured)
	}
}
