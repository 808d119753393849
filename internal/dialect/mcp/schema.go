package mcp

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/intake"
	"claimcheck/internal/tool"
)

// A schema is a JSON Schema of draft 2020-12, as far as it is needed here.
type schema map[string]any

// memberContent is the argument that is the input itself; the other two are called
// as the sources are.
const memberContent = "content"

// sources are the arguments of which a call has exactly one.
var sources = []string{memberContent, string(intake.FromURL), string(intake.FromFile)}

// sourcesOf are the sources that a tool's input can have: one of this program's own that
// takes only what is no text has no content.
func sourcesOf(s *tool.Spec) []string {
	if s.Mode == tool.BuiltIn && len(s.InputTypes) > 0 && !slices.ContainsFunc(s.InputTypes, isText) {
		return sources[1:]
	}
	return sources
}

// inputSchema is the schema of a tool's arguments, made of its table. That exactly
// one of the sources must be there stands in their descriptions only: the services
// that models run at refuse tools with oneOf or anyOf at the top of the schema.
func inputSchema(s *tool.Spec) schema {
	taken := sourcesOf(s)
	instead := func(of string) string {
		others := slices.DeleteFunc(slices.Clone(taken), func(name string) bool { return name == of })
		return ". Instead of " + strings.Join(others, " and ") + "."
	}
	url, file := string(intake.FromURL), string(intake.FromFile)
	members := schema{
		url:  schema{"type": "string", "description": "The http or https address of the input" + endsIn(s) + instead(url)},
		file: schema{"type": "string", "description": "The key of an uploaded file" + endsIn(s) + instead(file)},
	}
	if taken[0] == memberContent {
		members[memberContent] = contentSchema(s)
	}
	var required []string
	for i := range s.Options {
		o := &s.Options[i]
		members[argument(o)] = optionSchema(o)
		if o.Required {
			required = append(required, argument(o))
		}
	}
	all := schema{"type": "object", "properties": members, "minProperties": 1, "additionalProperties": false}
	if len(required) > 0 {
		all["required"] = required
	}
	return all
}

func contentSchema(s *tool.Spec) schema {
	const instead = " Instead of url and file."
	if s.InputSchema != nil { // of what is no object
		return schema{"description": "The input, a JSON value." + instead, "allOf": []json.RawMessage{nested(s.InputSchema, s.Name, "input")}}
	}
	if takesJSON(s) {
		return schema{"description": "The input, any JSON value; a string is a JSON string." + instead}
	}
	return schema{"type": "string", "minLength": 1, "description": "The input, as text." + instead}
}

// takesJSON reports whether a tool's input is a JSON value.
func takesJSON(s *tool.Spec) bool {
	return s.JSONInput || s.InputSchema != nil || inputType(s) == contentType
}

// inputType is what content is sent as.
func inputType(s *tool.Spec) string {
	switch {
	case s.JSONInput:
		return contentType
	case len(s.InputTypes) > 0 && isText(s.InputTypes[0]):
		return s.InputTypes[0]
	default:
		return "text/plain; charset=utf-8"
	}
}

// isText reports whether text can be of a Content-Type.
func isText(contentType string) bool {
	for _, binary := range []string{"image/", "audio/", "video/", "font/", "multipart/", "application/octet-stream", "application/pdf", "application/zip", "application/vnd."} {
		if strings.HasPrefix(contentType, binary) {
			return false
		}
	}
	return true
}

func endsIn(s *tool.Spec) string {
	if len(s.Extensions) == 0 {
		return ""
	}
	return ", which ends in ." + strings.Join(s.Extensions, ", .")
}

// argument is an option's name among the arguments: its header's without x-, and _
// for what no name can have.
func argument(o *tool.Option) string {
	name := strings.TrimPrefix(o.Header, "x-")
	if slices.Contains(sources, name) {
		name = o.Header
	}
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, name)
}

// optionSchema is the schema of an option's value.
func optionSchema(o *tool.Option) schema {
	sc := schema{"description": o.Summary}
	least, most, bounded := o.Bounds()
	switch o.Kind {
	case tool.Int:
		sc["type"], sc["minimum"], sc["maximum"] = "integer", least, most
		if n, err := strconv.Atoi(o.Default); err == nil {
			sc["default"] = n
		}
		return sc
	case tool.Bool:
		sc["type"] = "boolean"
		if o.Default != "" {
			sc["default"] = slices.Contains(truths, o.Default)
		}
		return sc
	case tool.Choice:
		sc["type"], sc["enum"] = "string", o.Choices
	case tool.Text, tool.Passed:
		sc["type"] = "string"
		if bounded {
			sc["maxLength"] = most
		}
	}
	if o.Default != "" {
		sc["default"] = o.Default
	}
	return sc
}

// truths are how a default of true is written.
var truths = []string{"1", "true", "yes"}
