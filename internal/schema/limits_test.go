package schema_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/schema"
)

// nested is a number within 14 objects, one in the other.
func nested(name string) string {
	const levels = 14
	return strings.Repeat(`{"`+name+`":`, levels) + "1" + strings.Repeat("}", levels)
}

// TestInputsEndAfterSoManySteps has schemas that an operator may well write and inputs
// whose cost grows much faster than they do. They are small, and so is what they may
// take here.
func TestInputsEndAfterSoManySteps(t *testing.T) {
	const twoWays = `{"anyOf":[{"properties":{"n":{"$ref":"#"}},"required":["a"]},{"properties":{"n":{"$ref":"#"}},"required":["b"]}]}`
	const steps = 10_000
	deepArray := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for _, c := range []struct{ name, schema, input string }{
		{"two ways at each level", twoWays, nested("n")},
		{"two ways, one of each", strings.ReplaceAll(twoWays, "anyOf", "oneOf"), nested("n")},
		{"within not", `{"not":{"anyOf":[{"type":"object","properties":{"n":{"$ref":"#/not"}}},{"type":"object","properties":{"n":{"$ref":"#/not"}}}]}}`, nested("n")},
		{"within if", `{"$defs":{"x":{"if":{"properties":{"n":{"$ref":"#/$defs/x"}},"required":["z"]},"then":{},"else":{"properties":{"n":{"$ref":"#/$defs/x"}}}}},"$ref":"#/$defs/x","required":["no"]}`, nested("n")},
		{"uniqueItems at each level", `{"uniqueItems":true,"items":{"$ref":"#"},"minItems":1}`, strings.Repeat(`[[0,"`+strings.Repeat("x", 1000)+`"],`, 100) + "0" + strings.Repeat("]", 100)},
		{"a problem at each level", `{"items":{"$ref":"#"},"type":"object"}`, deepArray},
		{"names that make pointers long", `{"additionalProperties":{"$ref":"#"},"type":"object"}`, nested(strings.Repeat("n", 800))},
		{"alternatives that keep problems", `{"anyOf":[{"items":{"anyOf":[{"type":"null"},{"$ref":"#"}]},"minItems":9},{"items":{"$ref":"#"},"minItems":8}]}`, deepArray},
		{"numbers with long exponents", `{"items":{"multipleOf":7}}`, "[" + strings.Repeat("1e1000,", 2000) + "1]"},
		{"unevaluated at each level", `{"unevaluatedItems":{"$ref":"#"},"anyOf":[{"minItems":1},{"maxItems":0}],"not":{"type":"number"}}`, "[" + strings.Repeat(deepArray+",", 10) + "1]"},
		{"a long pattern of a long text", `{"pattern":"^([a-z]{1,60}[0-9]?){1,16}x?$|(a|b|ab)*y"}`, `"` + strings.Repeat("ab", 40_000) + `"`},
		{"patterns of names", `{"patternProperties":{"(a|b|ab)*y":false},"maxProperties":0}`, `{"` + strings.Repeat("ab", 40_000) + `":1}`},
		{"values of an enum", `{"items":{"enum":[` + strings.Repeat(`"a",`, 500) + `1]}}`, "[" + strings.Repeat(`"b",`, 2000) + "1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := schema.NewCompiler(1).Within(steps).Compile([]byte(c.schema))
			if err != nil {
				t.Fatal(err)
			}
			if err = s.Check(t.Context(), strings.NewReader(c.input)); !fault.IsCode(err, "INVALID_INPUT") {
				t.Fatalf("got %v", err)
			}
			size := 0
			for _, p := range problems(t, err) {
				size += len(p.Pointer) + len(p.Message)
			}
			if size == 0 || size > 40<<10 {
				t.Errorf("the problems have %d bytes", size)
			}
		})
	}
}

func TestWhatIsTooMuchToBeJudged(t *testing.T) {
	values := "[" + strings.Repeat("0,", schema.MaxValues-2) + "0]"
	if err := check(t, `{"items":{"type":"integer"}}`, values); err != nil {
		t.Errorf("as many values as there may be: %v", err)
	}
	size := `"` + strings.Repeat("x", int(schema.MaxInputBytes)-2) + `"`
	if err := check(t, `{"type":"string"}`, size); err != nil {
		t.Errorf("as many bytes as there may be: %v", err)
	}
	for what, input := range map[string]string{
		"values": "[" + strings.Repeat("0,", schema.MaxValues-1) + "0]", "bytes": size + " ", "bytes, and no end": size[:len(size)-1] + "yy",
	} {
		if err := check(t, `{}`, input); !fault.Is(err, fault.TooLarge) || !fault.IsCode(err, "FILE_TOO_LARGE") {
			t.Errorf("too many %s: %v", what, err)
		}
	}
}

