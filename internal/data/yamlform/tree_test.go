package yamlform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
)

// A value in these tests is nil, a bool, a json.Number, a string, []any, or an object.
type object []member

type member struct {
	name  string
	value any
}

// tell tells a sink a value.
func tell(to data.Sink, v any) error {
	switch v := v.(type) {
	case nil:
		return to.Put(data.Token{Kind: data.Null})
	case bool:
		return to.Put(data.Token{Kind: data.Bool, Text: fmt.Append(nil, v)})
	case json.Number:
		return to.Put(data.Token{Kind: data.Number, Text: []byte(v)})
	case string:
		return to.Put(data.Token{Kind: data.String, Text: []byte(v)})
	case []any:
		if err := to.Put(data.Token{Kind: data.BeginArray}); err != nil {
			return err
		}
		for _, e := range v {
			if err := tell(to, e); err != nil {
				return err
			}
		}
		return to.Put(data.Token{Kind: data.EndArray})
	case object:
		if err := to.Put(data.Token{Kind: data.BeginObject}); err != nil {
			return err
		}
		for _, m := range v {
			if err := to.Put(data.Token{Kind: data.Name, Text: []byte(m.name)}); err != nil {
				return err
			}
			if err := tell(to, m.value); err != nil {
				return err
			}
		}
		return to.Put(data.Token{Kind: data.EndObject})
	default:
		panic(fmt.Sprintf("no value: %T", v))
	}
}

// A jsonSink writes what it is told as JSON.
type jsonSink struct {
	strings.Builder

	comma bool
}

func (s *jsonSink) Put(t data.Token) error {
	end := t.Kind == data.EndArray || t.Kind == data.EndObject
	if s.comma && !end {
		s.WriteByte(',')
	}
	s.comma = true
	switch t.Kind {
	case data.Null:
		s.WriteString("null")
	case data.Bool, data.Number:
		s.Write(t.Text)
	case data.String, data.Name:
		b, err := json.Marshal(string(t.Text))
		if err != nil {
			return err
		}
		s.Write(b)
		if t.Kind == data.Name {
			s.WriteByte(':')
			s.comma = false
		}
	default:
		s.WriteByte("[]{}"[t.Kind-data.BeginArray])
		s.comma = end
	}
	return nil
}

func asJSON(v any) string {
	var s jsonSink
	if err := tell(&s, v); err != nil {
		panic(err)
	}
	return s.String()
}

// asYAML writes a value.
func asYAML(v any, spaces int) string {
	var out strings.Builder
	w := yamlform.NewWriter(&out, &data.Options{TabSpace: spaces})
	if err := tell(w, v); err != nil {
		panic(err)
	}
	if err := w.End(); err != nil {
		panic(err)
	}
	return out.String()
}

// readJSON reads YAML, and writes it as JSON.
func readJSON(src string) (string, error) {
	var s jsonSink
	err := yamlform.Read(strings.NewReader(src), &data.Options{}, &s)
	return s.String(), err
}

