package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An object is a JSON object whose members keep their order. Values read from
// YAML are *object, []any, string, int64, float64, bool or nil.
type object struct {
	names  []string
	values map[string]any
}

func newObject() *object { return &object{values: map[string]any{}} }

// set adds a member, or changes it where it stands.
func (o *object) set(name string, value any) {
	if _, known := o.values[name]; !known {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// with sets a member and returns the object.
func (o *object) with(name string, value any) *object {
	o.set(name, value)
	return o
}

// take removes a member and returns its value, nil if there is none.
func (o *object) take(name string) any {
	value := o.values[name]
	kept := o.names[:0]
	for _, n := range o.names {
		if n != name {
			kept = append(kept, n)
		}
	}
	o.names = kept
	delete(o.values, name)
	return value
}

// object returns the object at a path of names. It panics if there is none:
// the document is embedded and tested.
func (o *object) object(path ...string) *object {
	for _, name := range path {
		o = o.values[name].(*object) //nolint:errcheck // see above
	}
	return o
}

// MarshalJSON writes the members in their order, '<' and '&' readable.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	write := func(v any, after byte) error {
		if err := e.Encode(v); err != nil {
			return err
		}
		b.Bytes()[b.Len()-1] = after // in place of the encoder's newline
		return nil
	}
	b.WriteByte('{')
	for _, name := range o.names {
		if err := write(name, ':'); err != nil {
			return nil, err
		}
		if err := write(o.values[name], ','); err != nil {
			return nil, err
		}
	}
	if len(o.names) > 0 {
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// parse reads YAML whose names are strings; aliases are copied and merged (<<).
func parse(text []byte) (*object, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the document is no mapping")
	}
	return mapping(document.Content[0])
}

func value(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return mapping(n)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := value(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.AliasNode:
		return value(n.Alias)
	default:
		return scalar(n)
	}
}

func scalar(n *yaml.Node) (any, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case int:
		return int64(v), nil
	case string, int64, float64, bool, nil:
		return v, nil
	default:
		return nil, fmt.Errorf("line %d: %s is a %T; put it in quotes", n.Line, n.Value, v)
	}
}

func mapping(n *yaml.Node) (*object, error) {
	o := newObject()
	explicit := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		v, err := value(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		switch merged, isObject := v.(*object); {
		case key.ShortTag() == "!!str" && explicit[key.Value]:
			return nil, fmt.Errorf("line %d: %s is there twice", key.Line, key.Value)
		case key.ShortTag() == "!!str":
			o.set(key.Value, v)
			explicit[key.Value] = true
		case key.ShortTag() == "!!merge" && isObject:
			for _, name := range merged.names {
				if !explicit[name] {
					o.set(name, merged.values[name])
				}
			}
		default:
			return nil, fmt.Errorf("line %d: the name %s is no string", key.Line, key.Value)
		}
	}
	return o, nil
}

// filled copies an object with the marks $(name) in its strings replaced. A
// string that is nothing but a mark becomes the value itself.
func (o *object) filled(marks map[string]any) *object {
	c := newObject()
	for _, name := range o.names {
		c.set(name, fill(o.values[name], marks))
	}
	return c
}

func fill(v any, marks map[string]any) any {
	switch v := v.(type) {
	case *object:
		return v.filled(marks)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = fill(item, marks)
		}
		return list
	case string:
		return fillText(v, marks)
	default:
		return v
	}
}

// fillText replaces all marks at once: what is filled in is not looked into.
func fillText(s string, marks map[string]any) any {
	var pairs []string
	for name, mark := range marks {
		if s == "$("+name+")" {
			return mark
		}
		if text, ok := mark.(string); ok {
			pairs = append(pairs, "$("+name+")", text)
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
