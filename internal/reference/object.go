package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// An object is a JSON object whose members keep their order. What is not there, or
// of another type than asked for, is empty.
type object struct {
	names  []string
	values map[string]any // *object, []any, string, json.Number, bool or nil
}

var nothing = &object{}

// decode reads a document that is an object.
func decode(text []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := value(d)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the JSON object")
	}
	return o, nil
}

func value(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	o, list := &object{values: map[string]any{}}, []any{}
	for d.More() {
		name := ""
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			name = fmt.Sprint(token)
		}
		v, err := value(d)
		if err != nil {
			return nil, err
		}
		if open == '[' {
			list = append(list, v)
			continue
		}
		o.names = append(o.names, name)
		o.values[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if open == '[' {
		return list, nil
	}
	return o, nil
}

func (o *object) text(name string) string {
	s, _ := o.values[name].(string)
	return s
}

func (o *object) object(name string) *object {
	if inner, ok := o.values[name].(*object); ok {
		return inner
	}
	return nothing
}

// objects are the members that are objects.
func (o *object) objects() iter.Seq2[string, *object] {
	return func(yield func(string, *object) bool) {
		for _, name := range o.names {
			if inner, ok := o.values[name].(*object); ok && !yield(name, inner) {
				return
			}
		}
	}
}

// list are the objects of a member that is a list.
func (o *object) list(name string) (all []*object) {
	list, _ := o.values[name].([]any)
	for _, v := range list {
		if inner, ok := v.(*object); ok {
			all = append(all, inner)
		}
	}
	return all
}

// texts are the texts of a member that is a text or a list.
func (o *object) texts(name string) (all []string) {
	list, _ := o.values[name].([]any)
	if s := o.text(name); s != "" {
		list = []any{s}
	}
	for _, v := range list {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// deref is what a reference within the document leads to.
func (r *reader) deref(o *object) *object {
	for range 8 {
		ref := o.text("$ref")
		if ref == "" {
			return o
		}
		at := r.doc
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = at.object(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
		}
		if o = at; len(o.names) == 0 {
			r.fail("%s leads nowhere", ref)
			return nothing
		}
	}
	r.fail("references lead in a circle")
	return nothing
}

// MarshalJSON writes the members in their order, '<' and '&' readable.
func (o *object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			b.WriteByte(',')
		}
		label, err := compact(name)
		if err != nil {
			return nil, err
		}
		text, err := compact(o.values[name])
		if err != nil {
			return nil, err
		}
		b.Write(append(append(label, ':'), text...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
