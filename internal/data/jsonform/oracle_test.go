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

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/fault"
)

// oracle is what another tokenizer makes of a document.
func oracle(in []byte, indent string) ([]byte, error) {
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(true)}
	if indent != "" {
		options = append(options, jsontext.WithIndent(indent))
	}
	out, err := jsontext.AppendFormat(nil, in, options...)
	return bytes.TrimSuffix(out, []byte("\n")), err
}

// differs says what is different from the other tokenizer, "" if nothing is.
func differs(tb testing.TB, in []byte) string {
	tb.Helper()
	for _, c := range []struct{ name, indent string }{{"json-minify", ""}, {"json-formatter", "  "}} {
		want, wantErr := oracle(in, c.indent)
		for kind, r := range readers(in) {
			var got bytes.Buffer
			err := run(tb, c.name, r, &got, "x-tab-space", "2")
			switch {
			case (err == nil) != (wantErr == nil):
				return fmt.Sprintf("%s, %s: %v %s, the other says %v", c.name, kind, err, reason(err), wantErr)
			case err == nil && !bytes.Equal(got.Bytes(), want):
				return fmt.Sprintf("%s, %s: %q, the other writes %q", c.name, kind, got.Bytes(), want)
			case err != nil && !agreed(in, err, wantErr):
				return fmt.Sprintf("%s, %s: at %d, %s, the other says %v", c.name, kind, offset(string(in), err), reason(err), wantErr)
			}
		}
	}
	return tellsAnother(tb, in)
}

// readers give a document in pieces of different sizes.
func readers(in []byte) map[string]io.Reader {
	return map[string]io.Reader{
		"at once": bytes.NewReader(in), "byte by byte": iotest.OneByteReader(bytes.NewReader(in)), "by halves": iotest.HalfReader(bytes.NewReader(in)),
	}
}

// agreed reports whether a mistake is where the other tokenizer has it. That has the beginning of an escape
// sequence where we have the first character that is wrong, and of numbers and sequences that the end cuts off.
func agreed(in []byte, err, other error) bool {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](other)
	if !ok {
		return false
	}
	at, theirs := offset(string(in), err), int(syntax.ByteOffset)
	switch {
	case strings.Contains(reason(err), "surrogate"):
		return at >= theirs && at <= theirs+11
	case errors.Is(other, io.ErrUnexpectedEOF):
		return at == len(in) || fault.IsCode(err, invalidEncoding) && at == theirs
	case strings.Contains(other.Error(), "escape sequence"):
		return at >= theirs && at <= theirs+6
	case strings.Contains(other.Error(), "max depth"):
		return strings.Contains(reason(err), "levels")
	default:
		return at == theirs
	}
}

// tellsAnother says which token of a value the other tokenizer tells otherwise, or is lost when the value is written.
func tellsAnother(tb testing.TB, in []byte) string {
	tb.Helper()
	var got, want told
	if jsonform.Read(iotest.HalfReader(bytes.NewReader(in)), &data.Options{}, &got) != nil {
		return ""
	}
	d := jsontext.NewDecoder(bytes.NewReader(in), jsontext.AllowDuplicateNames(true))
	for {
		parent, n := d.StackIndex(d.StackDepth())
		t, err := d.ReadToken()
		if err != nil {
			break
		}
		name := parent == jsontext.KindBeginObject && n%2 == 0
		_ = want.Put(tokenOf(t, name))
	}
	if got.String() != want.String() {
		return fmt.Sprintf("tells %s, the other %s", got.String(), want.String())
	}
	var again told
	once := rewritten(tb, string(in), true)
	if err := jsonform.Read(strings.NewReader(once), nil, &again); err != nil || again.String() != want.String() {
		return fmt.Sprintf("is written as %q, which tells %s, %v", once, again.String(), err)
	}
	return ""
}

func tokenOf(t jsontext.Token, name bool) data.Token {
	kinds := map[jsontext.Kind]data.Kind{
		jsontext.KindInvalid: data.Null, 'n': data.Null, 't': data.Bool, 'f': data.Bool, '0': data.Number, '"': data.String,
		'[': data.BeginArray, ']': data.EndArray, '{': data.BeginObject, '}': data.EndObject,
	}
	made := data.Token{Kind: kinds[t.Kind()]}
	switch made.Kind {
	case data.String:
		if name && t.Kind() == '"' {
			made.Kind = data.Name
		}
		made.Text = []byte(t.String())
	case data.Number, data.Bool:
		made.Text = []byte(t.String())
	default:
	}
	return made
}

func TestMistakesAreWhereAnotherTokenizerHasThem(t *testing.T) {
	for _, c := range mistakes {
		if problem := differs(t, []byte(c.text)); problem != "" {
			t.Errorf("%q: %s", c.text, problem)
		}
	}
	for _, c := range badEncodings {
		if problem := differs(t, []byte(c.text)); problem != "" {
			t.Errorf("%q: %s", c.text, problem)
		}
	}
}

func TestDocumentsAreWhatAnotherTokenizerMakesOfThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		if problem := differs(t, []byte(spread(rt, drawDocument(rt, 4)))); problem != "" {
			rt.Fatal(problem)
		}
	})
}

// FuzzTokenizer compares with another tokenizer, the document whole and in pieces, and where
// it lies on the border between what is read at once and what is read next.
func FuzzTokenizer(f *testing.F) {
	for _, c := range mistakes {
		f.Add([]byte(c.text))
	}
	for _, c := range badEncodings {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(`{"a":[1,2.5e-3,"\u0041\ud83d\ude00é日本語"],"a":{},"":-0.1234567890123456789}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if problem := differs(t, in); problem != "" {
			t.Fatalf("%q: %s", in, problem)
		}
		if !json.Valid(in) {
			return
		}
		var got, want bytes.Buffer
		before := strings.Repeat(" ", max(64<<10-len(in)/2, 0))
		err := run(t, "json-formatter", io.MultiReader(strings.NewReader(before), bytes.NewReader(in)), &got)
		if wantErr := run(t, "json-formatter", bytes.NewReader(in), &want); (err == nil) != (wantErr == nil) || err == nil && got.String() != want.String() {
			t.Fatalf("%q on the border: %v, %q, else %v, %q", in, err, got.String(), wantErr, want.String())
		}
	})
}

// TestABorderAnywhere puts the border between what is read at once and what is read next into
// each place of a document, behind white space and within a string.
func TestABorderAnywhere(t *testing.T) {
	const in = `{"é日😀\u0041\ud83d\ude00\\":[-12.5e+03,true,false,null,0.123456789012345,"",[ ],{ },"x"]}`
	for _, before := range []struct{ begin, fill, end string }{{"", " ", ""}, {`["`, "a", `",`}, {`["`, "\u00e9", `",`}, {"[", "1", ","}} {
		want := strings.ReplaceAll(in, " ", "")
		for k := range len(in) + 1 {
			room := 64<<10 - k - len(before.begin) - len(before.end)
			head := before.begin + strings.Repeat(before.fill, room/len(before.fill)) + before.end
			tail := ""
			if before.begin != "" {
				tail = "]"
			}
			text := head + in + tail
			got := output(t, "json-minify", text)
			if got != strings.TrimLeft(head, " ")+want+tail {
				t.Fatalf("with %q before it and the border at %d: %.100q … %q", before.fill, k, got, got[max(len(got)-200, 0):])
			}
			if again := rewritten(t, text, true); again != rewritten(t, got, true) || !strings.HasSuffix(again, `"x"]}`+tail) {
				t.Fatalf("told, with %q before it and the border at %d: %q", before.fill, k, again[max(len(again)-200, 0):])
			}
		}
	}
}
