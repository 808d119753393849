package jsonform

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/data"
)

// Read tells a sink the one JSON value of in. Numbers are told as they are written. What is
// refused, and how, is as [Format] does it.
func Read(in io.Reader, _ *data.Options, to data.Sink) error {
	c := newCopier(newInput(in), nil)
	var text []byte // of the last string
	for {
		next := c.dec.PeekKind()
		depth := c.dec.StackDepth()
		parent, n := c.dec.StackIndex(depth)
		if depth == 0 && n > 0 {
			return c.atEnd(next)
		}
		raw, err := c.token(next, parent, n, depth)
		t := data.Token{Kind: kinds[next], Text: raw}
		if err == nil && next == jsontext.KindString {
			text, err = jsontext.AppendUnquote(text[:0], raw)
			t.Text = text
			if parent == jsontext.KindBeginObject && n%2 == 0 {
				t.Kind = data.Name
			}
		}
		if t.Kind == data.Null {
			t.Text = nil
		}
		if err == nil {
			err = to.Put(t)
		}
		if err != nil {
			return err
		}
	}
}

var kinds = map[jsontext.Kind]data.Kind{
	jsontext.KindInvalid: data.Null, // is never told
	jsontext.KindNull:    data.Null,
	jsontext.KindTrue:    data.Bool,
	jsontext.KindFalse:   data.Bool,

	jsontext.KindNumber: data.Number, jsontext.KindString: data.String,
	jsontext.KindBeginArray: data.BeginArray, jsontext.KindEndArray: data.EndArray,
	jsontext.KindBeginObject: data.BeginObject, jsontext.KindEndObject: data.EndObject,
}

// token reads the next token, of which only brackets have no text of their own.
func (c *copier) token(next, parent jsontext.Kind, n int64, depth int) ([]byte, error) {
	switch next {
	case jsontext.KindBeginObject, jsontext.KindBeginArray, jsontext.KindEndObject, jsontext.KindEndArray:
		return nil, c.bracket(next, depth)
	default:
		return c.text(parent, n, depth)
	}
}
