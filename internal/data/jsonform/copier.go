package jsonform

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is the number of arrays and objects that may be open at once. The
// tokenizer has the same limit, but does not promise it.
const maxDepth = 10_000

// A copier moves tokens from a document to an output.
type copier struct {
	in    *input
	dec   *jsontext.Decoder // of in
	out   *output
	names openNames
}

func newCopier(in *input, out *output) *copier {
	return &copier{in: in, dec: in.dec, out: out}
}

// run copies the one value of the input with what is between its tokens as the
// output's layout wants it.
func (c *copier) run() error {
	for c.out.err == nil {
		next := c.dec.PeekKind()
		depth := c.dec.StackDepth()
		parent, n := c.dec.StackIndex(depth)
		if depth == 0 && n > 0 {
			return c.finish(next)
		}
		var err error
		switch next {
		case jsontext.KindBeginObject, jsontext.KindBeginArray:
			err = c.open(next, parent, n, depth)
		case jsontext.KindEndObject, jsontext.KindEndArray:
			err = c.close(next, n, depth)
		default:
			err = c.scalar(parent, n, depth)
		}
		if err != nil {
			return err
		}
	}
	return c.out.err
}

func (c *copier) open(bracket, parent jsontext.Kind, n int64, depth int) error {
	if err := c.bracket(bracket, depth); err != nil {
		return err
	}
	c.out.separate(parent, n, depth)
	c.out.bracket(bracket)
	return nil
}

func (c *copier) close(bracket jsontext.Kind, n int64, depth int) error {
	if err := c.bracket(bracket, depth); err != nil {
		return err
	}
	if n > 0 {
		c.out.newline(depth - 1)
	}
	c.out.bracket(bracket)
	return nil
}

func (c *copier) scalar(parent jsontext.Kind, n int64, depth int) error {
	raw, err := c.text(parent, n, depth)
	if err != nil {
		return err
	}
	c.out.separate(parent, n, depth)
	c.out.token(raw)
	return nil
}

// bracket reads a bracket that the decoder has peeked at.
func (c *copier) bracket(kind jsontext.Kind, depth int) error {
	opens := kind == jsontext.KindBeginObject || kind == jsontext.KindBeginArray
	if opens && depth == maxDepth {
		return c.tooDeep()
	}
	if _, err := c.dec.ReadToken(); err != nil {
		return c.failure(err)
	}
	if !opens {
		c.names.drop(depth)
	}
	return nil
}

// text reads a name or a value that is no array and no object, as it is written.
func (c *copier) text(parent jsontext.Kind, n int64, depth int) ([]byte, error) {
	raw, err := c.dec.ReadValue()
	switch {
	case err != nil:
		return nil, c.failure(err)
	case len(raw) > maxTokenBytes:
		return nil, tokenTooLarge()
	case parent == jsontext.KindBeginObject && n%2 == 0 && !c.names.keep(depth, len(raw)):
		return nil, namesTooLarge()
	}
	return raw, nil
}

// finish writes what is left, unless more than white space follows the value.
func (c *copier) finish(next jsontext.Kind) error {
	if err := c.atEnd(next); err != nil {
		return err
	}
	c.out.flush()
	return c.out.err
}

// atEnd refuses what follows the value, unless it is white space.
func (c *copier) atEnd(next jsontext.Kind) error {
	if next != jsontext.KindInvalid {
		return c.failure(nil)
	}
	if _, err := c.dec.ReadToken(); err != io.EOF { //nolint:errorlint // only the bare value is the end
		return c.failure(err)
	}
	return nil
}

// openNames counts the bytes of the last member name at each depth. The
// tokenizer keeps these names, so their sum must have a limit.
type openNames struct {
	sizes []int // by depth
	sum   int
}

// keep notes the size of a name and reports whether all are within the limit.
func (o *openNames) keep(depth, size int) bool {
	for len(o.sizes) <= depth {
		o.sizes = append(o.sizes, 0)
	}
	o.sum += size - o.sizes[depth]
	o.sizes[depth] = size
	return o.sum <= maxTokenBytes
}

// drop forgets the name at a depth.
func (o *openNames) drop(depth int) {
	if depth < len(o.sizes) {
		o.sum -= o.sizes[depth]
		o.sizes[depth] = 0
	}
}
