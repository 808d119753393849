package tool_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

var options = map[string]tool.Option{
	"int":    {Header: "x-int", Kind: tool.Int, Default: "2", Min: 1, Max: 16},
	"bool":   {Header: "x-bool", Kind: tool.Bool, Default: "true"},
	"choice": {Header: "x-choice", Kind: tool.Choice, Default: "first", Choices: []string{"first", "last"}},
	"text":   {Header: "x-text", Kind: tool.Text, Default: "root"},
}

func TestParseOptions(t *testing.T) {
	for _, c := range []struct{ kind, value, want string }{
		{"int", "", "2"},
		{"int", "  ", "2"},
		{"int", "1", "1"},
		{"int", "16", "16"},
		{"int", " 7\t", "7"},
		{"int", "007", "7"},
		{"bool", "", "true"},
		{"bool", "1", "true"},
		{"bool", "TRUE", "true"},
		{"bool", "yes", "true"},
		{"bool", "0", "false"},
		{"bool", "false", "false"},
		{"bool", "No", "false"},
		{"choice", "", "first"},
		{"choice", "last", "last"},
		{"choice", " Last ", "last"},
		{"text", "", "root"},
		{"text", " Käse ", "Käse"},
		{"text", strings.Repeat("é", 64), strings.Repeat("é", 64)},
	} {
		option := options[c.kind]
		spec := tool.Spec{Options: []tool.Option{option}}
		got, err := spec.ParseOptions(func(header string) string {
			if header != option.Header {
				t.Errorf("asked for header %s", header)
			}
			return c.value
		})
		if err != nil || len(got) != 1 || got[option.Header] != c.want {
			t.Errorf("%s %q: got %v, %v, want %q", c.kind, c.value, got, err, c.want)
		}
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	for _, c := range []struct{ kind, value, want string }{
		{"int", "0", "a whole number from 1 to 16"},
		{"int", "17", "a whole number from 1 to 16"},
		{"int", "-1", "a whole number"},
		{"int", "+1", "a whole number"},
		{"int", "1.0", "a whole number"},
		{"int", "1 2", "a whole number"},
		{"int", "0x1", "a whole number"},
		{"int", "٣", "a whole number"},
		{"int", "0000001", "a whole number"},
		{"int", "18446744073709551617", "a whole number"}, // 1 if it overflowed
		{"bool", "2", "1, true or yes, or 0, false or no"},
		{"bool", "on", "1, true or yes, or 0, false or no"},
		{"choice", "none", "one of first, last"},
		{"choice", "first,last", "one of first, last"},
		{"text", strings.Repeat("é", 65), "at most 64 characters"},
	} {
		option := options[c.kind]
		spec := tool.Spec{Options: []tool.Option{option}}
		_, err := spec.ParseOptions(func(string) string { return c.value })
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Code != "INVALID_OPTION" {
			t.Errorf("%s %q: got %v", c.kind, c.value, err)
			continue
		}
		if want := option.Header + " must be " + c.want; !strings.HasPrefix(f.Message, want) {
			t.Errorf("%s %q: got %q, want %q", c.kind, c.value, f.Message, want)
		}
		if !slices.Equal(f.Details, []fault.Detail{{Name: "option", Value: option.Header}}) {
			t.Errorf("%s %q: details %v", c.kind, c.value, f.Details)
		}
	}
}

func TestParseOptionsFillsAll(t *testing.T) {
	spec := tool.Spec{}
	for _, o := range options {
		spec.Options = append(spec.Options, o)
	}
	got, err := spec.ParseOptions(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range options {
		if got[o.Header] != o.Default {
			t.Errorf("%s: got %q, want %q", o.Header, got[o.Header], o.Default)
		}
	}
	if got.Int("x-int") != 2 || !got.Bool("x-bool") {
		t.Errorf("got %v", got)
	}
}

func TestParseOptionsAsksNothingWithoutOptions(t *testing.T) {
	spec := tool.Spec{}
	got, err := spec.ParseOptions(func(header string) string {
		t.Errorf("asked for %s", header)
		return ""
	})
	if err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"option that was not parsed": func() { tool.Options{}.Int("x-int") },
		"unknown kind": func() {
			spec := tool.Spec{Options: []tool.Option{{Header: "x", Kind: 99}}}
			_, _ = spec.ParseOptions(func(string) string { return "1" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

type named string

func (n named) Spec() tool.Spec                      { return tool.Spec{Name: string(n)} }
func (n named) Run(context.Context, tool.Call) error { return nil }

func TestSet(t *testing.T) {
	s, err := tool.NewSet(named("b"), named("c"), named("a"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Names(), []string{"a", "b", "c"}; !slices.Equal(got, want) {
		t.Errorf("names: got %v, want %v", got, want)
	}
	if x, ok := s.Get("b"); !ok || x.Spec().Name != "b" {
		t.Errorf("b: got %v, %t", x, ok)
	}
	if x, ok := s.Get("B"); ok {
		t.Errorf("B: got %v", x)
	}
	s.Names()[0] = "changed"
	if got := s.Names()[0]; got != "a" {
		t.Errorf("a caller changed the set: %s", got)
	}
}

func TestConfiguredToolsTakeThePlaceOfBuiltInOnes(t *testing.T) {
	mine := &struct{ named }{"b"}
	all, hidden := tool.Merge([]tool.Tool{named("a"), named("b")}, []tool.Tool{mine, named("c")})
	s, err := tool.NewSet(all...)
	if err != nil || !slices.Equal(s.Names(), []string{"a", "b", "c"}) || !slices.Equal(hidden, []string{"b"}) {
		t.Fatalf("%v, hidden %v, %v", s.Names(), hidden, err)
	}
	if b, _ := s.Get("b"); b != tool.Tool(mine) {
		t.Errorf("b is %v", b)
	}
}

func TestSetRefusesTwoOfOneName(t *testing.T) {
	if s, err := tool.NewSet(named("a"), named("b"), named("a")); err == nil || !strings.Contains(err.Error(), "named a") {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestEmptySet(t *testing.T) {
	s, err := tool.NewSet()
	if err != nil || len(s.Names()) != 0 {
		t.Errorf("got %v, %v", s.Names(), err)
	}
}
