package yamlparse_test

import (
	"strings"
	"testing"

	"claimcheck/internal/data/yamlparse"
	"claimcheck/internal/fault"
)

type position struct{ line, column any }

func nothing(*yamlparse.Event) error { return nil }

// TestMistakesHavePositions: the first character that cannot go on.
func TestMistakesHavePositions(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]position{
		"[a":                              {1, 3},
		"[a, b\n":                         {2, 1},
		"[,]":                             {1, 2},
		"[a,,b]":                          {1, 4},
		"{a: b":                           {1, 6},
		"{a b: c]":                        {1, 8},
		"a: b: c":                         {1, 5},
		"é: \"é":                          {1, 6},
		"é: @x":                           {1, 4},
		"a:\n\tb":                         {2, 1},
		"\ta: b":                          {1, 1},
		"a\n---\n \tb: c":                 {3, 2},
		"a:\n  b: 1\n\tc: 2":              {3, 1},
		"a: 1\n b: 2":                     {2, 3},
		"a: 1\n  - b":                     {0, 0}, // a text of two lines
		"- a\n b: c":                      {2, 3},
		"a\nb: c":                         {2, 2},
		"a: 1\nb\nc: 2":                   {2, 2},
		"a: 1\n\"b\"  \nc: 2":             {2, 6},
		"\"a\" b":                         {1, 5},
		"a: \"b\"#c":                      {1, 7},
		"- a\nb: c":                       {2, 1},
		"a:\n  - b\n c: 1":                {3, 2},
		"a: - b":                          {1, 4},
		"--- a: b":                        {1, 6},
		"&a - b":                          {1, 4},
		"a: *b":                           {1, 4},
		"&a *a":                           {1, 4},
		"&a &b c":                         {1, 4},
		"!a !b c":                         {1, 4},
		"!e!x a":                          {1, 1},
		"a: !<x y":                        {1, 7},
		"a: !%zz x":                       {1, 5},
		"a: |x":                           {1, 5},
		"a: |22\n  b":                     {1, 6},
		"a: |\n\tb":                       {2, 1},
		"a: |\n    \n  b":                 {2, 5},
		"\"\\q\"":                         {1, 3},
		"\"\\x4\"":                        {1, 5},
		"\"\\ud800\"":                     {1, 2},
		"\"\\udc00\\ud800\"":              {1, 2},
		"'a\n---\nb'":                     {2, 1},
		"a: 'b\nc'":                       {2, 1},
		"a: [b,\nc]":                      {2, 1},
		"? a\n? [b\n":                     {3, 1},
		"%YAML 2.0\n---":                  {1, 1},
		"%YAML 1.2":                       {1, 10},
		"%TAG x\n---":                     {1, 1},
		"a\n%YAML 1.2\n---":               {0, 0}, // a text of two lines
		"a: b\n%YAML 1.2\n---":            {2, 1},
		"--- a\n... b":                    {2, 5},
		"a: b\x01":                        {1, 5},
		"a: b # c\u0085d":                 {1, 9},
		"a: 'b\u2028c'":                   {1, 6},
		"a: b\u2029c":                     {1, 5},
		"a: b\uFFFE":                      {1, 5},
		"[a: b\n: c]":                     {2, 1},
		"[a\n: b]":                        {2, 1},
		"a: [b]: c":                       {1, 7},
		"[b]c":                            {1, 4},
		"a: ]":                            {1, 4},
		"a: {b: c}}":                      {1, 10},
		"- - a\n -b":                      {2, 2},
		"- - a\n - b\n- c":                {2, 2},
		strings.Repeat("k", 1025) + ": a": {1, 1026},
	} {
		err := yamlparse.Parse([]byte(src), nothing, nil)
		if want.line == 0 {
			if err != nil {
				t.Errorf("%q: %s", src, mistake(err))
			}
			continue
		}
		if err == nil {
			t.Errorf("%q is taken", src)
			continue
		}
		f := fault.Of(err)
		if got := (position{f.Details[0].Value, f.Details[1].Value}); got != want {
			t.Errorf("%q: %s, want %v", src, mistake(err), want)
		}
	}
}

// TestLimits: depth, directives.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(n int) string{
		"brackets": func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) },
		"braces":   func(n int) string { return strings.Repeat("{a: ", n) + strings.Repeat("}", n) },
		"dashes":   func(n int) string { return strings.Repeat("- ", n) },
		"keys":     func(n int) string { return strings.Repeat("? ", n) },
	} {
		if err := yamlparse.Parse([]byte(make(yamlparse.MaxDepth)), nothing, nil); err != nil {
			t.Errorf("%s as deep as the limit: %s", name, mistake(err))
		}
		err := yamlparse.Parse([]byte(make(yamlparse.MaxDepth+1)), nothing, nil)
		if err == nil || !strings.Contains(mistake(err), "deeper than 10000 levels") {
			t.Errorf("%s twice as deep as the limit: %s", name, mistake(err))
		}
	}
	if err := yamlparse.Parse([]byte(strings.Repeat("%X y\n", 101)+"---"), nothing, nil); err == nil {
		t.Error("101 directives are taken")
	}
}
