package percent_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/percent"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

func encoded(text, safe string) string {
	var out strings.Builder
	if err := percent.Encode(iotest.HalfReader(strings.NewReader(text)), &out, &data.Options{Safe: safe}); err != nil {
		return told(err)
	}
	return out.String()
}

func decoded(in io.Reader) string {
	var out strings.Builder
	if err := percent.Decode(in, &out, &data.Options{}); err != nil {
		return told(err)
	}
	return out.String()
}

// told is a fault as CODE line:column.
func told(err error) string {
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %v:%v", f.Code, f.Details[0].Value, f.Details[1].Value)
}

func TestTextComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if strings.HasPrefix(text, "\ufeff") || strings.Contains(text, "\x00") {
			t.Skip("a mark and NULs say how a text is encoded")
		}
		safe := rapid.StringMatching("[!-$&-~]{0,5}").Draw(t, "safe") // all but %
		if got := decoded(iotest.OneByteReader(strings.NewReader(encoded(text, safe)))); got != text {
			t.Fatalf("%q becomes %q with %q, and that %q", text, encoded(text, safe), safe, got)
		}
		if got, err := url.PathUnescape(encoded(text, "")); err != nil || got != text {
			t.Fatalf("net/url reads %q, %v, want %q", got, err, text)
		}
	})
}

func TestCharactersAreReadAcrossBlocks(t *testing.T) {
	t.Parallel()
	for shift := range 12 {
		text := strings.Repeat("x", shift) + strings.Repeat("é🙂中", 10_000)
		for _, in := range []string{encoded(text, ""), text} {
			if got := decoded(strings.NewReader(in)); got != text {
				t.Errorf("shifted by %d: %d bytes, want %d", shift, len(got), len(text))
			}
		}
	}
	at := strings.Repeat("%C3%A9\n", 20_000)
	if got := decoded(strings.NewReader(at + "x%E2%82")); got != "INVALID_ENCODING 20001:2" {
		t.Errorf("far behind: %s", got)
	}
}

func TestMistakesAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a+b":          "a+b",
		"a%20b%2Bc":    "a b+c",
		"%c3%A9":       "é",
		"é%20🙂":        "é 🙂",
		"%25":          "%",
		"%EF%BF%BD":    "\uFFFD",
		"%00":          "\x00",
		"%":            "INVALID_URL 1:2",
		"a\n100%":      "INVALID_URL 2:5",
		"%4":           "INVALID_URL 1:3",
		"%4G":          "INVALID_URL 1:3",
		"é%é":          "INVALID_URL 1:3",
		"%%20":         "INVALID_URL 1:2",
		"%u0041":       "INVALID_URL 1:2",
		"a%FF":         "INVALID_ENCODING 1:2",
		"\n%E2%82x":    "INVALID_ENCODING 2:1",
		"%E2%82%41":    "INVALID_ENCODING 1:1",
		"%E2%82":       "INVALID_ENCODING 1:1",
		"%C3é":         "INVALID_ENCODING 1:1",
		"%ED%A0%80":    "INVALID_ENCODING 1:1",
		"%F0%9F%99%C3": "INVALID_ENCODING 1:1",
		"%C0%80":       "INVALID_ENCODING 1:1",
		"x\xff":        "INVALID_ENCODING 1:2",
	} {
		if got := decoded(strings.NewReader(in)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
		if got := decoded(iotest.OneByteReader(strings.NewReader(in))); got != want {
			t.Errorf("%q byte by byte gives %q, want %q", in, got, want)
		}
	}
	if got := encoded("a\xff", ""); got != "INVALID_ENCODING 1:2" {
		t.Errorf("what is no text: %s", got)
	}
}

// TestPythonQuotesTheSame compares with urllib.parse, all characters of Latin-1 and some
// beyond, with several sets of safe characters.
func TestPythonQuotesTheSame(t *testing.T) {
	t.Parallel()
	all := new(strings.Builder)
	for r := rune(1); r <= 0x100; r++ {
		all.WriteRune(r)
	}
	texts := []string{all.String(), "https://example.org/a b?c=d&e=f#g", "é🙂中\u2028\U0010FFFF", "100 %25 + 5"}
	safes := []string{"", "/", "/:?#[]@!$&'()*+,;=", "%", " ~", "\"<>\\^`{|}"}
	script := `import json, sys, urllib.parse as u
texts, safes = json.load(sys.stdin)
json.dump([[u.quote(t, safe=s) for s in safes] + [u.unquote(t)] for t in texts], sys.stdout)`
	var answers [][]string
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Program(t, "Python 3 (apt-get install python3)", "python3"), "-c", script), [][]string{texts, safes}, &answers)
	if len(answers) != len(texts) {
		t.Fatalf("%d answers", len(answers))
	}
	for i, text := range texts {
		for j, safe := range safes {
			if got := encoded(text, safe); got != answers[i][j] {
				t.Errorf("%q with %q: %q, Python: %q", text, safe, got, answers[i][j])
			}
		}
		if got := decoded(strings.NewReader(text)); !strings.HasPrefix(got, "INVALID_URL") && got != answers[i][len(safes)] {
			t.Errorf("%q: %q, Python: %q", text, got, answers[i][len(safes)])
		}
	}
}

var errBroken = errors.New("the pipe is broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfReadersAndWritersPass(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(io.Reader, io.Writer, *data.Options) error{"Encode": percent.Encode, "Decode": percent.Decode} {
		if err := run(iotest.ErrReader(errBroken), io.Discard, &data.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s, reading: %v", name, err)
		}
		if err := run(strings.NewReader("x"), broken{}, &data.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s, writing: %v", name, err)
		}
	}
}

// FuzzDecode holds Decode to what it promises of any input.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "a+b%20c", "%C3%A9", "é%", "\n%E2%82x", "%ED%A0%80", "100%25"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		err := percent.Decode(iotest.HalfReader(bytes.NewReader(in)), &out, &data.Options{})
		if !utf8.Valid(out.Bytes()) {
			t.Errorf("%q gives %q", in, out.Bytes())
		}
		if err != nil {
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid {
				t.Errorf("%q: %v", in, err)
			}
			return
		}
		if want, err := url.PathUnescape(string(in)); utf8.Valid(in) && !bytes.ContainsAny(in, "\x00\ufeff") && (err != nil || want != out.String()) {
			t.Errorf("%q gives %q; net/url: %q, %v", in, out.Bytes(), want, err)
		}
		whole := decoded(bytes.NewReader(in))
		if whole != out.String() {
			t.Errorf("%q gives %q in pieces, and %q at once", in, out.Bytes(), whole)
		}
	})
}

func BenchmarkPercent(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, and Käthe sees it.\n", 100_000)
	for name, c := range map[string]struct {
		in  string
		run func(io.Reader, io.Writer, *data.Options) error
	}{"encode": {text, percent.Encode}, "decode": {encoded(text, ""), percent.Decode}} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(c.in)))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.run(strings.NewReader(c.in), io.Discard, &data.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
