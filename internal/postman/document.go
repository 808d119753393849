package postman

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A document is what is needed of an OpenAPI 3.1 document, its members by their
// names there.
type document struct {
	Info struct{ Title, Description string }
	Tags []struct{ Name, Description string }

	Paths      members[members[json.RawMessage]]
	Components map[string]map[string]json.RawMessage // by kind and name, for references
}

// An operation is one method of a path.
type operation struct {
	OperationID, Summary, Description string

	Tags        []string
	Security    *[]map[string][]string
	Parameters  []json.RawMessage
	RequestBody json.RawMessage
	Responses   members[json.RawMessage]
	Takes       []string `json:"x-input-content-types"` // of a tool

	method, path string
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Example               any
	Schema                struct {
		Default any
		Const   any
		Enum    []any
	}
}

// A media is what is sent or answered in one media type.
type media struct {
	Schema   json.RawMessage
	Example  json.RawMessage
	Examples members[json.RawMessage]
}

// members are those of a JSON object, in their order.
type members[T any] struct {
	names  []string
	values map[string]T
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *members[T]) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &m.values); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil { // {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		m.names = append(m.names, fmt.Sprint(name))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}

func read(text []byte) (*document, error) {
	d := &document{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("the description: %w", err)
	}
	if len(d.Paths.names) == 0 {
		return nil, fmt.Errorf("the description has no paths: is it an OpenAPI document?")
	}
	return d, nil
}

var methods = map[string]bool{"get": true, "head": true, "post": true, "put": true, "patch": true, "delete": true}

// operations are all of the document, in its order.
func (d *document) operations() ([]*operation, error) {
	var all []*operation
	for _, path := range d.Paths.names {
		item := d.Paths.values[path]
		for _, method := range item.names {
			if !methods[method] {
				continue
			}
			op := &operation{method: strings.ToUpper(method), path: path}
			if err := json.Unmarshal(item.values[method], op); err != nil {
				return nil, fmt.Errorf("%s %s: %w", op.method, path, err)
			}
			all = append(all, op)
		}
	}
	return all, nil
}

// resolve decodes what stands at a place, or what a reference there leads to.
func (d *document) resolve(text json.RawMessage, into any) error {
	var at struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(text, &at); err != nil {
		return err
	}
	if at.Ref == "" {
		return json.Unmarshal(text, into)
	}
	kind, name, _ := strings.Cut(strings.TrimPrefix(at.Ref, "#/components/"), "/")
	found := d.Components[kind][name] // as it stands: its members keep their order
	if found == nil {
		return fmt.Errorf("nothing is at %s", at.Ref)
	}
	return d.resolve(found, into)
}
