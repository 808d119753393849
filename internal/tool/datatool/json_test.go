package datatool_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/data/datatest"
	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

// layouts are the tools that only lay JSON out anew.
func layouts(t *testing.T) (found []tool.Tool) {
	t.Helper()
	for _, x := range datatool.Tools() {
		if slices.Contains([]string{"json-formatter", "json-minify", "json-validator"}, x.Spec().Name) {
			found = append(found, x)
		}
	}
	if len(found) != 3 {
		t.Fatalf("%d tools", len(found))
	}
	return found
}

func TestToolsOfJSONStream(t *testing.T) {
	for _, x := range layouts(t) {
		s := x.Spec()
		if got := strings.Join(s.Extensions, " "); got != "txt json log" {
			t.Errorf("%s accepts %s", s.Name, got)
		}
		if s.OutputExt != "json" || s.ContentType != "application/json" || !s.Text || !s.JSONInput || s.MaxBytes != 0 {
			t.Errorf("%s: %+v", s.Name, s)
		}
		if got, want := len(s.Options), 1; (got == want) == (s.Name == "json-minify") {
			t.Errorf("%s has %d options", s.Name, got)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestStopsWhenContextIsDone(t *testing.T) {
	for _, x := range layouts(t) {
		for _, c := range []struct{ start, endless string }{
			{"[", "1,\n"}, {"[", " "}, {`"`, `\u0041`}, {"{", `"a":{},`},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			reads := 0
			endless := &datatest.Repeat{Text: strings.Repeat(c.endless, 1000), Before: func() {
				if reads++; reads == 50 {
					cancel()
				}
			}}
			err := x.Run(ctx, tool.Call{
				Input:     io.MultiReader(strings.NewReader(c.start), endless),
				InputSize: -1,
				Options:   tool.Options{"x-tab-space": "1"},
				Output:    io.Discard,
			})
			if !errors.Is(err, context.Canceled) || fault.Of(err) != nil || reads > 150 {
				t.Errorf("%s of endless %q: %v after %d reads", x.Spec().Name, c.endless, err, reads)
			}
		}
	}
}

// TestStopsWhenContextIsDoneWhileWriting uses deep nesting, where a small input
// has a large output.
func TestStopsWhenContextIsDoneWhileWriting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	x := layouts(t)[0]
	in := strings.Repeat("[", 10_000) + strings.Repeat("1,", 1_000) + "1" + strings.Repeat("]", 10_000)
	writes := 0
	out := writerFunc(func(p []byte) (int, error) {
		writes++
		cancel()
		return len(p), nil
	})
	err := x.Run(ctx, tool.Call{Input: strings.NewReader(in), Options: tool.Options{"x-tab-space": "16"}, Output: out})
	if !errors.Is(err, context.Canceled) || writes != 1 {
		t.Errorf("got %v after %d writes", err, writes)
	}
}
