package reference

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
)

// A kind is the type of a value, in words: parts of text, each with the schema that
// it names, if any.
type kind []part

type part struct{ Text, Schema string }

func (k kind) text(format string, args ...any) kind {
	return append(k, part{Text: fmt.Sprintf(format, args...)})
}

const toSchema = "#/components/schemas/"

// kind says of which type the values of a schema are.
func (r *reader) kind(s *object) kind {
	if name, ok := strings.CutPrefix(s.text("$ref"), toSchema); ok {
		r.deref(s)
		return kind{{Text: name, Schema: name}}
	}
	for _, several := range []struct{ member, between string }{{"oneOf", " or "}, {"anyOf", " or "}, {"allOf", " and "}} {
		if parts := s.list(several.member); len(parts) > 0 {
			var k kind
			for i, p := range parts {
				if i > 0 {
					k = k.text("%s", several.between)
				}
				k = append(k, r.kind(p)...)
			}
			return k
		}
	}
	types := s.texts("type")
	switch {
	case s.values["enum"] != nil:
		list, _ := s.values["enum"].([]any)
		return kind{}.text("%s", oneOf(list))
	case s.values["const"] != nil:
		return kind{}.text("%s", plain(s.values["const"]))
	case len(types) == 0:
		return kind{}.text("any value")
	case types[0] == "array":
		return append(kind{}.text("list of "), r.kind(s.object("items"))...).text("%s", between(s, "minItems", "maxItems", "at least %s", "at most %s", "%s to %s"))
	case types[0] == "object":
		if inner := s.object("additionalProperties"); len(inner.names) > 0 {
			return append(kind{}.text("object of "), r.kind(inner)...)
		}
	}
	k := kind{}.text("%s", strings.Join(types, " or "))
	k = k.text("%s", between(s, "minimum", "maximum", "from %s", "up to %s", "%s to %s"))
	k = k.text("%s", between(s, "minLength", "maxLength", "at least %s characters", "at most %s characters", "%s to %s characters"))
	if format := s.text("format"); format != "" && format != "int64" {
		k = k.text(", %s", format)
	}
	if v, there := s.values["default"]; there {
		k = k.text(", default %s", plain(v))
	}
	return k
}

func oneOf(list []any) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = plain(v)
	}
	return strings.Join(words, " | ")
}

// between says the bounds that a schema has.
func between(s *object, low, high, least, most, both string) string {
	l, hasLow := s.values[low]
	h, hasHigh := s.values[high]
	switch {
	case hasLow && hasHigh:
		return ", " + fmt.Sprintf(both, plain(l), plain(h))
	case hasLow:
		return ", " + fmt.Sprintf(least, plain(l))
	case hasHigh:
		return ", " + fmt.Sprintf(most, plain(h))
	}
	return ""
}

// plain is a value on one line; a text is as it is.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := compact(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// laidOut is an example on as many lines as it takes; a text is as it is.
func (r *reader) laidOut(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := compact(v)
	if err != nil {
		r.fail("an example: %w", err)
		return ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		r.fail("an example: %w", err)
	}
	return b.String()
}

// prose turns CommonMark into HTML; HTML in it is left out.
func (r *reader) prose(markdown string) template.HTML {
	if markdown == "" {
		return ""
	}
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &b); err != nil {
		r.fail("a description: %w", err)
	}
	return template.HTML(b.String()) //nolint:gosec // goldmark escapes what it is given, and leaves HTML out
}

func hashOf(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
