package api

import (
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

//go:embed openapi.yaml
var openapiYAML []byte

// A ToolDoc is what the description of the API says of one tool.
type ToolDoc struct {
	Path        string   // for instance /json-formatter-api
	Summary     string   // one sentence
	Extensions  []string // of the files that hold its input, without the dot
	ContentType string   // of the output
	OwnJSON     bool     // its answer may be any JSON
	Options     []OptionDoc
}

// An OptionDoc describes one option of a tool.
type OptionDoc struct {
	Header  string // lower case, for instance x-tab-space
	Type    string // of the value as JSON Schema has it: integer, boolean or string
	Default string // empty for none
	Minimum int    // of an integer
	Maximum int    // of an integer; no bounds if both are 0
	Enum    []string
	Summary string
}

// OpenAPI returns the description of the API of a server with these tools, an
// OpenAPI 3.1 document in JSON. The public URL has no final slash.
func OpenAPI(publicURL, version string, tools []ToolDoc) ([]byte, error) {
	doc, err := document(tools)
	if err != nil {
		return nil, err
	}
	doc = doc.filled(map[string]any{"public_url": publicURL, "version": version})
	body, err := doc.MarshalJSON() // called directly: json.Marshal would escape '<'
	if err != nil {
		return nil, fmt.Errorf("encode openapi.yaml: %w", err)
	}
	return body, nil
}

// Paths lists what a server with these tools serves by its description, each as
// "METHOD /path", in the order of the document. HEAD, which every GET path
// takes, is left out.
func Paths(tools []ToolDoc) ([]string, error) {
	doc, err := document(tools)
	if err != nil {
		return nil, err
	}
	var list []string
	paths := doc.object("paths")
	for _, path := range paths.names {
		item := paths.object(path)
		for _, member := range item.names {
			if method := strings.ToUpper(member); isMethod(method) {
				list = append(list, method+" "+path)
			}
		}
		without, _ := item.values["x-without-id"].([]any)
		for _, p := range without {
			list = append(list, fmt.Sprintf("%s %s", http.MethodGet, p))
		}
	}
	return list, nil
}

func isMethod(s string) bool {
	switch s {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	default:
		return false
	}
}

// document is openapi.yaml with its own members (see its head) worked in.
func document(tools []ToolDoc) (*object, error) {
	doc, err := parse(openapiYAML)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	doc.take("x-reused")
	template := doc.object("x-tool")
	doc.take("x-tool")
	paths := doc.object("paths")
	taken := operations(paths)
	for i := range tools {
		item, err := tools[i].pathItem(template, taken)
		if err != nil {
			return nil, fmt.Errorf("describe %s: %w", tools[i].Path, err)
		}
		paths.set(tools[i].Path, item)
	}
	responses := doc.object("components", "responses")
	for _, name := range responses.names {
		if err := showFailures(responses.object(name)); err != nil {
			return nil, fmt.Errorf("openapi.yaml: response %s: %w", name, err)
		}
	}
	return doc, nil
}

// operations are the ids that the document's own operations have.
func operations(paths *object) map[string]bool {
	taken := map[string]bool{}
	for _, path := range paths.names {
		item := paths.object(path)
		for _, method := range item.names {
			if op, ok := item.values[method].(*object); ok {
				id, _ := op.values["operationId"].(string)
				taken[id] = true
			}
		}
	}
	return taken
}

// pathItem describes a tool; taken are operation ids that it must not have.
func (t *ToolDoc) pathItem(template *object, taken map[string]bool) (*object, error) {
	id := camelCase(t.Path)
	for taken[id] {
		id += "Tool"
	}
	taken[id] = true
	item := template.filled(map[string]any{
		"id": id, "summary": t.Summary, "content_type": t.ContentType, "extensions": append([]string{}, t.Extensions...),
	})
	post := item.object("post")
	if t.OwnJSON {
		post.object("responses", "200", "content", "application/json").set("schema",
			newObject().with("description", "The tool's own JSON, or a Result where its output is a file.").with("additionalProperties", true))
	}
	parameters, _ := post.values["parameters"].([]any)
	for i := range t.Options {
		p, err := t.Options[i].parameter()
		if err != nil {
			return nil, err
		}
		parameters = append(parameters, p)
	}
	post.set("parameters", parameters)
	return item, nil
}

// camelCase makes an operation's id of a path: jsonFormatter of
// /json-formatter-api.
func camelCase(path string) string {
	words := strings.Split(strings.TrimSuffix(strings.Trim(path, "/"), "-api"), "-")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

func (o *OptionDoc) parameter() (*object, error) {
	schema := newObject()
	schema.set("type", o.Type)
	if o.Type == "integer" && o.Minimum|o.Maximum != 0 {
		schema.set("minimum", int64(o.Minimum))
		schema.set("maximum", int64(o.Maximum))
	}
	if len(o.Enum) > 0 {
		schema.set("enum", o.Enum)
	}
	if o.Default != "" {
		v, err := o.defaultValue()
		if err != nil {
			return nil, fmt.Errorf("default of %s: %w", o.Header, err)
		}
		schema.set("default", v)
	}
	return newObject().with("name", o.Header).with("in", "header").
		with("description", o.Summary).with("schema", schema), nil
}

func (o *OptionDoc) defaultValue() (any, error) {
	switch o.Type {
	case "integer":
		return strconv.ParseInt(o.Default, 10, 64)
	case "boolean":
		return strconv.ParseBool(o.Default)
	default:
		return o.Default, nil
	}
}