// awkward are texts that some reader could take for something else, or lose.
var awkward = func() []string {
	all := strings.Split(strings.ReplaceAll(`=|<<|010|0o7|1_000|190:20:30|1e3|.inf|~|null|y|no|2002-12-14|0x1F|- a|? x|: |#|a: b|a:|a :|:a|a #b|#a|a#b||`+
		` a|a |yes|Yes|ON|off|True|FALSE|n|N|Null|NULL|-|--|---|...|.|..|.5|5.|+1|-1|+|-x|?|?x|:|::|@a|%a|&a|*a|!a|!!str a|>|[|]|{|}|[a]|{a: 1}|a, b|,|a]|"|'|"a"|'a'|it's|\|C:\x|a\nb|0b11|08|1.|1e|1e+3|0x|`+
		`12:30|12:30:45.5|2001-12-14t21:59:43.10-05:00|2001-12-14 21:59:43|1,000|1 2|12e03|-.inf|.NaN|-0|0.0|😀|é|日本|a😀: b|LF|CR|CRLF|TAB|aLF|LFa|aLFb|aLFbLF|aLFbLFLF|aLFLFb|a LFb| aLFb|aLF b|aLF  LFb|aLF#bLF|`+
		`---LFa|a: bLF- c|TABaLFb|aTABLFb|aTAB#b|aCRLFb|aCRb|aNELb|aLSb|aPSb|BOM|aBOMb|BOMa|NUL|aESCb|DEL|aNBSPb|NBSP|a\|b|aFFFEb`, `\|`, "PIPE"), "|")
	r := strings.NewReplacer("PIPE", "|", "CRLF", "\r\n", "LF", "\n", "CR", "\r", "TAB", "\t", "NEL", "\u0085", "LS", "\u2028", "PS", "\u2029", "BOM", "\uFEFF", "NUL", "\x00",
		"ESC", "\x1b", "DEL", "\x7F", "NBSP", "\u00A0", "FFFE", "\uFFFE")
	for i, s := range all {
		all[i] = r.Replace(s)
	}
	return all
}()

var awkwardNumbers = []json.Number{"0", "-0", "1", "-1", "0.10", "100.0", "1e3", "1E400", "-1.5e-7", "12345678901234567890", "123456789012345678901234567890.5", "1E+2", "0e0"}

// texts, and values of every shape.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(awkward),
		rapid.StringMatching(`[a-z0-9:#\-?,'" \n]{0,12}`),
		rapid.Map(rapid.StringOf(rapid.Rune()), func(s string) string { return strings.ToValidUTF8(s, "?") }),
	)
}

func values(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](false),
		rapid.Map(rapid.SampledFrom(awkwardNumbers), func(n json.Number) any { return n }),
		rapid.Map(rapid.Int64(), func(n int64) any { return json.Number(fmt.Sprint(n)) }),
		rapid.Map(texts(), func(s string) any { return s }),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	inner := values(depth - 1)
	array := rapid.Map(rapid.SliceOfN(inner, 0, 4), func(v []any) any { return v })
	members := rapid.Custom(func(t *rapid.T) any {
		o := object{}
		seen := map[string]bool{}
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			name := texts().Draw(t, "name")
			if !seen[name] {
				seen[name] = true
				o = append(o, member{name, inner.Draw(t, "value")})
			}
		}
		return o
	})
	return rapid.OneOf(append(scalars, array, members, array, members)...)
}

// TestJSONComesBackFromYAML writes values and reads them: each token is the same, numbers digit by digit.
func TestJSONComesBackFromYAML(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := values(4).Draw(t, "value")
		spaces := rapid.SampledFrom([]int{0, 1, 2, 4, 16}).Draw(t, "spaces")
		text := asYAML(v, spaces)
		got, err := readJSON(text)
		if err != nil {
			t.Fatalf("%s\n%s", mistake(err), text)
		}
		if want := asJSON(v); got != want {
			t.Fatalf("got %s\nwant %s\nby\n%s", got, want, text)
		}
	})
}

// TestLaidOutIsRead writes values, lays them out and minifies them: they stay what they are.
func TestLaidOutIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := values(3).Draw(t, "value")
		src := asYAML(v, rapid.SampledFrom([]int{0, 1, 2, 3}).Draw(t, "spaces"))
		want := asJSON(v)
		var out, small strings.Builder
		if err := yamlform.Format(strings.NewReader(src), &out, &data.Options{TabSpace: rapid.IntRange(0, 16).Draw(t, "width")}); err != nil {
			t.Fatalf("%s\n%s", mistake(err), src)
		}
		if err := yamlform.Minify(strings.NewReader(src), &small, &data.Options{}); err != nil {
			t.Fatalf("%s\n%s", mistake(err), src)
		}
		for _, made := range []string{out.String(), small.String()} {
			if got, err := readJSON(made); err != nil || got != want {
				t.Fatalf("got %s %v\nwant %s\nby\n%s\nof\n%s", got, err, want, made, src)
			}
		}
	})
}
