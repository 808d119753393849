package mcp

import (
	"encoding/json"
	"strings"

	"claimcheck/internal/tool"
)

// A listed is a tool as tools/list tells of it (Tool of the schema).
type listed struct {
	Name        string          `json:"name"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description"`
	Input       json.RawMessage `json:"inputSchema"`
	Output      json.RawMessage `json:"outputSchema,omitempty"`
	Annotations *annotations    `json:"annotations,omitempty"`
	Execution   *execution      `json:"execution,omitempty"`
}

// An execution is how a tool can be called (ToolExecution of the schema of
// 2025-11-25; later revisions have none).
type execution struct {
	TaskSupport string `json:"taskSupport"`
}

// Annotations are what is known of how a tool behaves (ToolAnnotations of the
// schema).
type annotations struct {
	Title       string `json:"title,omitempty"`
	ReadOnly    *bool  `json:"readOnlyHint,omitempty"`
	Destructive *bool  `json:"destructiveHint,omitempty"`
	Idempotent  *bool  `json:"idempotentHint,omitempty"`
	OpenWorld   *bool  `json:"openWorldHint,omitempty"`
}

// listTools answers tools/list: the tools for jobs, of which the first is quick and
// needs nothing (clients try servers with the first), then those that the key may
// call, by name. It is one page.
func (x *exchange) listTools() (reply, error) {
	cursor, p := x.member("cursor")
	if p != nil {
		return reply{}, p
	}
	if cursor != "" {
		return reply{}, badParams("There is one page of tools; cursor is none that was handed out.")
	}
	var list []listed
	for _, t := range jobTools() {
		list = append(list, t.listed())
	}
	for _, name := range x.Tools.Names() {
		t, err := x.call.Tool(name)
		if err != nil { // the key may not call it, or it is gone by now
			continue
		}
		spec := t.Spec()
		l := describe(&spec)
		if x.revision == tasksRevision {
			l.Execution = &execution{"optional"}
		}
		list = append(list, l)
	}
	body := map[string]any{"tools": list}
	if x.modern() {
		body["ttlMs"], body["cacheScope"] = listTTL, "private"
	}
	return reply{body: encode(body)}, nil
}

// describe is what a tool says of itself.
func describe(s *tool.Spec) listed {
	l := listed{Name: published(s.Name), Description: s.Summary, Input: ownInput(s), Output: outputSchema(s), Annotations: annotationsOf(s)}
	if l.Annotations != nil {
		l.Title = l.Annotations.Title
	}
	if l.Input == nil {
		l.Input = encode(inputSchema(s))
	}
	return l
}

// annotationsOf are what the operator says of a tool; the built-in ones only read.
func annotationsOf(s *tool.Spec) *annotations {
	switch a := s.Annotations; {
	case a != nil:
		return &annotations{a.Title, a.ReadOnly, a.Destructive, a.Idempotent, a.OpenWorld}
	case s.Mode == tool.BuiltIn:
		yes := true
		return &annotations{ReadOnly: &yes, Idempotent: &yes}
	default:
		return nil
	}
}

// published is a tool's name for models, many of which are given no hyphens. A name
// that would be a job tool's is left as it is.
func published(name string) string {
	if p := strings.ReplaceAll(name, "-", "_"); jobTool(p) == nil {
		return p
	}
	return name
}

// tool finds the tool of a published name, or of its own, that the caller may call.
func (x *exchange) tool(name string) (tool.Tool, *problem) {
	t, err := x.call.Tool(strings.ReplaceAll(name, "_", "-"))
	if err != nil {
		return nil, badParams("Unknown tool; tools/list names those that this key may call.")
	}
	return t, nil
}
