package google

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/dialect"
)

// fitting is a JSON value as a google.protobuf.Value can be read from it. Nearly
// every value is one as it is: its bytes are kept, and a reader makes doubles of its
// numbers, as Value has no others. What readers refuse, and the whole operation with
// it, is put otherwise: a number beyond all doubles is its digits as text, of
// members of the same name the last one stays, what is no Unicode is U+FFFD, and what
// lies too deep is its JSON as text.
func fitting(value []byte) []byte {
	if fits(value) {
		return value
	}
	d := json.NewDecoder(bytes.NewReader(value)) // which mends names and text
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return []byte("null") // results are JSON: this cannot be
	}
	return dialect.JSON(mended(v, 0))
}

// maxDepth is how deep lists and objects may lie in each other. A program in Go reads
// 3,333 objects (three messages each of protobuf's 10,000).
const maxDepth = 1000

// fits reports whether a JSON value can be read as it is.
func fits(value []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(value)) // refuses a name twice and what is no Unicode
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil || d.StackDepth() > maxDepth || t.Kind() == '0' && !isDouble(t.String()) {
			return false
		}
	}
}

// isDouble reports whether a number is within the range of doubles.
func isDouble(number string) bool {
	_, err := strconv.ParseFloat(number, 64)
	return err == nil
}

// mended puts numbers beyond all doubles as text, and what lies too deep. depth is
// in how many lists and objects v lies.
func mended(v any, depth int) any {
	switch v := v.(type) {
	case json.Number:
		if !isDouble(v.String()) {
			return v.String()
		}
	case []any:
		if depth == maxDepth {
			return string(dialect.JSON(v))
		}
		for i := range v {
			v[i] = mended(v[i], depth+1)
		}
	case map[string]any:
		if depth == maxDepth {
			return string(dialect.JSON(v))
		}
		for name := range v {
			v[name] = mended(v[name], depth+1)
		}
	}
	return v
}
