package jsonform_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
)

// told is a value as a sink was told it, a line for each token.
type told struct{ strings.Builder }

func (s *told) Put(t data.Token) error {
	names := [...]string{"null", "bool", "number", "string", "[", "]", "{", "}", "name"}
	s.WriteString(strings.TrimSpace(names[t.Kind]+" "+string(t.Text)) + "\n")
	return nil
}

func TestAValueIsToldTokenByToken(t *testing.T) {
	var got told
	in := ` { "a\u0041\n" : [ 1E400 , -0 , true , false , null , "\ud83d\ude00\/é" , "" ] , "a" : { } , "a" : [ ] } `
	if err := jsonform.Read(strings.NewReader(in), &data.Options{}, &got); err != nil {
		t.Fatal(err)
	}
	want := "{\nname aA\n[\nnumber 1E400\nnumber -0\nbool true\nbool false\nnull\nstring 😀/é\nstring\n]\nname a\n{\n}\nname a\n[\n]\n}\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// rewritten is a document read as a value and written again.
func rewritten(tb testing.TB, in string, compact bool) string {
	tb.Helper()
	var out bytes.Buffer
	w := jsonform.NewWriter(&out, &data.Options{TabSpace: 3})
	if compact {
		w = jsonform.NewCompactWriter(&out)
	}
	err := jsonform.Read(strings.NewReader(in), &data.Options{}, w)
	if err == nil {
		err = w.End()
	}
	if err != nil {
		tb.Fatalf("%q: %v", in, err)
	}
	return out.String()
}

func TestAWrittenStringHasOnlyTheEscapesThatItMustHave(t *testing.T) {
	const in = `"\u0041\/\b\f\n\r\t\"\\\u0000\u001f\u007f\u00e9\ud83d\ude00\u2028<&>'"`
	want := `"A/\b\f\n\r\t\"\\\u0000\u001f` + "\x7fé😀\u2028<&>'" + `"`
	if got := rewritten(t, in, true); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAValueSurvives: what is read and written again is laid out as the formatter does
// it, means the same, and stays as it is when that is done again.
func TestAValueSurvives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := spread(rt, drawDocument(rt, 4))
		once := rewritten(t, in, false)
		if got := rewritten(t, once, false); got != once {
			rt.Fatalf("%q written twice is %q, want %q", in, got, once)
		}
		if got := output(t, "json-formatter", once, "x-tab-space", "3"); got != once {
			rt.Fatalf("%q is written as %q, and formatted as %q", in, once, got)
		}
		if got, want := rewritten(t, in, true), output(t, "json-minify", once); got != want {
			rt.Fatalf("%q compact is %q, want %q", in, got, want)
		}
		var got, want told
		if jsonform.Read(strings.NewReader(in), nil, &want) != nil || jsonform.Read(strings.NewReader(once), nil, &got) != nil || got.String() != want.String() {
			rt.Fatalf("%q has the tokens %s, but %q has %s", in, want.String(), once, got.String())
		}
	})
}

func TestATextThatIsNotUTF8IsNotWritten(t *testing.T) {
	w := jsonform.NewWriter(&bytes.Buffer{}, &data.Options{})
	if err := w.Put(data.Token{Kind: data.String, Text: []byte("a\xff")}); err == nil {
		t.Error("it was written")
	}
	var s string
	if err := json.Unmarshal([]byte(rewritten(t, `"\ufffd"`, true)), &s); err != nil || s != "\ufffd" {
		t.Errorf("the replacement character became %q, %v", s, err)
	}
}
