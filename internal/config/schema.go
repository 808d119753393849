package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// Limits of a schema in the file.
const (
	maxSchemaBytes = 64 << 10 // as JSON
	maxSchemaDepth = 64       // mappings and lists within each other
)

// schema returns the JSON Schema that stands inline in YAML as JSON: the same
// names in the same order, numbers as they are written, no white space. What YAML
// has and JSON has not is refused, with where it stands.
func (e entry) schema() ([]byte, error) {
	if e.node.Kind != yaml.MappingNode {
		return nil, errors.New("a JSON Schema must stand here, as lines of key: value or in braces")
	}
	text, err := appendJSON(nil, e.node, "", 0)
	if err == nil && len(text) > maxSchemaBytes {
		err = fmt.Errorf("a schema has at most %d bytes", maxSchemaBytes)
	}
	return text, err
}

// judgeSchema judges the schema that a key of the tool has set, if it sets one.
func (t *Tool) judgeSchema(key string, judge func([]byte) error) error {
	text, ok := map[string][]byte{"input_schema": t.InputSchema, "output_schema": t.OutputSchema}[key]
	if !ok || judge == nil {
		return nil
	}
	return judge(text)
}

// numberForm is a number of JSON (RFC 8259, section 6).
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// appendJSON appends what a node of YAML is in JSON. at is where it stands, below
// the key of the schema.
func appendJSON(to []byte, node *yaml.Node, at string, depth int) ([]byte, error) {
	wrong := func(format string, args ...any) ([]byte, error) {
		return nil, fmt.Errorf("%s in line %d: %s", pathShown(at), node.Line, fmt.Sprintf(format, args...))
	}
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		return wrong("anchors and aliases are not read; write out what is meant, or use $defs and $ref")
	case depth > maxSchemaDepth:
		return wrong("a schema has at most %d levels", maxSchemaDepth)
	case node.Kind == yaml.MappingNode && node.ShortTag() == "!!map":
		return appendObject(to, node, at, depth)
	case node.Kind == yaml.SequenceNode && node.ShortTag() == "!!seq":
		to = append(to, '[')
		for i, member := range node.Content {
			var err error
			if i > 0 {
				to = append(to, ',')
			}
			if to, err = appendJSON(to, member, at+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
				return nil, err
			}
		}
		return append(to, ']'), nil
	case node.Kind == yaml.ScalarNode:
		return appendScalar(to, node, wrong)
	default:
		return wrong("this is not JSON")
	}
}

func appendObject(to []byte, node *yaml.Node, at string, depth int) ([]byte, error) {
	seen := map[string]int{}
	to = append(to, '{')
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		below := at + "." + key.Value
		wrong := func(what string) ([]byte, error) {
			return nil, fmt.Errorf("%s in line %d: %s", pathShown(below), key.Line, what)
		}
		switch line, twice := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Anchor != "":
			return wrong("a name must be a word, without an anchor")
		case key.ShortTag() != "!!str":
			return wrong("names are strings in JSON; put it in quotes")
		case twice:
			return wrong(fmt.Sprintf("the same name was already in line %d", line))
		}
		seen[key.Value] = key.Line
		var err error
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = jsontext.AppendQuote(to, key.Value); err != nil {
			return wrong("this is not text in UTF-8")
		}
		if to, err = appendJSON(append(to, ':'), node.Content[i+1], below, depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

func appendScalar(to []byte, node *yaml.Node, wrong func(string, ...any) ([]byte, error)) ([]byte, error) {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	plain := node.Style&quoted == 0
	text := node.Value
	switch tag := node.ShortTag(); {
	case plain && numberForm.MatchString(text) && node.Style&yaml.TaggedStyle == 0: // whatever YAML makes of it: 1e400 is a string there
		return append(to, text...), nil
	case tag == "!!str":
		to, err := jsontext.AppendQuote(to, text)
		if err != nil {
			return wrong("this is not text in UTF-8")
		}
		return to, nil
	case (tag == "!!bool" || tag == "!!null") && json.Valid([]byte(text)):
		return append(to, text...), nil
	default:
		return wrong("%s is no value of JSON: write a number in decimal digits, true, false or null, and text in quotes", Shown(text))
	}
}

// pathShown is where in a schema something stands, for people.
func pathShown(at string) string {
	if at == "" {
		return "the schema"
	}
	return ShownName(at[1:])
}
