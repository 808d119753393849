package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A survey is what has to be known of a schema's text before the library reads it.
type survey struct {
	homes   []string // places that have an $id
	anchors []anchor
	dynamic bool // a $dynamicRef is there
}

// An anchor is a $dynamicAnchor.
type anchor struct{ name, at string }

// maxSchemaDepth is how many objects and arrays of a schema can be within each
// other.
const maxSchemaDepth = 100

// look looks at what stands at a JSON Pointer. What is data, not schema, is looked
// at for its numbers alone.
func (s *survey) look(v any, at string) error {
	if strings.Count(at, "/") > maxSchemaDepth {
		return fmt.Errorf("a schema has at most %d levels", maxSchemaDepth)
	}
	switch v := v.(type) {
	case json.Number:
		if d, ok := parseDecimal(v.String()); !ok || !d.divisible() {
			return fmt.Errorf("%s: a number of a schema has at most %d digits and an exponent of at most %d", at, maxDigits, maxExponent)
		}
	case []any:
		for i, e := range v {
			if err := s.look(e, at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case map[string]any:
		if !isData(at) {
			if err := s.note(v, at); err != nil {
				return err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := s.look(v[name], at+"/"+escapes.Replace(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// isData reports whether what stands at a place is no schema, whatever it has.
func isData(at string) bool {
	steps := strings.Split(at, "/")
	for i, step := range steps {
		named := i > 0 && slices.Contains([]string{"properties", "patternProperties", "$defs", "dependentSchemas"}, steps[i-1])
		if !named && slices.Contains([]string{"const", "enum", "default", "examples"}, step) {
			return true
		}
	}
	return false
}

func (s *survey) note(v map[string]any, at string) error {
	if of, ok := v["$schema"].(string); ok && strings.TrimSuffix(of, "#") != draft {
		return fmt.Errorf("%s/$schema: only draft 2020-12 is read, which is called %s", at, draft)
	}
	if _, ok := v["$vocabulary"]; ok {
		return errors.New("a schema of schemas, which has a $vocabulary, is not read")
	}
	if _, ok := v["$id"].(string); ok {
		s.homes = append(s.homes, at)
	}
	if name, ok := v["$dynamicAnchor"].(string); ok {
		s.anchors = append(s.anchors, anchor{name, at})
	}
	if _, ok := v["$dynamicRef"].(string); ok {
		s.dynamic = true
	}
	return nil
}

// homeOf is the place of the resource that a place belongs to.
func (s *survey) homeOf(at string) string {
	home := ""
	for _, h := range s.homes {
		if (at == h || strings.HasPrefix(at, h+"/")) && len(h) > len(home) {
			home = h
		}
	}
	return home
}
