package jsonform_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"claimcheck/internal/fault"
)

const (
	invalidJSON     = "INVALID_JSON"
	invalidEncoding = "INVALID_ENCODING"
)

// mistakes are texts with line and column of the first character that cannot
// continue a valid document, and words of the message.
var mistakes = []struct {
	text         string
	line, column int
	want         string
}{
	// the end comes too early
	{``, 1, 1, "a value, but the input ends"},
	{" \n\n  ", 3, 3, "a value, but the input ends"},
	{`[`, 1, 2, "a value or ], but the input ends"},
	{`[1`, 1, 3, "a comma or ] after the element, but the input ends"},
	{`[1,`, 1, 4, "a value after the comma, but the input ends"},
	{"[1,\n", 2, 1, "a value after the comma"},
	{`{`, 1, 2, "a name in double quotes or }"},
	{`{"a"`, 1, 5, "a colon after the name"},
	{`{"a":`, 1, 6, "a value after the colon"},
	{`{"a":1`, 1, 7, "a comma or } after the member"},
	{`{"a":1,`, 1, 8, "a name in double quotes after the comma"},
	{`"abc`, 1, 5, "a closing quote, but the input ends"},
	{`"é😀`, 1, 4, "a closing quote"},
	{`["\`, 1, 4, "after the backslash, but the input ends"},
	{`"\u00`, 1, 6, "four hexadecimal digits"},
	{`"\ud83d`, 1, 8, "surrogate pair, "},
	{`"\ud83d\ud`, 1, 11, "surrogate pair, "},
	{`tru`, 1, 4, "the word true, but the input ends"},
	{`[nul`, 1, 5, "the word null"},
	{`-`, 1, 2, "a digit, but the input ends"},
	{`1.`, 1, 3, "a digit"},
	{`[1e`, 1, 4, "a digit"},
	{`1E-`, 1, 4, "a digit"},

	// brackets and delimiters
	{`]`, 1, 1, "a value"},
	{`}`, 1, 1, "a value"},
	{`,`, 1, 1, "a value"},
	{`:`, 1, 1, "a value"},
	{`[,1]`, 1, 2, "a value or ]"},
	{`[1,]`, 1, 4, "a value after the comma"},
	{`[1,,2]`, 1, 4, "a value after the comma"},
	{`[1 2]`, 1, 4, "a comma or ] after the element"},
	{`[1:2]`, 1, 3, "a comma or ]"},
	{`["a":1]`, 1, 5, "a comma or ]"},
	{`[1}`, 1, 3, "a comma or ]"},
	{`[}`, 1, 2, "a value or ]"},
	{`{]`, 1, 2, "a name in double quotes or }"},
	{`{"a":1]`, 1, 7, "a comma or }"},
	{`{"a":1,}`, 1, 8, "a name in double quotes after the comma"},
	{`{"a":1,,"b":2}`, 1, 8, "a name in double quotes after the comma"},
	{`{,}`, 1, 2, "a name in double quotes or }"},
	{`{"a" 1}`, 1, 6, "a colon after the name"},
	{`{"a","b"}`, 1, 5, "a colon after the name"},
	{`{"a"}`, 1, 5, "a colon after the name"},
	{`{"a":}`, 1, 6, "a value after the colon"},
	{`{"a"::1}`, 1, 6, "a value after the colon"},
	{`{"a":,}`, 1, 6, "a value after the colon"},
	{`{"a":1 "b":2}`, 1, 8, "a comma or }"},
	{`{"a":1:2}`, 1, 7, "a comma or }"},
	{`{1:2}`, 1, 2, "a name in double quotes or }"},
	{`{a:1}`, 1, 2, "a name in double quotes"},
	{`{'a':1}`, 1, 2, "a name in double quotes"},
	{`{null:1}`, 1, 2, "a name in double quotes"},
	{`{"a":1,[]:2}`, 1, 8, "a name in double quotes after the comma"},
	{`{"a":1,tru:2}`, 1, 8, "a name in double quotes after the comma"},

	// more than one value
	{`1 2`, 1, 3, "nothing but white space"},
	{`{}{}`, 1, 3, "nothing but white space"},
	{`[],`, 1, 3, "nothing but white space"},
	{`[]]`, 1, 3, "nothing but white space"},
	{`""x`, 1, 3, "nothing but white space"},
	{"1\n// comment", 2, 1, "nothing but white space"},
	{`01`, 1, 2, "nothing but white space"},
	{"1\x00", 1, 2, "nothing but white space"},
	{"1\u00a0", 1, 2, "nothing but white space"},

	// words and numbers
	{`trux`, 1, 4, "the word true"},
	{`truee`, 1, 5, "nothing but white space"},
	{`[truee]`, 1, 6, "a comma or ]"},
	{`nan`, 1, 2, "the word null"},
	{`[falsy]`, 1, 6, "the word false"},
	{`NaN`, 1, 1, "a value"},
	{`True`, 1, 1, "a value"},
	{`undefined`, 1, 1, "a value"},
	{`[01]`, 1, 3, "a comma or ]"},
	{`-01`, 1, 3, "nothing but white space"},
	{`+1`, 1, 1, "a value"},
	{`.5`, 1, 1, "a value"},
	{`-.5`, 1, 2, "a digit"},
	{`-Infinity`, 1, 2, "a digit"},
	{`[1.]`, 1, 4, "a digit"},
	{`1.e5`, 1, 3, "a digit"},
	{`[1e]`, 1, 4, "a digit"},
	{`[1e+]`, 1, 5, "a digit"},
	{`1e+-2`, 1, 4, "a digit"},
	{`1.5.6`, 1, 4, "nothing but white space"},
	{`1e5.5`, 1, 4, "nothing but white space"},
	{`0x1F`, 1, 2, "nothing but white space"},
	{`1_000`, 1, 2, "nothing but white space"},
	{`--1`, 1, 2, "a digit"},

	// strings
	{`'a'`, 1, 1, "a value"},
	{"\"a\x01b\"", 1, 3, "a control character in a string to be escaped"},
	{"[\"a\nb\"]", 1, 4, "a control character in a string to be escaped"},
	{"{\"é\tb\":1}", 1, 4, "a control character in a string to be escaped"},
	{`"\x"`, 1, 3, "after the backslash"},
	{`["aé\é"]`, 1, 6, "after the backslash"},
	{`"\U0041"`, 1, 3, "after the backslash"},
	{`"\u12G4"`, 1, 6, "four hexadecimal digits"},
	{`"\u12"`, 1, 6, "four hexadecimal digits"},
	{`"\u"`, 1, 4, "four hexadecimal digits"},
	{`"\u004😀"`, 1, 7, "four hexadecimal digits"},
	{`["\ud800"]`, 1, 3, "surrogate pair"},
	{`["a\ud800b"]`, 1, 4, "surrogate pair"},
	{`["\ud800\n"]`, 1, 3, "surrogate pair"},
	{`["\ud800\u0041"]`, 1, 3, "surrogate pair"},
	{`["\ud800\ud800"]`, 1, 3, "surrogate pair"},
	{`["\udc00"]`, 1, 3, "surrogate pair"},
	{`["\udc00\ud800"]`, 1, 3, "surrogate pair"},
	{`{"\ud83d\ude00\ud83d":1}`, 1, 15, "surrogate pair"},
	{`"\ud83d\u12x4"`, 1, 2, "surrogate pair"},

	// lines and columns
	{"[\n  1,\n  2,\n]", 4, 1, "a value after the comma"},
	{"[\r\n\t1\r\n\t2]", 3, 2, "a comma or ]"},
	{"[\r1 2]", 1, 5, "a comma or ]"},
	{"{\n\"é😀\" x", 2, 6, "a colon"},
	{"[\"\u2028\n\"]", 1, 4, "a control character"},
	{"[\"é\",\n\"日本語\",\n\"日本語\" \"\"]", 3, 7, "a comma or ]"},
	{"\n\n   \ufeff1", 3, 4, "a value"},
	{"\ufeff{}", 1, 1, "a value, but the input begins with a byte-order mark"},
	{"\ufeff", 1, 1, "a byte-order mark"},
	{"[1\u2003,2]", 1, 3, "a comma or ]"},
	{"[é]", 1, 2, "a value or ]"},
}

// badEncodings are texts that are not UTF-8, with line and column of the first
// character that is not.
var badEncodings = []struct {
	text         string
	line, column int
}{
	{"\"\xff\"", 1, 2},
	{"[\"é\xe9\"]", 1, 4},
	{"{\"a\":\n\"b\xc0\xaf\"}", 2, 3},
	{"[\"\xed\xa0\x80\"]", 1, 3}, // a surrogate
	{"[\"\xf4\x90\x80\x80\"]", 1, 3},
	{"[\"\xe2\x82\"]", 1, 3},
	{"[\"\xe2\x82", 1, 3}, // cut by the end
	{"{\"\xf0\x9f\x98", 1, 3},
	{"[1,\xe9]", 1, 4},
	{"\xff\xfe[\x00]\x00", 1, 1}, // UTF-16
	{"1 \xc3", 1, 3},
	{"\"\\\xff\"", 1, 3},
	{"\"\\u00\xff\"", 1, 6},
	{"tr\xff", 1, 3},
	{"\xef\xbb", 1, 1},
}

func TestMistakes(t *testing.T) {
	if len(mistakes) < 60 {
		t.Fatalf("only %d mistakes", len(mistakes))
	}
	for _, c := range mistakes {
		checkMistake(t, c.text, invalidJSON, c.line, c.column, c.want)
	}
}

func TestInvalidEncoding(t *testing.T) {
	for _, c := range badEncodings {
		checkMistake(t, c.text, invalidEncoding, c.line, c.column, "Expected UTF-8")
	}
}

// checkMistake also puts the text behind others, so that it is met with
// buffers in every state.
func checkMistake(t *testing.T, text, code string, line, column int, want string) {
	t.Helper()
	checkAt(t, "json-minify", strings.NewReader(text), text, code, line, column, want)
	checkAt(t, "json-formatter", iotest.OneByteReader(strings.NewReader(text)), text, code, line, column, want)
	checkAt(t, "json-validator", iotest.DataErrReader(strings.NewReader(text)), text, code, line, column, want)
	if strings.HasPrefix(text, "\ufeff") {
		return
	}
	for _, before := range []string{
		strings.Repeat(" \n", 5000),
		strings.Repeat("\n", 4097) + strings.Repeat(" ", 4095),
		strings.Repeat("\n", 64<<10-len(text)/2),
	} {
		lines := strings.Count(before, "\n")
		columns := len(before) - 1 - strings.LastIndexByte(before, '\n')
		if line > 1 {
			columns = 0
		}
		checkAt(t, "json-minify", strings.NewReader(before+text), text, code, lines+line, columns+column, want)
	}
}

// reason is what a fault says of what was expected.
func reason(err error) string {
	for _, d := range fault.Of(err).Details {
		if text, ok := d.Value.(string); ok && d.Name == "reason" {
			return text
		}
	}
	return ""
}

func checkAt(t *testing.T, name string, in io.Reader, text, code string, line, column int, want string) {
	t.Helper()
	err := run(t, name, in, io.Discard)
	if !fault.IsCode(err, code) || fault.KindOf(err) != fault.Invalid {
		t.Errorf("%q: got %v, want %s", text, err, code)
		return
	}
	if l, c := detail(err, "line"), detail(err, "column"); l != line || c != column {
		t.Errorf("%q: got %d:%d, want %d:%d (%v)", text, l, c, line, column, err)
	}
	if got := fault.Of(err).Message; got != "JSON validation failed." {
		t.Errorf("%q: the message is %q", text, got)
	}
	got := reason(err)
	if !strings.HasPrefix(got, "Expected ") || !strings.HasSuffix(got, ".") || !strings.Contains(got, want) {
		t.Errorf("%q: got %q, want it to say %q", text, got, want)
	}
}
