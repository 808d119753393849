package plain_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/plain"
	"claimcheck/internal/fault"
)

func minified(tb testing.TB, in io.Reader) string {
	tb.Helper()
	var out strings.Builder
	if err := plain.Minify(in, &out, &data.Options{}); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// byRules is the text as the rules say it, one after the other.
func byRules(text string) string {
	text = regexp.MustCompile(`\r\n?`).ReplaceAllString(text, "\n")
	text = regexp.MustCompile(`[ \t\v\f]+`).ReplaceAllString(text, " ")
	text = regexp.MustCompile(` ?\n ?`).ReplaceAllString(text, "\n")
	text = regexp.MustCompile(`\n{3,}`).ReplaceAllString(text, "\n\n")
	return strings.Trim(text, " \n")
}

func TestMinifyKeepsTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SampledFrom([]string{" ", "  ", "\t", "\n", "\r\n", "\r", "\v", "\f", "a", "word", "é🙂", "\u00a0", "\u3000", "\u2028"})).Draw(t, "parts")
		text := strings.Join(parts, "")
		want := byRules(text)
		for name, in := range map[string]io.Reader{"at once": strings.NewReader(text), "in pieces": iotest.OneByteReader(strings.NewReader(text)), "again": strings.NewReader(want)} {
			var out strings.Builder
			if err := plain.Minify(in, &out, &data.Options{}); err != nil || out.String() != want {
				t.Fatalf("%s: %q gives %q, %v, want %q", name, text, out.String(), err, want)
			}
		}
	})
}

func TestMinifyStreams(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(" a  b\r\n\r\n\r\n", 50_000)
	if got, want := minified(t, strings.NewReader(text)), strings.TrimSuffix(strings.Repeat("a b\n\n", 50_000), "\n\n"); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

var errBroken = errors.New("the pipe is broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsPass(t *testing.T) {
	t.Parallel()
	if err := plain.Minify(iotest.ErrReader(errBroken), io.Discard, &data.Options{}); !errors.Is(err, errBroken) {
		t.Errorf("reading: %v", err)
	}
	if err := plain.Minify(strings.NewReader("x"), broken{}, &data.Options{}); !errors.Is(err, errBroken) {
		t.Errorf("writing: %v", err)
	}
	err := plain.Minify(strings.NewReader("a\nb\xff"), io.Discard, &data.Options{})
	if f := fault.Of(err); f == nil || f.Code != "INVALID_ENCODING" || f.Details[0].Value != 2 || f.Details[1].Value != 2 {
		t.Errorf("no text: %v", err)
	}
}

// FuzzMinify wants the words of any text to be the same, and a second time to change nothing.
func FuzzMinify(f *testing.F) {
	for _, seed := range []string{"", " a  b \r\n\r\n\r\n c", "\t\u00a0x\n", "\r\r\n", "é\v\f🙂"} {
		f.Add([]byte(seed))
	}
	words := func(b []byte) []string {
		return strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(" \t\v\f\r\n", r) })
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if err := plain.Minify(iotest.HalfReader(bytes.NewReader(in)), &out, &data.Options{}); err != nil {
			if f := fault.Of(err); f == nil || f.Code != "INVALID_ENCODING" {
				t.Errorf("%q: %v", in, err)
			}
			return
		}
		if !utf8.Valid(in) || bytes.ContainsAny(in, "\x00\ufeff") {
			return // it may have been in another encoding
		}
		if again := minified(t, bytes.NewReader(out.Bytes())); again != out.String() {
			t.Errorf("%q gives %q, and that %q", in, out.Bytes(), again)
		}
		if got, want := words(out.Bytes()), words(in); !slices.Equal(got, want) {
			t.Errorf("%q has the words %q, want %q", in, got, want)
		}
	})
}

func BenchmarkMinify(b *testing.B) {
	text := strings.Repeat("  The quick brown fox jumps\t over the lazy dog,  and Käthe sees it.\r\n\r\n", 100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := plain.Minify(strings.NewReader(text), io.Discard, &data.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
