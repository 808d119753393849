package jsontool

import (
	"context"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Tokens reads the one JSON value of r and hands over its tokens in their order:
// brackets, and names and other values as they are written. raw is only good
// until each returns; an error of each ends the reading and is passed on. What is
// refused, and how, is as the package's tools do it.
func Tokens(ctx context.Context, r io.Reader, each func(kind jsontext.Kind, raw []byte, name bool) error) error {
	c := newCopier(newInput(ctx, r), nil)
	for {
		next := c.dec.PeekKind()
		depth := c.dec.StackDepth()
		parent, n := c.dec.StackIndex(depth)
		if depth == 0 && n > 0 {
			return c.atEnd(next)
		}
		raw, err := c.token(next, parent, n, depth)
		if err == nil {
			err = each(next, raw, parent == jsontext.KindBeginObject && n%2 == 0)
		}
		if err != nil {
			return err
		}
	}
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
