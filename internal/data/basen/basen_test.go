package basen_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/basen"
	"claimcheck/internal/fault"
)

// codes are all, by the names that this test gives them.
var codes = map[string]*basen.Code{"base16": basen.Base16, "base32": basen.Base32, "base64": basen.Base64, "base85": basen.Base85}

func encoded(tb testing.TB, c *basen.Code, in io.Reader) string {
	tb.Helper()
	var out strings.Builder
	if err := c.Encode(in, &out); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// decoded returns what an input decodes to, or the fault as CODE line:column.
func decoded(c *basen.Code, in io.Reader) string {
	var out strings.Builder
	err := c.Decode(in, &out)
	if err == nil {
		return out.String()
	}
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %v:%v", f.Code, f.Details[0].Value, f.Details[1].Value)
}

func TestEncodersWriteWhatTheStandardLibraryWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
		for name, want := range map[string]string{
			"base16": strings.ToUpper(hex.EncodeToString(raw)),
			"base32": base32.StdEncoding.EncodeToString(raw),
			"base64": base64.StdEncoding.EncodeToString(raw),
		} {
			var out strings.Builder
			if err := codes[name].Encode(iotest.OneByteReader(bytes.NewReader(raw)), &out); err != nil || out.String() != want {
				t.Fatalf("%s of %q is %q, %v, want %q", name, raw, out.String(), err, want)
			}
		}
	})
}

// TestDecodersReadWhatEncodersWrite breaks lines anywhere, leaves out the padding, and hands
// over the letters in pieces.
func TestDecodersReadWhatEncodersWrite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(rapid.String().Draw(t, "text"), "?")
		for name, c := range codes {
			var out strings.Builder
			if err := c.Encode(strings.NewReader(text), &out); err != nil {
				t.Fatal(err)
			}
			letters := out.String()
			if rapid.Bool().Draw(t, "unpadded") && name != "base85" {
				letters = strings.TrimRight(letters, "=")
			}
			width := rapid.IntRange(1, 100).Draw(t, "width")
			var broken strings.Builder
			for len(letters) > width {
				broken.WriteString(letters[:width] + rapid.SampledFrom([]string{"\n", "\r\n", " ", "\t", "\n\n  "}).Draw(t, "break"))
				letters = letters[width:]
			}
			broken.WriteString(letters)
			if got := decoded(c, iotest.HalfReader(strings.NewReader(broken.String()))); got != text {
				t.Fatalf("%s: %q gives %q, want %q", name, broken.String(), got, text)
			}
		}
	})
}

// TestBlocksMayEndAnywhere decodes more than a block, with a character and a break of lines at
// each border in turn.
func TestBlocksMayEndAnywhere(t *testing.T) {
	t.Parallel()
	for name, c := range codes {
		for shift := range 12 {
			text := strings.Repeat("x", shift) + strings.Repeat("é🙂中", 12_000)
			letters := encoded(t, c, strings.NewReader(text))
			broken := new(strings.Builder)
			for ; len(letters) > 76; letters = letters[76:] {
				broken.WriteString(letters[:76] + "\n")
			}
			broken.WriteString(letters)
			if got := decoded(c, strings.NewReader(broken.String())); got != text {
				t.Errorf("%s, shifted by %d: %.80q… of %d bytes, want %d", name, shift, got, len(got), len(text))
			}
		}
	}
}

func TestDecodersTakeWhatOthersWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, in, want string }{
		{"base16", "48656C6c6f", "Hello"},
		{"base16", "48 65\n6c\r\n6C6F\n", "Hello"},
		{"base32", "JBSWY3DP", "Hello"},
		{"base32", "jbswy3dp", "Hello"},
		{"base32", "JBSWY3DPEE======\n", "Hello!"},
		{"base32", "JBSWY3DPEE", "Hello!"},
		{"base64", "SGVsbG8=", "Hello"},
		{"base64", "SGVsbG8", "Hello"},
		{"base64", " SGVs\r\nbG8 = \n", "Hello"},
		{"base64", "44Go44GT_-8", "INVALID_ENCODING 1:9"},
		{"base64", "8J-Zgg", "🙂"},
		{"base64", "8J+Zgg==", "🙂"},
		{"base64", "QR==", "A"},
		{"base85", "NM&qnZ!92JZ*pv8", "Hello, World"},
		{"base85", "NM&q\nnZy", "Hello"},
	} {
		if got := decoded(codes[c.code], strings.NewReader(c.in)); got != c.want {
			t.Errorf("%s %q gives %q, want %q", c.code, c.in, got, c.want)
		}
	}
}

func TestMistakesAreWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, in, want string }{
		{"base16", "4", "INVALID_BASE16 1:2"},
		{"base16", "48\n6g", "INVALID_BASE16 2:2"},
		{"base16", "0x48", "INVALID_BASE16 1:2"},
		{"base16", "FF", "INVALID_ENCODING 1:1"},
		{"base16", "41 \n E2 82", "INVALID_ENCODING 2:2"},
		{"base16", "E28241", "INVALID_ENCODING 1:1"},
		{"base32", "JBSWY3D1", "INVALID_BASE32 1:8"},
		{"base32", "J", "INVALID_BASE32 1:2"},
		{"base32", "JBS", "INVALID_BASE32 1:4"},
		{"base32", "JBSWY3", "INVALID_BASE32 1:7"},
		{"base32", "JBS=====", "INVALID_BASE32 1:4"},
		{"base32", "JA===", "INVALID_BASE32 1:6"},
		{"base32", "JA=======", "INVALID_BASE32 1:9"},
		{"base64", "Q", "INVALID_BASE64 1:2"},
		{"base64", "QUJDR", "INVALID_BASE64 1:6"},
		{"base64", "SGVs\nbG8é", "INVALID_BASE64 2:4"},
		{"base64", "SGVs*", "INVALID_BASE64 1:5"},
		{"base64", "=", "INVALID_BASE64 1:1"},
		{"base64", "SGVs=", "INVALID_BASE64 1:5"},
		{"base64", "Q===", "INVALID_BASE64 1:2"},
		{"base64", "QQ=", "INVALID_BASE64 1:4"},
		{"base64", "QQ=\nQ", "INVALID_BASE64 2:1"},
		{"base64", "QQ==\nQQ==", "INVALID_BASE64 2:1"},
		{"base64", "QUL/", "INVALID_ENCODING 1:3"},
		{"base64", "4pyT4p\n", "INVALID_ENCODING 1:5"},
		{"base64", "/w*", "INVALID_BASE64 1:3"},
		{"base85", "N", "INVALID_BASE85 1:2"},
		{"base85", "NM&q\"", "INVALID_BASE85 1:5"},
		{"base85", "|NsC0", "INVALID_ENCODING 1:1"},
		{"base85", "|NsC1", "INVALID_BASE85 1:5"},
		{"base85", "NM&qn~", "INVALID_BASE85 1:6"},
		{"base85", "NM&qn\n|N", "INVALID_BASE85 2:3"},
	} {
		if got := decoded(codes[c.code], strings.NewReader(c.in)); got != c.want {
			t.Errorf("%s %q gives %q, want %q", c.code, c.in, got, c.want)
		}
		if got := decoded(codes[c.code], iotest.OneByteReader(strings.NewReader(c.in))); got != c.want {
			t.Errorf("%s %q byte by byte gives %q, want %q", c.code, c.in, got, c.want)
		}
	}
}

func TestTheReaderOfBase64GivesAnyBytes(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte{0xff, 0, 0xc3, 0x28, 1}, 50_000)
	var letters bytes.Buffer
	e := basen.Base64.NewEncoder(&letters)
	for part := range bytes.Lines(raw) {
		if _, err := e.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(basen.Base64.NewDecoder(&letters, data.Start))
	if err != nil || !bytes.Equal(got, raw) {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(raw))
	}
	if err := iotest.TestReader(basen.Base64.NewDecoder(strings.NewReader("SGVs\nbG8="), data.Start), []byte("Hello")); err != nil {
		t.Error(err)
	}
	got, err = io.ReadAll(basen.Base64.NewDecoder(strings.NewReader("SGVsbG8*"), data.Start))
	if f := fault.Of(err); string(got) != "Hel" || f == nil || f.Code != "INVALID_BASE64" {
		t.Errorf("what was right comes first: %q, %v", got, err)
	}
}

var errBroken = errors.New("the pipe is broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfReadersAndWritersPass(t *testing.T) {
	t.Parallel()
	for name, c := range codes {
		for what, err := range map[string]error{
			"reading to encode": c.Encode(iotest.ErrReader(errBroken), io.Discard),
			"reading to decode": c.Decode(iotest.ErrReader(errBroken), io.Discard),
			"writing letters":   c.Encode(strings.NewReader("x"), broken{}),
			"writing bytes":     c.Decode(strings.NewReader("42424242"), broken{}),
		} {
			if !errors.Is(err, errBroken) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

// FuzzDecode holds each decoder to what it promises of any input.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "SGVsbG8=", "48656C6C6F", "JBSWY3DPEE======", "NM&qnZy", "QQ=\nQ", "|NsC1", "é=", "4pyT\n4p"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for name, c := range codes {
			var out bytes.Buffer
			err := c.Decode(iotest.HalfReader(bytes.NewReader(in)), &out)
			if !utf8.Valid(out.Bytes()) {
				t.Errorf("%s: %q gives %q", name, in, out.Bytes())
			}
			if err != nil {
				inside(t, in, err)
				continue
			}
			again := decoded(c, strings.NewReader(encoded(t, c, bytes.NewReader(out.Bytes()))))
			if again != out.String() {
				t.Errorf("%s: %q gives %q, which comes back as %q", name, in, out.Bytes(), again)
			}
		}
	})
}

// inside fails where an error is none of an input, or not inside it.
func inside(t *testing.T, in []byte, err error) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid {
		t.Fatalf("%q: %v", in, err)
	}
	line, isLine := f.Details[0].Value.(int)
	column, isColumn := f.Details[1].Value.(int)
	lines := strings.Split(string(in), "\n")
	if !isLine || !isColumn || line < 1 || line > len(lines) || column < 1 || column > utf8.RuneCountInString(lines[line-1])+1 {
		t.Errorf("%q has no line %d, column %d", in, line, column)
	}
}

func BenchmarkEncode(b *testing.B) {
	bench(b, (*basen.Code).Encode, func(raw []byte, _ *basen.Code) []byte { return raw })
}

func BenchmarkDecode(b *testing.B) {
	bench(b, (*basen.Code).Decode, func(raw []byte, c *basen.Code) []byte { return []byte(encoded(b, c, bytes.NewReader(raw))) })
}

func BenchmarkDecodeLines(b *testing.B) {
	bench(b, (*basen.Code).Decode, func(raw []byte, c *basen.Code) []byte {
		var out bytes.Buffer
		letters := encoded(b, c, bytes.NewReader(raw))
		for ; len(letters) > 76; letters = letters[76:] {
			out.WriteString(letters[:76] + "\n")
		}
		out.WriteString(letters)
		return out.Bytes()
	})
}

func bench(b *testing.B, run func(*basen.Code, io.Reader, io.Writer) error, input func(raw []byte, c *basen.Code) []byte) {
	b.Helper()
	raw := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog, and Käthe sees it.\n", 150_000))
	for name, c := range codes {
		in := input(raw, c)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if err := run(c, bytes.NewReader(in), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
