package config_test

import (
	"fmt"
	"strings"
	"testing"
)

// schemaOf loads a configuration whose one tool has the schema, in YAML of one
// line or, beginning with a line break, of several.
func schemaOf(t *testing.T, key, yaml string) (string, error) {
	t.Helper()
	cfg, err := load("", "", "tools:\n  - name: x\n    target: http://a\n    "+key+": "+strings.ReplaceAll(yaml, "\n", "\n      "))
	if err != nil {
		return "", err
	}
	if key == "output_schema" {
		return string(cfg.Tools[0].OutputSchema), nil
	}
	return string(cfg.Tools[0].InputSchema), nil
}

func TestASchemaIsKeptAsItWasWritten(t *testing.T) {
	for _, c := range []struct{ yaml, json string }{
		{"{}", "{}"},
		{"\nz: 1\na: 2\nm: {y: [true, null], b: \"x\"}", `{"z":1,"a":2,"m":{"y":[true,null],"b":"x"}}`},
		{`{"type": "object", "maximum": 1.50}`, `{"type":"object","maximum":1.50}`},
		{"{const: 9007199254740993, minimum: -0.0, maximum: 1e400, multipleOf: 1E-2}", `{"const":9007199254740993,"minimum":-0.0,"maximum":1e400,"multipleOf":1E-2}`},
		{`{const: "1", enum: ['true', "null", yes]}`, `{"const":"1","enum":["true","null","yes"]}`},
		{"\nx: !!str 12", `{"x":"12"}`},
		{"\npattern: ^<&>é\\d+$\ndescription: |\n  two\n  lines\n", `{"pattern":"^<&>é\\d+$","description":"two\nlines\n"}`},
	} {
		for _, key := range []string{"input_schema", "output_schema"} {
			if got, err := schemaOf(t, key, c.yaml); err != nil || got != c.json {
				t.Errorf("%s: %s\n got %s, error %v\nwant %s", key, c.yaml, got, err, c.json)
			}
		}
	}
}

func TestWhatIsNotJSONIsRefusedInASchema(t *testing.T) {
	deep := strings.Repeat("{not: ", 70) + "{}" + strings.Repeat("}", 70)
	for _, c := range []struct{ yaml, names string }{
		{"true", "a JSON Schema must stand here"},
		{"[]", "a JSON Schema must stand here"},
		{"'{}'", "a JSON Schema must stand here"},
		{"{properties: {a: {const: 0x10}}}", "properties.a.const in line 4: \"0x10\" is no value of JSON"},
		{"{enum: [1, 1_000]}", "enum[1] in line 4"},
		{"{minimum: .inf}", "minimum"},
		{"{minimum: +1}", "minimum"},
		{"{minimum: 010}", "minimum"},
		{"{minimum: .5}", "minimum"},
		{"{const: 2001-01-01}", "const"},
		{"{const: ~}", "const"},
		{"{const: }", "const"},
		{"{const: True}", "const"},
		{"{const: !!binary aGk=}", "const"},
		{"{const: !own x}", "const"},
		{"{const: !!float 1}", "const"},
		{"{properties: !own {a: {}}}", "properties"},
		{"{properties: {1: {}}}", "properties.1 in line 4: names are strings in JSON; put it in quotes"},
		{"{properties: {true: {}}}", "properties.true"},
		{"{properties: {a: {}, a: {}}}", "properties.a in line 4: the same name was already in line 4"},
		{"{? [a] : {}}", "a name must be a word"},
		{"\nproperties:\n  a: &x {type: string}\n  b: *x", "properties.a in line 6: anchors and aliases are not read"},
		{"\n$defs: {a: {}}\n<<: {a: b}", "<<"},
		{deep, "at most 64 levels"},
		{`{description: "` + strings.Repeat("a", 65<<10) + `"}`, "at most 65536 bytes"},
	} {
		_, err := schemaOf(t, "input_schema", c.yaml)
		if err == nil || !strings.Contains(err.Error(), c.names) || !strings.Contains(err.Error(), "key tools[0].input_schema in claim.yaml line 4") {
			t.Errorf("%.60s\n got %v\nwant the key, and %s", c.yaml, err, c.names)
		}
	}
}

func TestASchemaIsJudgedWhereItStands(t *testing.T) {
	for _, key := range []string{"input_schema", "output_schema"} {
		for _, c := range []struct{ yaml, names string }{
			{"\ntype: object\nproperties:\n  a: {$ref: 'https://example.org/s.json'}", `a reference leads to "https://example.org/s.json", which is outside of the schema`},
			{"{properties: {a: {type: text}}}", "/properties/a/type"},
			{"{pattern: '(?!a)'}", "/pattern: \"(?!a)\" is no regular expression of RE2"},
		} {
			_, err := schemaOf(t, key, c.yaml)
			if err == nil || !strings.Contains(err.Error(), c.names) || !strings.Contains(err.Error(), "key tools[0]."+key+" in claim.yaml line 4: ") {
				t.Errorf("%s: %s\n got %v\nwant the key, and %s", key, c.yaml, err, c.names)
			}
		}
	}
}

func TestAnnotationsOfATool(t *testing.T) {
	for _, yaml := range []string{
		"{title: Makes it small, read_only: false, destructive: true, idempotent: true}",
		"{title: Makes it small, readOnlyHint: false, destructiveHint: true, idempotentHint: true}",
	} {
		cfg, err := load("", "", "tools: [{name: x, target: 'http://a', annotations: "+yaml+"}]")
		if err != nil {
			t.Fatal(err)
		}
		a := cfg.Tools[0].Annotations
		if got := fmt.Sprint(a.Title, " ", *a.ReadOnly, *a.Destructive, *a.Idempotent, a.OpenWorld); got != "Makes it small false true true <nil>" {
			t.Errorf("%s: got %s", yaml, got)
		}
	}
	for _, c := range []struct{ yaml, names string }{
		{"yes", "lines of key: value"},
		{"{readonly: true}", "unknown key tools[0].annotations.readonly"},
		{"{read_only: 1}", "neither true nor false"},
		{"{read_only: }", "single value"},
		{"{read_only: true, readOnlyHint: true}", "other name"},
		{"{read_only: true, destructive: true}", "cannot be destructive"},
		{`{title: "a\nb"}`, "one line"},
	} {
		_, err := load("", "", "tools: [{name: x, target: 'http://a', annotations: "+c.yaml+"}]")
		if err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: got %v, want %s", c.yaml, err, c.names)
		}
	}
	if cfg, err := load("", "", "tools: [{name: x, target: 'http://a', annotations: }]"); err != nil || cfg.Tools[0].Annotations != nil {
		t.Errorf("no annotations: got %v, error %v", cfg.Tools[0].Annotations, err)
	}
}
