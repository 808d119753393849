package mcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A reader reads one JSON text in one pass, and makes nothing of what nobody asks
// for. It refuses what is not UTF-8 and members that come twice (RFC 8259, section
// 4), at any depth; what is deeper than 10,000 is an error.
type reader struct {
	d    *jsontext.Decoder
	from bytes.Buffer
	text []byte // all of it: values are pieces of it
}

// readers are those that nobody uses now: each has room for names.
var readers = sync.Pool{New: func() any { return &reader{d: jsontext.NewDecoder(new(bytes.Buffer))} }}

// keptBytes is how long a text may be whose reader is kept, with the text, until it
// reads another.
const keptBytes = 64 << 10

// newReader returns a reader of a text, which has to be done with it.
func newReader(text []byte) *reader {
	r := readers.Get().(*reader) //nolint:errcheck,forcetypeassert // there is nothing else in it
	r.text, r.from = text, *bytes.NewBuffer(text)
	r.d.Reset(&r.from)
	return r
}

func (r *reader) done() {
	if len(r.text) <= keptBytes {
		readers.Put(r)
	}
}

// object reports whether what comes next is an object.
func (r *reader) object() bool { return r.d.PeekKind() == jsontext.KindBeginObject }

// value reads what comes next, without the space around it.
func (r *reader) value() (json.RawMessage, error) {
	v, err := r.d.ReadValue()
	return r.last(len(v)), err
}

// members reads the object that comes next: take is given the name of each member,
// and reads its value.
func (r *reader) members(take func(name []byte) error) (json.RawMessage, error) {
	if _, err := r.d.ReadToken(); err != nil {
		return nil, err
	}
	begin := r.d.InputOffset() - 1
	for r.d.PeekKind() != jsontext.KindEndObject {
		quoted, err := r.d.ReadValue()
		if err != nil {
			return nil, err
		}
		if err := take(unquoted(r.last(len(quoted)))); err != nil {
			return nil, err
		}
	}
	_, err := r.d.ReadToken()
	return r.last(int(r.d.InputOffset() - begin)), err
}

// last is the piece of the text, of so many bytes, that was read last.
func (r *reader) last(n int) json.RawMessage {
	end := r.d.InputOffset()
	return r.text[end-int64(n) : end : end]
}

// end reports whether nothing follows.
func (r *reader) end() bool {
	_, err := r.d.ReadToken()
	return errors.Is(err, io.EOF)
}

// unquoted is the text of a string that was read without an error.
func unquoted(quoted json.RawMessage) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		panic("mcp: a string that was valid cannot be read: " + err.Error())
	}
	return text
}
