package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	other "github.com/google/jsonschema-go/jsonschema"
	library "github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// scalars are values that often nearly fit: few, and equal in more than one way.
var scalars = []string{"null", "true", "false", "0", "1", "-1", "1.0", "2", "2.5", "10", `""`, `"a"`, `"ab"`, `"b"`, `"é"`}

// anyValue draws a JSON value of small names and small numbers.
func anyValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 || kind < 2 {
		return rapid.SampledFrom(scalars).Draw(t, "scalar")
	}
	n := rapid.IntRange(0, 3).Draw(t, "n")
	var parts []string
	if kind < 4 {
		for range n {
			parts = append(parts, anyValue(t, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	for _, name := range []string{"a", "b", "ab"}[:n] {
		parts = append(parts, fmt.Sprintf("%q:%s", name, anyValue(t, depth-1)))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// anySchema draws a schema: a few keywords, each with what it takes. $defs is where
// references lead.
func anySchema(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"true", "false", "{}", `{"type":"string"}`, `{"type":"integer"}`, `{"type":["object","null"]}`, `{"minimum":1}`, `{"const":1}`, `{"$ref":"#/$defs/leaf"}`}).Draw(t, "leaf")
	}
	sub := func() string { return anySchema(t, depth-1) }
	list := func() string { return "[" + sub() + "," + sub() + "]" }
	named := func() string { return `{"a":` + sub() + `,"b":` + sub() + "}" }
	count := func() string { return fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "count")) }
	number := func() string {
		return rapid.SampledFrom([]string{"0", "1", "1.5", "2", "0.5"}).Draw(t, "number")
	}
	names := func() string { return rapid.SampledFrom([]string{`[]`, `["a"]`, `["b","a"]`}).Draw(t, "names") }
	keywords := []struct {
		name string
		draw func() string
	}{
		{"type", func() string {
			return rapid.SampledFrom([]string{`"object"`, `"array"`, `"number"`, `"integer"`, `["string","array"]`, `["object","integer","null"]`}).Draw(t, "type")
		}},
		{"const", func() string { return anyValue(t, 1) }},
		{"enum", func() string { return "[" + anyValue(t, 1) + "," + anyValue(t, 1) + "]" }},
		{"not", sub},
		{"allOf", list},
		{"anyOf", list},
		{"oneOf", list},
		{"if", sub},
		{"then", sub},
		{"else", sub},
		{"properties", named},
		{"patternProperties", func() string { return `{"^a":` + sub() + `,"b$":` + sub() + "}" }},
		{"additionalProperties", sub},
		{"unevaluatedProperties", sub},
		{"propertyNames", func() string { return `{"maxLength":` + count() + "}" }},
		{"dependentSchemas", named},
		{"dependentRequired", func() string { return `{"a":` + names() + "}" }},
		{"required", names},
		{"minProperties", count},
		{"maxProperties", count},
		{"prefixItems", list},
		{"items", sub},
		{"unevaluatedItems", sub},
		{"contains", sub},
		{"minContains", count},
		{"maxContains", count},
		{"minItems", count},
		{"maxItems", count},
		{"uniqueItems", func() string { return "true" }},
		{"minLength", count},
		{"maxLength", count},
		{"pattern", func() string { return rapid.SampledFrom([]string{`"^a"`, `"b"`, `"^.$"`}).Draw(t, "pattern") }},
		{"minimum", number},
		{"exclusiveMaximum", number},
		{"multipleOf", func() string { return rapid.SampledFrom([]string{"1", "0.5", "2"}).Draw(t, "multiple") }},
	}
	var parts []string
	for range rapid.IntRange(1, 4).Draw(t, "keywords") {
		k := rapid.SampledFrom(keywords).Draw(t, "keyword")
		if part := fmt.Sprintf("%q:", k.name); !strings.Contains(strings.Join(parts, ""), part) {
			parts = append(parts, part+k.draw())
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// TestTheLibrariesJudgeTheSame compares the verdict with those of two libraries,
// which are asked for no more than that.
func TestTheLibrariesJudgeTheSame(t *testing.T) {
	fits, asked := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := anySchema(t, 2)
		if text == "true" || text == "false" || strings.HasPrefix(text, "{}") {
			t.Skip()
		}
		text = `{"$defs":{"leaf":{"enum":[1,"a",{"a":1}]}},` + text[1:]
		s, err := compile([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for range 4 {
			input := anyValue(t, 3)
			err := s.Check(t.Context(), strings.NewReader(input))
			if want := libraryJudges(t, text, input); (err == nil) != (want == nil) {
				t.Fatalf("%s of %s: we say %v, santhosh-tekuri/jsonschema %v", input, text, err, want)
			}
			if want := otherJudges(t, text, input); (err == nil) != (want == nil) {
				t.Fatalf("%s of %s: we say %v, google/jsonschema-go %v", input, text, err, want)
			}
			asked++
			if err == nil {
				fits++
			}
		}
	})
	if fits < asked/20 || fits > asked*19/20 {
		t.Errorf("%d of %d inputs fit: that says little", fits, asked)
	}
}

func libraryJudges(t *rapid.T, text, input string) error {
	doc, err := library.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := library.NewCompiler()
	if err := c.AddResource("mem:///s", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:///s")
	if err != nil {
		t.Fatal(err)
	}
	v, err := library.UnmarshalJSON(strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}

func otherJudges(t *rapid.T, text, input string) error {
	var s other.Schema
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.NewDecoder(bytes.NewBufferString(input)).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return resolved.Validate(v)
}
