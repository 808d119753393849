package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/schema"
)

// FuzzCheck has any schema and any input: neither breaks anything, what is refused
// is told why, and what is no JSON never fits.
func FuzzCheck(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}},"unevaluatedProperties":false}`, `{"a":{"b":1}}`)
	f.Add(`{"anyOf":[{"items":{"minimum":1e3}},{"uniqueItems":true}]}`, `[1,1.0,1e400]`)
	f.Add(`{"$defs":{"x":{"$dynamicAnchor":"x"}},"items":{"$dynamicRef":"#x"}}`, `[[]]`)
	f.Add(`{"pattern":"^(a|b)*$","enum":["a",{"b":[1]}]}`, `"\ud800"`)
	f.Fuzz(func(t *testing.T, text, input string) {
		s, err := schema.NewCompiler(1).Compile([]byte(text))
		if err != nil {
			if !json.Valid([]byte(text)) || len(err.Error()) < 4_000 {
				return
			}
			t.Fatalf("%q is refused with %d characters", text, len(err.Error()))
		}
		err = s.Check(t.Context(), strings.NewReader(input))
		switch {
		case err == nil:
			if !json.Valid([]byte(input)) {
				t.Fatalf("%q fits %q and is no JSON", input, text)
			}
		case fault.IsCode(err, "INVALID_INPUT"):
			if list := problems(t, err); len(list) == 0 || len(list) > schema.MaxProblems {
				t.Fatalf("%q of %q: %d problems", input, text, len(list))
			}
		case !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge):
			t.Fatalf("%q of %q: %v", input, text, err)
		}
	})
}