// TestMemoryOfOneCheck bounds what the worst inputs take: small objects, each of
// which is wrong.
func TestMemoryOfOneCheck(t *testing.T) {
	s, err := compile([]byte(`{"items":{"anyOf":[{"type":"null"},{"properties":{"a":{"type":"null"}}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	input := "[" + strings.Repeat(`{"a":0},`, schema.MaxValues/2-2) + `{"a":0}]`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := s.Check(t.Context(), strings.NewReader(input)); !fault.IsCode(err, "INVALID_INPUT") {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 200<<20 {
		t.Errorf("%d MiB were allocated in all", got>>20)
	}
}

// A gate is an input that says when it is read, and then waits.
type gate struct {
	read chan<- struct{}
	open <-chan struct{}
}

func (g gate) Read([]byte) (int, error) {
	g.read <- struct{}{}
	<-g.open
	return 0, io.ErrUnexpectedEOF
}

func TestInputsWaitForTheirTurn(t *testing.T) {
	c := schema.NewCompiler(1)
	one, err := c.Compile([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Compile([]byte(`{"type":"object"}`))
	if err != nil {
		t.Fatal(err)
	}
	read, open, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() { done <- one.Check(context.Background(), gate{read, open}) }()
	<-read
	gone, leave := context.WithCancelCause(t.Context())
	left := errors.New("the client left")
	leave(left)
	if err := other.Check(gone, strings.NewReader("{}")); !errors.Is(err, left) {
		t.Errorf("while another is checked: %v", err)
	}
	close(open)
	if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if err := other.Check(t.Context(), strings.NewReader("{}")); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestSchemasThatAreRefused(t *testing.T) {
	ref := func(to string) string { return `{"properties":{"a":{"$ref":"` + to + `"}}}` }
	many := make([]string, 5100)
	for i := range many {
		many[i] = fmt.Sprintf(`"%d":{}`, i)
	}
	for _, c := range []struct{ schema, names string }{
		{`{`, "no JSON"},
		{`[]`, "no object"},
		{`{"type":"objekt"}`, "/type"},
		{`{"properties":{"a":{"minimum":"1"}}}`, "/properties/a/minimum"},
		{`{"required":"a"}`, "/required"},
		{`{"items":[{}]}`, "/items"},
		{`{"properties":{"a":{"pattern":"(?=x)"}}}`, `/properties/a/pattern: "(?=x)" is no regular expression of RE2, which has no look-around and no back-references`},
		{`{"patternProperties":{"(a)\\1":{}}}`, "RE2"},
		{ref("https://example.org/s.json"), `"https://example.org/s.json", which is outside of the schema, and nothing is fetched`},
		{ref("file:///etc/passwd"), `"file:///etc/passwd", which is outside`},
		{ref("other.json"), `"other.json", which is outside`},
		{ref("/etc/passwd"), `"etc/passwd", which is outside`},
		{ref("https://json-schema.org/draft/2020-12/schema"), "outside of the schema"},
		{ref("http://json-schema.org/draft-07/schema"), "outside of the schema"},
		{ref("#/$defs/no"), "there is nothing at /$defs/no"},
		{ref("#no"), "there is no anchor"},
		{`{"$schema":"http://json-schema.org/draft-07/schema#"}`, "only draft 2020-12"},
		{`{"$vocabulary":{}}`, "$vocabulary"},
		{`{"$ref":"#"}`, "lead back"},
		{`{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}}`, "lead back"},
		{`{"$dynamicAnchor":"x","$dynamicRef":"#x"}`, "lead back"},
		{`{"maximum":1e99999}`, "/maximum"},
		{`{"const":[1e99999]}`, "/const/0"},
		{strings.Repeat(`{"not":`, 101) + "{}" + strings.Repeat("}", 101), "levels"},
		{`{"description":"` + strings.Repeat("x", 64<<10) + `"}`, "at most 65536 bytes"},
		{`{"properties":{` + strings.Join(many, ",") + `}}`, "at most 5000 subschemas"},
	} {
		_, err := compile([]byte(c.schema))
		if err == nil || !strings.Contains(err.Error(), c.names) || strings.Contains(err.Error(), "claimcheck-schema") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80s\n got %v\nwant %s", c.schema, err, c.names)
		}
	}
}

func TestWhatOnlyLooksLikeAKeywordIsTaken(t *testing.T) {
	for _, text := range []string{
		`{"$schema":"https://json-schema.org/draft/2020-12/schema#"}`,
		`{"const":{"$ref":"https://example.org","$schema":"x","$vocabulary":{}}}`,
		`{"properties":{"const":{"$dynamicAnchor":"a"},"$ref":{"type":"string"}}}`,
		`{"$id":"https://example.org/s.json","$ref":"#/$defs/a","$defs":{"a":{"$anchor":"b"}}}`,
		`{"format":"no-such-format","contentEncoding":"base64","x-own":[1]}`,
	} {
		if _, err := compile([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
