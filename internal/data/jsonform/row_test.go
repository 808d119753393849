package jsonform_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
)

// putObject tells an object token by token.
func putObject(to data.Sink, names [][]byte, values []data.Token) error {
	if err := to.Put(data.Token{Kind: data.BeginObject}); err != nil {
		return err
	}
	for i, v := range values {
		if err := to.Put(data.Token{Kind: data.Name, Text: names[i]}); err != nil {
			return err
		}
		if err := to.Put(v); err != nil {
			return err
		}
	}
	return to.Put(data.Token{Kind: data.EndObject})
}

func TestObjectsAtOnceAreAsTheirTokens(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{0,20}`), rapid.StringMatching(`[a-z"\\\n]{6,10}`), rapid.Just(strings.Repeat("long", 40_000)))
	value := rapid.Custom(func(t *rapid.T) data.Token {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return data.Token{Kind: data.Null}
		case 1:
			return data.Token{Kind: data.Bool, Text: []byte("true")}
		case 2:
			return data.Token{Kind: data.Number, Text: []byte("1E400")}
		default:
			return data.Token{Kind: data.String, Text: []byte(text.Draw(t, "text"))}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		var whole, pieces bytes.Buffer
		o := &data.Options{TabSpace: rapid.IntRange(0, 16).Draw(t, "spaces")}
		a, b := jsonform.NewWriter(&whole, o), jsonform.NewWriter(&pieces, o)
		if rapid.Bool().Draw(t, "compact") {
			a, b = jsonform.NewCompactWriter(&whole), jsonform.NewCompactWriter(&pieces)
		}
		objects, ok := a.(data.ObjectSink)
		if !ok {
			t.Fatal("no ObjectSink")
		}
		each := func(f func(to data.Sink) error) {
			for _, to := range []data.Sink{a, b} {
				if err := f(to); err != nil {
					t.Fatal(err)
				}
			}
		}
		depth := rapid.IntRange(0, 3).Draw(t, "depth")
		for range depth {
			each(func(to data.Sink) error { return to.Put(data.Token{Kind: data.BeginArray}) })
		}
		for range rapid.IntRange(0, 2).Draw(t, "tables") {
			if depth == 0 {
				break
			}
			names := [][]byte{}
			for range rapid.IntRange(0, 4).Draw(t, "columns") {
				names = append(names, []byte(rapid.String().Draw(t, "name")))
			}
			for range rapid.IntRange(0, 3).Draw(t, "rows") {
				values := rapid.SliceOfN(value, 0, len(names)).Draw(t, "values")
				each(func(to data.Sink) error {
					if to == data.Sink(a) {
						return objects.PutObject(names, values)
					}
					return putObject(to, names, values)
				})
			}
		}
		for range depth {
			each(func(to data.Sink) error { return to.Put(data.Token{Kind: data.EndArray}) })
		}
		if depth == 0 {
			each(func(to data.Sink) error { return to.Put(data.Token{Kind: data.Null}) })
		}
		if a.End() != nil || b.End() != nil || whole.String() != pieces.String() {
			t.Fatalf("at once %s\ntoken by token %s", whole.String(), pieces.String())
		}
	})
	w := jsonform.NewWriter(&bytes.Buffer{}, &data.Options{})
	if objects, ok := w.(data.ObjectSink); !ok || objects.PutObject([][]byte{[]byte("\xff")}, []data.Token{{}}) == nil {
		t.Error("a name that is not UTF-8 was written")
	}
}
