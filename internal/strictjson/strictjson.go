// Package strictjson reads JSON that a client sent as it was meant, or says in plain
// words what cannot be read.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// Decode reads a body of one JSON object. What is not in into is refused, so that a
// misspelt member does not go unnoticed, and no two members of the object have names that
// differ in case alone. Failure: Invalid INVALID_REQUEST.
func Decode(b []byte, into any) error {
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
