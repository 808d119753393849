package postman

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type request struct {
	Method      string     `json:"method"`
	Auth        *auth      `json:"auth,omitempty"`
	Header      []variable `json:"header"`
	Body        *body      `json:"body,omitempty"`
	URL         address    `json:"url"`
	Description string     `json:"description,omitempty"`
}

type address struct {
	Raw   string     `json:"raw"`
	Host  []string   `json:"host"`
	Path  []string   `json:"path"`
	Query []variable `json:"query,omitempty"`
}

type body struct {
	Mode    string         `json:"mode"`
	Raw     string         `json:"raw,omitempty"`
	Form    []variable     `json:"formdata,omitempty"`
	Options map[string]any `json:"options,omitempty"`
}

// An example is an answer out of the document.
type example struct {
	Name     string     `json:"name"`
	Code     int        `json:"code"`
	Header   []variable `json:"header"`
	Language string     `json:"_postman_previewlanguage"`
	Body     string     `json:"body"`
}

// placeholder is where a path has a parameter, with what stands before it.
var placeholder = regexp.MustCompile(`([a-z]*)(/?)\{([a-z_]+)\}`)

// item makes the request of an operation, and adds to set the variables that its
// address needs, with the document's examples.
func (d *document) item(op *operation, set map[string]string) (item, error) {
	it := item{Name: strings.TrimSuffix(op.Summary, "."), Response: []example{}}
	it.Request = request{Method: op.method, Header: []variable{}, Description: op.Description}
	if op.Security != nil && len(*op.Security) == 0 {
		it.Request.Auth = &auth{Type: "noauth"}
	}
	path := placeholder.ReplaceAllStringFunc(op.path, func(s string) string {
		m := placeholder.FindStringSubmatch(s)
		return m[1] + m[2] + "{{" + variableOf(m[1], m[3]) + "}}"
	})
	it.Request.URL = address{Host: []string{"{{base_url}}"}, Path: strings.Split(strings.TrimPrefix(path, "/"), "/")}
	if err := d.parameters(op, &it.Request, set); err != nil {
		return it, err
	}
	it.Request.URL.Raw = "{{base_url}}" + path + queryOf(it.Request.URL.Query)
	if err := d.body(op, &it.Request); err != nil {
		return it, err
	}
	if lines := scriptOf(op); lines != nil {
		it.Event = []event{test(lines)}
	}
	answers, err := d.answers(op)
	if err != nil {
		return it, err
	}
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		some, err := d.examples(status, answers[status])
		if err != nil {
			return it, fmt.Errorf("%s: %w", status, err)
		}
		it.Response = append(it.Response, some...)
	}
	return it, nil
}

// variableOf names the variable of a parameter of the path: /webhooks/{id} is
// webhook_id, /tools/{name} is tool.
func variableOf(before, name string) string {
	one := strings.TrimSuffix(before, "s")
	switch name {
	case "id":
		return one + "_id"
	case "name":
		return one
	default:
		return name
	}
}

func (d *document) parameters(op *operation, r *request, set map[string]string) error {
	names := placeholder.FindAllStringSubmatch(op.path, -1)
	for _, text := range op.Parameters {
		var p parameter
		if err := d.resolve(text, &p); err != nil {
			return err
		}
		v := variable{Key: p.Name, Value: p.value(), Disabled: !p.Required, Description: strings.TrimSpace(p.Description)}
		switch p.In {
		case "path":
			for _, m := range names {
				if m[3] == p.Name {
					set[variableOf(m[1], m[3])] = v.Value
				}
			}
		case "query":
			if p.Required {
				v.Value = "{{" + p.Name + "}}"
				set[p.Name] = ""
			}
			r.URL.Query = append(r.URL.Query, v)
		case "header":
			if own, ok := headers[p.Name]; ok && len(op.Takes) > 0 {
				v.Value, v.Disabled = own, false
			}
			if slices.Contains(sent[op.OperationID], p.Name) {
				v.Disabled = false
			}
			r.Header = append(r.Header, v)
		}
	}
	return nil
}

// headers are sent with each submission, so that it becomes a job, and one alone.
var headers = map[string]string{"Prefer": "respond-async", "Idempotency-Key": "{{idempotency_key}}"}

