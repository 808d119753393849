package sqlform_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/data/sqlform"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// TestSQLFormatterReadsTheSame has sql-formatter, which knows the dialects, read what was
// made of many statements: it makes the same of it as of the statements themselves.
func TestSQLFormatterReadsTheSame(t *testing.T) {
	t.Parallel()
	modules := filepath.Dir(testneeds.NodeModules(t, "sql-formatter"))
	type texts struct {
		Dialect string   `json:"dialect"`
		Texts   []string `json:"texts"`
	}
	var cases []texts
	for dialect, src := range corpus(t, "corpus") {
		cases = append(cases, texts{dialect, []string{src, format(t, src, dialect), minify(t, src, dialect)}})
	}
	for dialect, src := range corpus(t, "comments") {
		cases = append(cases, texts{dialect, []string{src, format(t, src, dialect)}})
	}
	var judged [][]string
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Node(t), filepath.Join("testdata", "judge.cjs")), map[string]any{"modules": modules, "cases": cases}, &judged)
	for i, c := range cases {
		want := judged[i][0]
		if strings.HasPrefix(want, "refused: ") {
			t.Errorf("%s: the judge cannot read the statements: %s", c.Dialect, want)
		}
		for n, got := range judged[i] {
			if bare(got) != bare(want) {
				t.Errorf("%s: text %d is read as\n%s\nwant\n%s", c.Dialect, n, got, want)
			}
		}
	}
}

// bare is a text without its white space.
func bare(text string) string { return strings.Join(strings.Fields(text), "") }

// FuzzSQL lays texts of each dialect out and takes out what they do not need: their tokens
// stay, and doing it again changes nothing.
func FuzzSQL(f *testing.F) {
	names := sqlform.Dialects()
	for i := range names {
		f.Add("select 'a', \"b\" from t -- c\nwhere x = 'y\\'", i)
		f.Add("select 'a'0-returning b, 1-case when c then d end", i)
	}
	for i, dialect := range names {
		for _, folder := range []string{"corpus", "comments"} {
			if src, ok := corpus(f, folder)[dialect]; ok {
				f.Add(src, i)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string, n int) {
		if !utf8.ValidString(src) {
			t.Skip()
		}
		holds(t, []byte(src), names[uint(n)%uint(len(names))])
	})
}

// holds checks all that is true of each text.
func holds(t *testing.T, src []byte, dialect string) {
	t.Helper()
	tokens, comments, err := sqlform.Tokens(src, dialect)
	if err != nil {
		d := fault.Of(err).Details
		line, ok := d[0].Value.(int)
		if lines := bytes.Split(src, []byte("\n")); !ok || line > len(lines) || d[1].Value.(int) > utf8.RuneCount(lines[line-1])+1 { //nolint:errcheck,forcetypeassert // a panic would say it
			t.Fatalf("the error is outside of the input: %v", d)
		}
		return
	}
	for round, text := 0, src; round < 2; round++ {
		made, err := sqlform.Layout(text, dialect, 2)
		if err != nil {
			t.Fatalf("%s %q is refused: %v", dialect, text, fault.Of(err).Details)
		}
		if round > 0 && !bytes.Equal(made, text) {
			t.Fatalf("%s: laid out twice it is %q, and once %q", dialect, made, text)
		}
		same(t, dialect, made, tokens, comments)
		text = made
	}
	short, err := sqlform.Compact(src, dialect)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(short, bytes.TrimSpace(src)) { // it has no shorter form
		return
	}
	same(t, dialect, short, tokens, nil)
	if again, err := sqlform.Compact(short, dialect); err != nil || !bytes.Equal(again, short) {
		t.Fatalf("%s: compact twice it is %q (%v), and once %q", dialect, again, err, short)
	}
}

// same checks that a text has these tokens and comments.
func same(t *testing.T, dialect string, text []byte, tokens, comments []string) {
	t.Helper()
	gotTokens, gotComments, err := sqlform.Tokens(text, dialect)
	const between = "\x00"
	if err != nil || strings.Join(gotTokens, between) != strings.Join(tokens, between) || strings.Join(gotComments, between) != strings.Join(comments, between) {
		t.Fatalf("%s: %q has tokens %q and comments %q (%v), want %q and %q", dialect, text, gotTokens, gotComments, err, tokens, comments)
	}
}
