package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/etag"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// ReadJSON reads a request's body of one JSON object, at most so many bytes. What is
// not in into is refused, so that a misspelt member does not go unnoticed.
func (c *Call) ReadJSON(into any, most int64) error {
	b, err := c.arriving().Whole(most)
	if err != nil {
		return err
	}
	return DecodeJSON(b, into)
}

// DecodeJSON is ReadJSON of a body that was read. No two members of the object have
// names that differ in case alone. Failure: Invalid INVALID_REQUEST.
func DecodeJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return misread(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body has more than one JSON object.")
	}
	switch value := jsontext.Value(b); {
	case value.Kind() != jsontext.KindBeginObject: // null says nothing, which is not what an empty object says
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body must be a JSON object.")
	case !value.IsValid() || namedTwice(value):
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body must be in UTF-8, with no member twice.")
	}
	return nil
}

// namedTwice reports whether an object has two members that are the same to
// encoding/json, which reads names in either case: Limit and limit.
func namedTwice(object jsontext.Value) bool {
	var names []string
	d := jsontext.NewDecoder(bytes.NewReader(object))
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() == jsontext.KindString {
		var name jsontext.Token
		if name, err = d.ReadToken(); err != nil {
			break
		}
		text := name.String()
		if slices.ContainsFunc(names, func(before string) bool { return strings.EqualFold(before, text) }) {
			return true
		}
		names, err = append(names, text), d.SkipValue()
	}
	return false
}

// misread says what of a body cannot be read.
func misread(err error) error {
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name := quoted
		if plain, err := strconv.Unquote(quoted); err == nil {
			name = plain
		}
		name = intake.Printable(name)
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body has a member %q, which is not described.", name).With("member", name)
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body is not the JSON object that is described.").Because(err)
	case wrong.Field == "":
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The body must be a JSON object.").Because(err)
	default:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "%s must be %s.", wrong.Field, kindOf(wrong.Type)).With("member", wrong.Field)
	}
}

// kindOf is what JSON calls the values of a type.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// AnswerJSON answers with JSON.
func (c *Call) AnswerJSON(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.sendJSON(status, body)
	return nil
}

// AnswerIfNew answers a question with JSON that has a tag, or 304 if the client
// has it.
func (c *Call) AnswerIfNew(v any) error {
	body, err := asWritten(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	c.answerTagged(`W/"`+base64.RawURLEncoding.EncodeToString(sum[:tagBytes])+`"`, body)
	return nil
}

// asWritten is v in JSON without the escapes that make it fit for HTML, so that JSON
// which somebody else wrote stays as it is.
func asWritten(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// Knows reports whether the client has what has this tag.
func (c *Call) Knows(tag string) bool { return etag.Match(c.r.Header["If-None-Match"], tag) }

// AnswerTagged answers with JSON that has this tag, or 304 if the client has it.
// after is in how many seconds it should ask again, 0 if it need not.
func (c *Call) AnswerTagged(tag string, v any, after int64) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if after > 0 {
		c.w.Header()["Retry-After"] = []string{strconv.FormatInt(after, 10)}
	}
	c.answerTagged(tag, body)
	return nil
}

func (c *Call) answerTagged(tag string, body []byte) {
	h := c.w.Header()
	h["ETag"], h["Cache-Control"] = []string{tag}, revalidate
	if c.Knows(tag) {
		c.send(http.StatusNotModified, nil)
		return
	}
	c.sendJSON(http.StatusOK, body)
}

// tagBytes is how much of an answer's digest is its tag: enough that no two
// answers meet by chance.
const tagBytes = 12

// NoContent answers that it was done, with nothing to say.
func (c *Call) NoContent() { c.send(http.StatusNoContent, nil) }

// Redirect sends the client to another address this once: no cache keeps it.
func (c *Call) Redirect(to string) {
	h := c.w.Header()
	h.Set("Location", to)
	h.Set("Cache-Control", "no-store")
	c.send(http.StatusFound, nil)
}