// sent are optional header fields that requests are sent with all the same, since
// their bodies need them.
var sent = map[string][]string{
	"beginFile":        {"Upload-Length", "Upload-Metadata"},
	"sendAgentMessage": {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"},
}

// value is what the document gives as an example.
func (p *parameter) value() string {
	for _, v := range append([]any{p.Example, p.Schema.Const, p.Schema.Default}, p.Schema.Enum...) {
		switch v := v.(type) {
		case nil:
			continue
		case string:
			return v
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		case []any:
			if len(v) > 0 {
				return fmt.Sprint(v[0])
			}
		default:
			return fmt.Sprint(v)
		}
	}
	return ""
}

func queryOf(query []variable) string {
	var parts []string
	for _, v := range query {
		if !v.Disabled {
			parts = append(parts, v.Key+"="+v.Value)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// input is what the requests of tools hand in.
const input = `{"name":"John","age":30}`

func (d *document) body(op *operation, r *request) error {
	if op.RequestBody == nil {
		return nil
	}
	var b struct {
		Required bool
		Content  members[media]
	}
	if err := d.resolve(op.RequestBody, &b); err != nil {
		return err
	}
	if len(b.Content.names) == 0 {
		return nil
	}
	kind := b.Content.names[0]
	m := b.Content.values[kind]
	text, err := d.shown(&m, op.Tags[0] == "Operators")
	switch {
	case err != nil:
		return err
	case kind == "multipart/form-data":
		return d.form(m.Schema, r)
	case text == "" && !b.Required:
		return nil
	case kind == "*/*":
		kind = "application/json"
	}
	r.Header = append(r.Header, variable{Key: "Content-Type", Value: kind})
	r.Body = &body{Mode: "raw", Raw: cmp.Or(text, input)}
	if kind == "application/json" {
		r.Body.Options = map[string]any{"raw": map[string]string{"language": "json"}}
	}
	return nil
}

// shown is the first example of a media type, for people, or nothing. What is done
// to all owners is better only counted, where there is an example of that.
func (d *document) shown(m *media, counted bool) (string, error) {
	text := m.Example
	for i, name := range m.Examples.names {
		var e struct{ Value json.RawMessage }
		if err := d.resolve(m.Examples.values[name], &e); err != nil {
			return "", err
		}
		if i == 0 || counted && bytes.Contains(e.Value, []byte(`"dry_run"`)) {
			text = e.Value
		}
	}
	if text == nil {
		return "", nil
	}
	return forPeople(text)
}

func forPeople(text json.RawMessage) (string, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return "", fmt.Errorf("an example: %w", err)
	}
	return b.String(), nil
}

// form has the fields of a form, each out of a variable of its name, and the file.
func (d *document) form(text json.RawMessage, r *request) error {
	var s struct {
		Properties members[json.RawMessage]
	}
	if err := d.resolve(text, &s); err != nil {
		return err
	}
	r.Body = &body{Mode: "formdata"}
	for _, name := range s.Properties.names {
		v := variable{Key: name, Value: "{{" + name + "}}", Type: "text"}
		if name == "file" {
			v.Value = input
		}
		r.Body.Form = append(r.Body.Form, v)
	}
	return nil
}

// examples are the document's answers of one status in JSON: all that tell of
// success, and of refusals the first, where the operation has them to itself.
func (d *document) examples(status string, r response) ([]example, error) {
	code, err := strconv.Atoi(status)
	if ours := err == nil && code < http.StatusInternalServerError; !ours || code == http.StatusUnauthorized || code == http.StatusTooManyRequests {
		return []example{}, nil // 4XX and default are no numbers; and what every operation may answer
	}
	m := r.Content.values["application/json"]
	list := m.Examples.names
	if len(list) == 0 && m.Example != nil {
		list = []string{""}
	}
	if code >= http.StatusBadRequest && len(list) > 1 {
		list = list[:1]
	}
	var all []example
	for _, name := range list {
		e := struct {
			Summary string
			Value   json.RawMessage
		}{Value: m.Example}
		if name != "" {
			if err := d.resolve(m.Examples.values[name], &e); err != nil {
				return nil, err
			}
		}
		text, err := forPeople(e.Value)
		if err != nil {
			return nil, err
		}
		title := strings.TrimSuffix(strings.TrimSpace(r.Description), ".")
		if name != "" {
			title = name
		}
		all = append(all, example{Name: title, Code: code, Language: "json", Body: text, Header: []variable{{Key: "Content-Type", Value: "application/json"}}})
	}
	return all, nil
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
