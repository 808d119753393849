package relay

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Limits of what is remembered of tools.
const (
	maxTools  = 10_000
	maxPages  = 100 // of a list of tools
	maxNested = 32  // objects in objects
)

// params knows which arguments of which tool are to be repeated in headers: a
// tool's input schema marks them with x-mcp-header. It is safe for concurrent
// use.
type params struct {
	mu     sync.Mutex          // guards the fields below
	tools  map[string][]marked // of every tool that was listed
	listed bool                // the relay has asked for the list itself
}

// A marked argument goes into the header Mcp-Param-<header>.
type marked struct {
	path   []string // names of members, from the arguments inwards
	header string
}

// set adds the headers of a call.
func (p *params) set(h http.Header, m *message) {
	p.mu.Lock()
	all := p.tools[asText(m.params["name"])]
	p.mu.Unlock()
	for _, mark := range all {
		value := m.params["arguments"]
		for _, name := range mark.path {
			value = object(value)[name]
		}
		if text, ok := primitive(value); ok {
			h.Set("Mcp-Param-"+mark.header, fieldValue(text))
		}
	}
}

// primitive writes a string, a number or a boolean as the header wants it.
func primitive(value json.RawMessage) (text string, ok bool) {
	if len(value) == 0 {
		return "", false
	}
	switch c := value[0]; {
	case c == '"':
		return asText(value), true
	case c == 't', c == 'f':
		return string(value), true
	case c == '-' || c >= '0' && c <= '9':
		return number(string(value))
	}
	return "", false
}

// number writes a whole number without a point or an exponent, another one as it
// stands.
func number(text string) (string, bool) {
	if !strings.ContainsAny(text, ".eE") {
		return text, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if whole := int64(f); float64(whole) == f && whole > -1<<53 && whole < 1<<53 {
		return strconv.FormatInt(whole, 10), true
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

// learn remembers the tools of an answer to tools/list and returns where the
// list goes on.
func (p *params) learn(result json.RawMessage) (next string) {
	var list struct {
		Tools []struct {
			Name        string          `json:"name"`
			InputSchema json.RawMessage `json:"inputSchema"`
		} `json:"tools"`
		NextCursor string `json:"nextCursor"`
	}
	if json.Unmarshal(result, &list) != nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tools == nil {
		p.tools = map[string][]marked{}
	}
	for _, t := range list.Tools {
		if _, known := p.tools[t.Name]; known || len(p.tools) < maxTools {
			p.tools[t.Name] = marks(t.InputSchema, nil)
		}
	}
	return list.NextCursor
}

// marks finds the marked arguments: those that are reached through properties
// alone.
func marks(schema json.RawMessage, path []string) (all []marked) {
	if len(path) > maxNested {
		return nil
	}
	members := object(schema)
	if header := asText(members["x-mcp-header"]); isToken(header) && len(path) > 0 {
		all = append(all, marked{path, header})
	}
	for name, inner := range object(members["properties"]) {
		all = append(all, marks(inner, append(slices.Clip(path), name))...)
	}
	return all
}

// isToken reports whether a text can be part of a header's name, RFC 9110
// section 5.6.2.
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}

// lacks reports whether a call is of a tool that no list has shown, and the list
// was not asked for yet; from then on it was.
func (p *params) lacks(m *message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, known := p.tools[asText(m.params["name"])]
	lacking := !known && !p.listed
	p.listed = p.listed || lacking
	return lacking
}

// list asks the server for its tools, with the words about the client that a
// call has; where that fails the call is made all the same, and the server says
// what it lacks.
func (r *relay) list(ctx context.Context, m *message) {
	cursor := ""
	for range maxPages {
		asked := members{"_meta": m.params["_meta"]}
		if cursor != "" {
			asked["cursor"], _ = json.Marshal(cursor) // a string can be written
		}
		text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": "relay", "method": methodList, "params": asked})
		if err != nil {
			return
		}
		list, err := parse(text)
		if err != nil {
			return
		}
		answer, err := r.ask(ctx, &list)
		if err != nil {
			r.Log.WarnContext(ctx, "the server's tools are not known: which arguments it wants in headers is not either", "error", err)
			return
		}
		if cursor = r.params.learn(answer["result"]); cursor == "" {
			return
		}
	}
}
