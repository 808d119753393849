package caret_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/mattn/go-runewidth"

	"claimcheck/internal/caret"
)

func TestTheCaretStandsUnderTheColumn(t *testing.T) {
	for _, c := range []struct {
		name         string
		input        string
		line, column int
		want         string
	}{
		{"plain", "{\n{\"a\" 1}\n}", 2, 6, "    2 | {\"a\" 1}\n      |      ^"},
		{"the first", "x", 1, 1, "    1 | x\n      | ^"},
		{"behind the end", "ab\r\ncd", 1, 3, "    1 | ab\n      |   ^"},
		{"far behind the end", "ab", 1, 99, "    1 | ab\n      |   ^"},
		{"an empty line at the end", "ab\n", 2, 1, "    2 |\n      | ^"},
		{"no column", "ab", 1, 0, "    1 | ab\n      | ^"},
		{"tabs", "\ta\tb", 1, 4, "    1 |         a       b\n      |                 ^"},
		{"a tab itself", "a\tb", 1, 2, "    1 | a       b\n      |  ^"},
		{"wide", "日本x", 1, 3, "    1 | 日本x\n      |     ^"},
		{"an emoji", "🎉🎉!", 1, 3, "    1 | 🎉🎉!\n      |     ^"},
		{"combining before", "e\u0301x", 1, 3, "    1 | e\u0301x\n      |  ^"},
		{"combining itself", "xe\u0301", 1, 3, "    1 | xe\u0301\n      |  ^"},
		{"control sequences", "\x1b[2Jx", 1, 5, "    1 | \\x1b[2Jx\n      |        ^"},
		{"broken encoding", "\xff\xfex", 1, 3, "    1 | \\xff\\xfex\n      |         ^"},
		{"direction marks", "\u202ex", 1, 2, "    1 | \\u202ex\n      |       ^"},
		{"a CR in the line", "a\rb", 1, 3, "    1 | a\\rb\n      |    ^"},
		{"a mark of byte order", "\ufeff{", 1, 2, "    1 | \\ufeff{\n      |       ^"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := caret.Show(strings.NewReader(c.input), c.line, c.column, 80)
			if !ok || got != c.want {
				t.Errorf("got %v\n%s\nwant\n%s", ok, got, c.want)
			}
		})
	}
}

// TestLongLinesAreCutAroundTheColumn looks at a place in lines that are too long
// for any terminal: it must be there, above the caret.
func TestLongLinesAreCutAroundTheColumn(t *testing.T) {
	for name, fill := range map[string]string{"narrow": "a", "wide": "日", "tabs": "\t", "escapes": "\x01", "combining": "\u0301", "mixed": "a\t日\x01"} {
		for _, before := range []int{0, 1, 50, 70, 200, 70_000} {
			for _, columns := range []int{0, 30, 80, 200} {
				head := strings.Repeat(fill, before)
				input := "first\n" + head + "X" + strings.Repeat(fill, 70_000) + "\nlast"
				shown, ok := caret.Show(strings.NewReader(input), 2, len([]rune(head))+1, columns)
				text, mark, _ := strings.Cut(shown, "\n")
				under := runewidth.StringWidth(mark) - 1
				x := strings.IndexByte(text, 'X')
				if !ok || x < 0 || runewidth.StringWidth(text[:x]) != under {
					t.Errorf("%s, %d before, %d columns: got %v\n%s", name, before, columns, ok, shown)
				}
				if widest := max(runewidth.StringWidth(text), under+1); widest > max(columns, 28) {
					t.Errorf("%s, %d before: %d columns are shown on %d\n%s", name, before, widest, columns, shown)
				}
			}
		}
	}
}

func TestWhereThereIsNoSuchLineNothingIsShown(t *testing.T) {
	for name, c := range map[string]struct {
		input io.Reader
		line  int
	}{
		"beyond the end":    {strings.NewReader("a\nb"), 3},
		"line 0":            {strings.NewReader("a"), 0},
		"a broken file":     {iotest.ErrReader(io.ErrClosedPipe), 1},
		"broken in between": {io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(io.ErrClosedPipe)), 3},
	} {
		if shown, ok := caret.Show(c.input, c.line, 1, 80); ok {
			t.Errorf("%s: got %q", name, shown)
		}
	}
}
