package jsonform_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/fault"
)

// quote writes text as a string the slow way, each character by itself, with or without more
// escapes than it must have.
func quote(text string, more bool) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(quoteRune(r, more))
	}
	return `"` + b.String() + `"`
}

func quoteRune(r rune, more bool) string {
	if more && r != '\\' && r < 0x10000 {
		return fmt.Sprintf(`\u%04X`, r)
	}
	text, err := json.Marshal(string(r))
	if err != nil {
		return ""
	}
	quoted := strings.Trim(string(text), `"`)
	if r == '"' {
		quoted = `\"`
	}
	if strings.HasPrefix(quoted, `\u`) && r >= ' ' { // encoding/json escapes what HTML or JavaScript reads otherwise
		quoted = string(r)
	}
	return quoted
}

func escaped(tb testing.TB, text string) string {
	tb.Helper()
	var out bytes.Buffer
	if err := jsonform.Escape(iotest.HalfReader(strings.NewReader(text)), &out, nil); err != nil {
		tb.Fatalf("%.200q: %v", text, err)
	}
	return out.String()
}

// TestEscapedTextComesBack: what is escaped is the string that encoding/json reads as the
// text, and unescaped it is the text.
func TestEscapedTextComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := spread(rt, drawDocument(rt, 4))
		got := escaped(t, in)
		if want := quote(in, false); got != want {
			rt.Fatalf("%q escaped is %s, want %s", in, got, want)
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != in {
			rt.Fatalf("%s is read as %q, %v", got, back, err)
		}
		var out bytes.Buffer
		more := rapid.Bool().Draw(rt, "more escapes")
		if err := jsonform.Unescape(strings.NewReader(" "+quote(in, more)+"\n"), &out, nil); err != nil || out.String() != in {
			rt.Fatalf("%q came back as %q, %v", in, out.String(), err)
		}
	})
}

// TestAMistakeWithinAStringIsToldWhereItStands compares with the position in the text of the string,
// character by character.
func TestAMistakeWithinAStringIsToldWhereItStands(t *testing.T) {
	for i, c := range mistakes {
		misplacedInString(t, c.text)
		if i%20 == 0 {
			misplacedInString(t, strings.Repeat(" ", 70_000)+c.text)
			misplacedInString(t, "[\""+strings.Repeat("aé\\n", 50_000)+"\",\n"+c.text)
		}
	}
}

func misplacedInString(t *testing.T, text string) {
	t.Helper()
	want := run(t, "json-minify", strings.NewReader(text), io.Discard)
	if want == nil {
		return
	}
	at := offset(text, want)
	for _, more := range []bool{false, true} {
		whole := "\n " + quote(text, more)
		column := 1
		for _, r := range text[:at] {
			column += utf8.RuneCountInString(quoteRune(r, more))
		}
		for kind, r := range map[string]io.Reader{"at once": strings.NewReader(whole), "by halves": iotest.HalfReader(strings.NewReader(whole)), "byte by byte": iotest.OneByteReader(strings.NewReader(whole))} {
			if kind == "byte by byte" && len(whole) > 10_000 {
				continue
			}
			err := jsonform.Unescape(r, io.Discard, nil)
			if !fault.IsCode(err, invalidJSON) || detail(err, "line") != 2 || detail(err, "column") != column+2 {
				t.Errorf("%.100q, more escapes %t, %s: %v at %d:%d, want 2:%d", text, more, kind, err, detail(err, "line"), detail(err, "column"), column+2)
			}
		}
	}
}

func TestUnescapeRefusesWhatIsNoString(t *testing.T) {
	for text, want := range map[string]int{`{"a":1}`: 1, ` 1`: 2, ``: 1, `"1" 2`: 5, `"1`: 3, "\"[1\t]\"": 4, `"\ud800"`: 2, `"1"x`: 4} {
		err := jsonform.Unescape(strings.NewReader(text), io.Discard, nil)
		if !fault.IsCode(err, invalidJSON) || detail(err, "column") != want {
			t.Errorf("%q: %v at %d, want %d", text, err, detail(err, "column"), want)
		}
	}
	if err := jsonform.Unescape(strings.NewReader("\"[\xff]\""), io.Discard, nil); !fault.IsCode(err, invalidEncoding) || detail(err, "column") != 3 {
		t.Errorf("%v", err)
	}
	lost := errors.New("connection lost")
	for _, part := range []string{``, `"`, `"[1`, `"[\`, `"[\u12`, "\"[\xc3", `"1"`} {
		if err := jsonform.Unescape(io.MultiReader(strings.NewReader(part), iotest.ErrReader(lost)), io.Discard, nil); !errors.Is(err, lost) || fault.Of(err) != nil {
			t.Errorf("after %q: %v", part, err)
		}
	}
}

// FuzzUnescape compares with encoding/json, and escapes again what it made.
func FuzzUnescape(f *testing.F) {
	for _, c := range mistakes {
		f.Add([]byte(quote(c.text, false)))
		f.Add([]byte(c.text))
	}
	f.Add([]byte(` "{\"a\":[1,\"\\u00e9\ud83d\ude00\"]}" `))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		err := jsonform.Unescape(iotest.HalfReader(bytes.NewReader(in)), &out, nil)
		var want string
		whole := run(t, "json-minify", bytes.NewReader(in), io.Discard)
		inner := json.Unmarshal(in, &want)
		if inner == nil && bytes.HasPrefix(bytes.TrimLeft(in, " \t\r\n"), []byte(`"`)) {
			inner = run(t, "json-minify", strings.NewReader(want), io.Discard)
		} else {
			inner = errors.Join(inner, errors.New("no string"))
		}
		if ok := whole == nil && inner == nil; ok != (err == nil) {
			t.Fatalf("%q: %v; the whole: %v; the text: %v", in, err, whole, inner)
		}
		if err == nil {
			if out.String() != want {
				t.Fatalf("%q became %q, want %q", in, out.String(), want)
			}
			if got := escaped(t, want); got != quote(want, false) {
				t.Fatalf("%q escaped is %s", want, got)
			}
			return
		}
		if offset(string(in), err) < 0 {
			t.Fatalf("%q: %v: not in the text", in, err)
		}
	})
}
