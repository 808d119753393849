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

// OpenAPI returns the description of the API of a server with these tools, an
// OpenAPI 3.1 document in JSON. The public URL has no final slash.
func OpenAPI(publicURL, version string, tools []Tool) ([]byte, error) {
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
func Paths(tools []Tool) ([]string, error) {
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
func document(tools []Tool) (*object, error) {
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
func (t *Tool) pathItem(template *object, taken map[string]bool) (*object, error) {
	id := camelCase(t.Path)
	for taken[id] {
		id += "Tool"
	}
	taken[id] = true
	output := "is `" + t.Output.ContentType + "`"
	if t.Output.ContentType == "" {
		output = "is whatever the tool answers"
	}
	item := template.filled(map[string]any{
		"id": id, "summary": t.Summary, "output": output, "limits": t.Limits.sentence(), "extensions": append([]string{}, t.Extensions...),
		"content_types": append([]string{}, t.Input.ContentTypes...), "max_bytes": t.Limits.MaxBytes, "timeout_seconds": t.Limits.TimeoutSeconds,
	})
	post := item.object("post")
	if t.Output.ContentType == "" {
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

// sentence tells the limits of a tool, whatever the plan.
func (l ToolLimits) sentence() string {
	text := fmt.Sprintf("An attempt may take %d seconds.", l.TimeoutSeconds)
	if l.MaxBytes > 0 {
		text = fmt.Sprintf("An input has at most %d bytes; ", l.MaxBytes) + "a" + text[1:]
	}
	return text
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

// types are those of JSON Schema, by the kind of an option.
var types = map[string]string{"integer": "integer", "boolean": "boolean", "choice": "string", "text": "string"}

func (o *ToolOption) parameter() (*object, error) {
	schema := newObject().with("type", types[o.Kind])
	switch {
	case o.Kind == "integer" && o.Min != nil && o.Max != nil:
		schema.set("minimum", int64(*o.Min))
		schema.set("maximum", int64(*o.Max))
	case o.Kind == "text" && o.Max != nil:
		schema.set("maxLength", int64(*o.Max))
	}
	if len(o.Choices) > 0 {
		schema.set("enum", o.Choices)
	}
	if o.Default != "" {
		v, err := o.defaultValue()
		if err != nil {
			return nil, fmt.Errorf("default of %s: %w", o.Header, err)
		}
		schema.set("default", v)
	}
	p := newObject().with("name", o.Header).with("in", "header").with("description", o.Summary)
	if o.Required {
		p.set("required", true)
	}
	return p.with("schema", schema), nil
}

func (o *ToolOption) defaultValue() (any, error) {
	switch o.Kind {
	case "integer":
		return strconv.ParseInt(o.Default, 10, 64)
	case "boolean":
		return strconv.ParseBool(o.Default)
	default:
		return o.Default, nil
	}
}
