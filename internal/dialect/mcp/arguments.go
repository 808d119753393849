package mcp

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// Arguments are those of a call, checked against what tools/list says but for the
// ranges of options, which the intake knows.
type arguments struct {
	source  string            // one of sources
	content []byte            // where source is content: the input
	kind    string            // its Content-Type
	text    string            // else: the address, or the key of an upload
	options map[string]string // by the option's header
}

// argumentsOf reads a call's arguments; of a tool with a schema of its own they are
// the input themselves.
func argumentsOf(s *tool.Spec, raw json.RawMessage) (arguments, *problem) {
	given := params{}
	if raw != nil {
		var ok bool
		if given, ok = objectOf(raw); !ok {
			return arguments{}, badParams("arguments must be an object.")
		}
	}
	if ownInput(s) != nil {
		if raw == nil {
			raw = json.RawMessage("{}")
		}
		return arguments{source: memberContent, content: raw, kind: contentType}, nil
	}
	a := arguments{options: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if p := a.take(s, name, given[name]); p != nil {
			return a, p
		}
	}
	if a.source == "" {
		return a, badParams("The arguments must have one of " + and(sourcesOf(s)) + ".")
	}
	return a, nil
}

// take reads one argument.
func (a *arguments) take(s *tool.Spec, name string, value json.RawMessage) *problem {
	if slices.Contains(sourcesOf(s), name) {
		if a.source != "" {
			return badParams("The arguments must have only one of " + and(sourcesOf(s)) + "; there are " + a.source + " and " + name + ".")
		}
		a.source = name
		return a.input(s, value)
	}
	for i := range s.Options {
		if o := &s.Options[i]; argument(o) == name {
			text, p := optionText(o, value)
			a.options[o.Header] = text
			return p
		}
	}
	return badParams(fmt.Sprintf("There is no argument %q; there are %s.", intake.Printable(name), strings.Join(known(s), ", ")))
}

// and lists names in a sentence.
func and(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// known are the names of a tool's arguments.
func known(s *tool.Spec) []string {
	names := slices.Clone(sourcesOf(s))
	for i := range s.Options {
		names = append(names, argument(&s.Options[i]))
	}
	return names
}

// input reads the argument that is the input, or says where it is.
func (a *arguments) input(s *tool.Spec, value json.RawMessage) *problem {
	if a.source == memberContent && takesJSON(s) {
		a.content, a.kind = value, contentType
		return nil
	}
	text, ok := textOf(value)
	switch {
	case !ok:
		return badParams(a.source + " must be a string.")
	case text == "":
		return badParams(a.source + " is empty.")
	case a.source == memberContent:
		a.content, a.kind = []byte(text), inputType(s)
	default:
		a.text = text
	}
	return nil
}

// optionText is an option's value as a header would have it.
func optionText(o *tool.Option, value json.RawMessage) (string, *problem) {
	switch o.Kind {
	case tool.Int:
		if n, err := strconv.ParseFloat(string(value), 64); err == nil && n == math.Trunc(n) && math.Abs(n) < 1e15 {
			return strconv.FormatInt(int64(n), 10), nil
		}
		return "", badParams(argument(o) + " must be a whole number.")
	case tool.Bool:
		if text := string(value); text == "true" || text == "false" {
			return text, nil
		}
		return "", badParams(argument(o) + " must be true or false.")
	default:
		text, ok := textOf(value)
		odd := func(c rune) bool { return c < ' ' || c == 0x7f }
		if !ok || strings.ContainsFunc(text, odd) {
			return "", badParams(argument(o) + " must be a string without line breaks and other control characters.")
		}
		return text, nil
	}
}
