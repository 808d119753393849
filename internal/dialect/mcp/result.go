package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
)

// A toolResult is what a call ends with (CallToolResult of the schema).
type toolResult struct {
	Content    []content       `json:"content"`
	Structured json.RawMessage `json:"structuredContent,omitempty"`
	IsError    bool            `json:"isError"`
}

// A content is a part of a result for the model: a text, or a link to a file.
type content struct {
	Type string `json:"type"`
	Text string `json:"text,omitempty"`

	URI      string `json:"uri,omitempty"`
	Name     string `json:"name,omitempty"`
	MimeType string `json:"mimeType,omitempty"`
	Size     *int64 `json:"size,omitempty"`
}

func textContent(s string) content { return content{Type: "text", Text: s} }

// success is the result of work that succeeded: what a tool answered, and the file
// that it made, if it made one. Links are content since 2025-06-18; before, they are
// told as text.
func success(answer []byte, file *dialect.File, links bool) toolResult {
	r := toolResult{Structured: answer}
	if !isObject(answer) {
		r.Structured = encode(map[string]json.RawMessage{"value": answer})
	}
	text := string(bytes.TrimSpace(answer))
	if file != nil {
		var told struct {
			File    string `json:"file"`
			Preview string `json:"preview"`
		}
		if err := json.Unmarshal(answer, &told); err == nil && told.Preview != "" {
			text = told.Preview
		}
		r.Content = append(r.Content, textContent(text), linkContent(told.File, file, links))
		return r
	}
	r.Content = []content{textContent(text)}
	return r
}

func linkContent(uri string, f *dialect.File, links bool) content {
	if !links {
		return textContent("The whole output, " + f.Name + ", is at " + uri)
	}
	c := content{Type: "resource_link", URI: uri, Name: f.Name, MimeType: f.Type}
	if f.Size >= 0 {
		c.Size = &f.Size
	}
	return c
}

func isObject(value []byte) bool {
	value = bytes.TrimLeft(value, " \t\r\n")
	return len(value) > 0 && value[0] == '{'
}

// running is the result of a call whose work goes on: it names the job.
func running(v dialect.View) toolResult {
	text := fmt.Sprintf("The work goes on as job %s. Ask for its result with job_result in %d s or later; job_cancel ends it.", v.Job.ID, v.Hint)
	if v.Job.Status.Final() {
		text = fmt.Sprintf("The work is done as job %s. Ask for its result with job_result.", v.Job.ID)
	}
	return toolResult{Content: []content{textContent(text)}, Structured: encode(summary(v))}
}

// failure is the result of a call that failed for the tool's reasons, or the
// caller's.
func failure(f dialect.Failure) toolResult {
	e := map[string]any{"code": f.Code, "message": f.Message}
	details := map[string]any{}
	for _, d := range f.Details {
		details[d.Name] = d.Value
	}
	if len(details) > 0 {
		e["details"] = details
	}
	if f.RetryAfter > 0 {
		e["retry_after"] = f.RetryAfter
	}
	return toolResult{
		Content: []content{textContent(sentence(f, details))}, IsError: true, Structured: encode(map[string]any{"error": e}),
	}
}

// sentence says for a model what failed, where, and what to do.
func sentence(f dialect.Failure, details map[string]any) string {
	var s strings.Builder
	s.WriteString(f.Code + ": " + f.Message)
	if line, ok := details["line"]; ok {
		fmt.Fprintf(&s, " (line %s", encode(line))
		if column, ok := details["column"]; ok {
			fmt.Fprintf(&s, ", column %s", encode(column))
		}
		s.WriteByte(')')
	}
	for _, name := range []string{"reason", "errors"} {
		if why, ok := details[name]; ok {
			fmt.Fprintf(&s, " %s: %s", name, encode(why))
		}
	}
	if f.RetryAfter > 0 {
		fmt.Fprintf(&s, " Try again in %d s.", f.RetryAfter)
	}
	return s.String()
}

// ours is a failure as an error of the protocol, if it is not the tool's.
func ours(f dialect.Failure) *problem {
	if f.Kind != fault.Internal && !oursCodes[f.Code] {
		return nil
	}
	p := problemOf(f)
	p.Status = http.StatusOK
	return p
}
