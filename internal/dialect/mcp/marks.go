package mcp

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// mark is the member of a schema by which an argument is repeated in a header.
const mark = "x-mcp-header"

// tokenForm is what the name of a header consists of (RFC 9110, section 5.6.2).
var tokenForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// CheckMarks judges the marks x-mcp-header of an input schema: clients leave out of
// their list a tool that has a wrong one, without a word to its operator (2026-07-28,
// "Schema Extension"). Its errors are ends of sentences and name the place as a JSON
// Pointer.
func CheckMarks(schema []byte) error {
	m := marks{taken: map[string]string{}}
	return m.look(schema, "", false, maxSchemaDepth)
}

// marks are those that were found.
type marks struct{ taken map[string]string } // where, by the name in small letters

// Members of a schema that have schemas: one, a list of them, or some by name.
var (
	oneSchema   = []string{"items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "not", "if", "then", "else"}
	listSchemas = []string{"prefixItems", "allOf", "anyOf", "oneOf"}
	namedSchema = []string{"$defs", "definitions", "patternProperties", "dependentSchemas"}
)

// look looks at a schema, which is an argument's if nothing but properties leads
// there.
func (m *marks) look(schema json.RawMessage, at string, argument bool, depth int) error {
	members, ok := objectOf(schema)
	if !ok || depth == 0 {
		return nil
	}
	if raw, there := members[mark]; there {
		if err := m.judge(raw, members["type"], at, argument); err != nil {
			return err
		}
	}
	reachable := argument || at == ""
	properties, _ := objectOf(members["properties"])
	if err := m.each(properties, at+"/properties/", reachable, depth); err != nil {
		return err
	}
	for _, name := range namedSchema {
		named, _ := objectOf(members[name])
		if err := m.each(named, at+"/"+name+"/", false, depth); err != nil {
			return err
		}
	}
	for _, name := range oneSchema {
		if err := m.look(members[name], at+"/"+name, false, depth-1); err != nil {
			return err
		}
	}
	for _, name := range listSchemas {
		var list []json.RawMessage
		if json.Unmarshal(members[name], &list) != nil {
			continue
		}
		for i, one := range list {
			if err := m.look(one, fmt.Sprintf("%s/%s/%d", at, name, i), false, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *marks) each(schemas params, at string, argument bool, depth int) error {
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		pointer := at + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		if err := m.look(schemas[name], pointer, argument, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// judge judges one mark.
func (m *marks) judge(raw, kind json.RawMessage, at string, argument bool) error {
	name, ok := textOf(raw)
	of, _ := textOf(kind)
	switch key := strings.ToLower(name); {
	case !argument:
		return fmt.Errorf("#%s/%s marks what is no argument: only properties, and properties of these, can be repeated in a header", at, mark)
	case !ok || !tokenForm.MatchString(name):
		return fmt.Errorf("#%s/%s must be the rest of a header's name: letters, digits and hyphens", at, mark)
	case !slices.Contains([]string{"string", "integer", "boolean"}, of):
		return fmt.Errorf("#%s/%s marks what is not of type string, integer or boolean", at, mark)
	case m.taken[key] != "":
		return fmt.Errorf("#%s/%s is the same as that of #%s", at, mark, m.taken[key])
	default:
		m.taken[key] = at
		return nil
	}
}
