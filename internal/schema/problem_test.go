package schema_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"claimcheck/internal/fault"
	"claimcheck/internal/schema"
)

func check(t *testing.T, text, input string) error {
	t.Helper()
	s, err := compile([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s.Check(t.Context(), strings.NewReader(input))
}

// TestProblems has what is said, and in which order: a problem is written as
// "pointer message".
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		schema, input string
		want          []string
	}{
		{`{"type":"object"}`, `[]`, []string{" This must be an object, not an array."}},
		{`{"type":["string","null","integer"]}`, `1.5`, []string{" This must be null, a whole number or a string, not a number."}},
		{`{"const":{"a":1}}`, `{"a":2}`, []string{` This must be {"a":1}.`}},
		{`{"enum":["a",1,null]}`, `"b"`, []string{` This must be one of "a", 1 or null.`}},
		{`{"required":["z","a"],"minProperties":3}`, `{"b":1}`, []string{
			" This must have at least 3 members, and has 1.", ` The member "z" is missing.`, ` The member "a" is missing.`,
		}},
		{
			`{"additionalProperties":false,"properties":{"a":{"type":"string"}}}`, `{"z":1,"a":2,"m":3}`,
			[]string{"/z This is not known here; leave it out.", "/a This must be a string, not a number.", "/m This is not known here; leave it out."},
		},
		{`{"properties":{"a":false}}`, `{"a":1}`, []string{"/a Nothing is allowed here."}},
		{`{"unevaluatedProperties":false,"allOf":[{"properties":{"a":{}}}]}`, `{"a":1,"b":1}`, []string{"/b This is not known here; leave it out."}},
		{`{"items":{"propertyNames":{"pattern":"^a"}}}`, `[{"b":1},{"a":1},{"c":1}]`, []string{"/0/b The name of this member is not allowed here.", "/2/c The name of this member is not allowed here."}},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, []string{` The member "b" is missing, which must be there beside "a".`}},
		{`{"items":{"uniqueItems":true}}`, `[[1,2],[1,1.0]]`, []string{"/1/1 This equals element 0, and all must differ."}},
		{`{"minItems":2,"contains":{"type":"null"}}`, `[1]`, []string{
			" This must have at least 2 elements, and has 1.", " At least 1 of the elements must be of the form that is asked for here, and 0 are.",
		}},
		{`{"prefixItems":[{}],"items":false}`, `[1,2]`, []string{"/1 This is not known here; leave it out."}},
		{`{"minLength":2,"pattern":"^x"}`, `"é"`, []string{" This must have at least 2 characters, and has 1.", ` This must match the pattern "^x".`}},
		{`{"minimum":0.5,"multipleOf":0.01}`, `0.001`, []string{" This must be at least 0.5.", " This must be a multiple of 0.01."}},
		{`{"exclusiveMaximum":-1e2}`, `-100`, []string{" This must be less than -100."}},
		{`{"not":{"type":"number"}}`, `1`, []string{" This is of a form that is not allowed here."}},
		{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `1`, []string{" This fits none of the 2 forms that are allowed here."}},
		{`{"oneOf":[{"type":"string"},{"properties":{"a":{"type":"null"}}}]}`, `{"a":1}`, []string{"/a This must be null, not a number."}},
		{`{"oneOf":[{"minimum":1},{"minimum":2}]}`, `3`, []string{" This fits 2 of the forms that are allowed here, and must fit exactly one."}},
		{`{"properties":{"a/b~c":{"items":{"type":"null"}}}}`, `{"a/b~c":[null,{}]}`, []string{"/a~1b~0c/1 This must be null, not an object."}},
		{`{}`, `{"a":{"b":1,"b":2,"c":[{"x":1,"x":2}]}}`, []string{"/a/b This member is there twice; say it once.", "/a/c/0/x This member is there twice; say it once."}},
	} {
		for range 3 {
			var got []string
			for _, p := range problems(t, check(t, c.schema, c.input)) {
				got = append(got, p.Pointer+" "+p.Message)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s of %s:\n got %q\nwant %q", c.input, c.schema, got, c.want)
			}
		}
	}
}

func TestNoMoreThanTwentyProblemsAreTold(t *testing.T) {
	got := problems(t, check(t, `{"items":{"type":"null"}}`, "["+strings.Repeat("0,", 1000)+"0]"))
	if len(got) != schema.MaxProblems || got[0].Pointer != "/0" || got[19].Pointer != "/19" {
		t.Errorf("got %d problems, %v", len(got), got)
	}
}

func TestNumbersAreComparedExactly(t *testing.T) {
	for _, c := range []struct {
		schema, input string
		fits          bool
	}{
		{`{"const":9007199254740993}`, `9007199254740993`, true},
		{`{"const":9007199254740993}`, `9007199254740992`, false},
		{`{"const":9007199254740993}`, `9007199254740993.0`, true},
		{`{"enum":[0]}`, `-0.0e5`, true},
		{`{"maximum":9007199254740992}`, `9007199254740993`, false},
		{`{"maximum":9007199254740992}`, `9.007199254740992E15`, true},
		{`{"type":"integer"}`, `1e400`, true},
		{`{"type":"integer"}`, `1e-400`, false},
		{`{"type":"integer"}`, `10.0`, true},
		{`{"type":"integer"}`, `1e5000`, true},
		{`{"minimum":1}`, `1e5000`, true},
		{`{"minimum":1}`, `1e-5000`, false},
		{`{"multipleOf":0.01}`, `0.07`, true},
		{`{"multipleOf":3}`, `1e400`, false},
		{`{"multipleOf":1}`, `1e2000`, false}, // too long to be divided
		{`{"uniqueItems":true}`, `[1,10e-1]`, false},
		{`{"uniqueItems":true}`, `[9007199254740993,9007199254740992]`, true},
		{`{"uniqueItems":true}`, `["1",1,[1],{"1":1},null,"null",true,"true"]`, true},
		{`{"uniqueItems":true}`, `[{"a":1,"b":[2]},{"b":[2.0],"a":1}]`, false},
	} {
		if err := check(t, c.schema, c.input); (err == nil) != c.fits {
			t.Errorf("%s of %s: %v", c.input, c.schema, err)
		}
	}
}

func TestWhatIsNoJSON(t *testing.T) {
	for input, want := range map[string]string{
		"":                          "INVALID_JSON 1 1",
		"{\"a\":1\n,}":              "INVALID_JSON 2 2",
		`"\ud800"`:                  "INVALID_JSON 1 2",
		"\"é\xff\"":                 "INVALID_ENCODING 1 3",
		"1 2":                       "INVALID_JSON 1 3",
		strings.Repeat("[", 10_001): "INVALID_JSON 1 10001",
		"\ufeff{}":                  "INVALID_JSON 1 1",
	} {
		err := check(t, `{}`, input)
		f := fault.Of(err)
		if f == nil || len(f.Details) < 2 || fmt.Sprint(f.Code, " ", f.Details[0].Value, " ", f.Details[1].Value) != want {
			t.Errorf("%.20q: %v, want %s", input, err, want)
		}
	}
}

func TestFailuresOfReadingArePassedOn(t *testing.T) {
	s, err := compile([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is gone")
	if err := s.Check(t.Context(), iotest.ErrReader(broken)); !errors.Is(err, broken) || fault.Of(err) != nil {
		t.Errorf("got %v", err)
	}
	gone, leave := context.WithCancelCause(t.Context())
	leave(broken)
	if err := s.Check(gone, strings.NewReader("{}")); !errors.Is(err, broken) && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
