package htmltable_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/htmltable"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// A sheet is a table; Columns nil is one without a header.
type sheet struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// written writes tables.
func written(tb testing.TB, sheets []sheet) string {
	tb.Helper()
	var out bytes.Buffer
	w := htmltable.Write(&out, &data.Options{})
	data.CountSheets(w, len(sheets))
	check := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	for _, s := range sheets {
		check(w.Sheet(s.Name, s.Columns))
		for _, r := range s.Rows {
			cells := make([]data.Token, len(r))
			for i, c := range r {
				cells[i] = data.Token{Kind: data.String, Text: []byte(c)}
			}
			check(w.Row(cells))
		}
	}
	check(w.End())
	return out.String()
}

// read reads documents with parse5: the title, and of each table what a sheet has; it fails for
// what the standard calls a parse error.
func read(t *testing.T, documents []string) (all [][]sheet) {
	t.Helper()
	node := testneeds.Node(t)
	script := `
import { parse } from 'parse5';
let text = ''; for await (const c of process.stdin) text += c;
const find = (n, name) => (n.childNodes ?? []).flatMap(c => c.nodeName === name ? [c, ...find(c, name)] : find(c, name));
const textOf = n => n.nodeName === '#text' ? n.value : (n.childNodes ?? []).map(textOf).join('');
console.log(JSON.stringify(JSON.parse(text).map(d => {
	const errors = [];
	const doc = parse(d, { onParseError: e => errors.push(e.code) });
	if (errors.length) throw new Error(errors.join());
	return find(doc, 'table').map(t => ({
		Name: find(t, 'caption').map(textOf)[0] ?? '',
		Columns: find(t, 'thead')[0] ? find(t, 'th').map(h => { if (h.attrs[0].value !== 'col') throw new Error('scope'); return textOf(h); }) : null,
		Rows: find(find(t, 'tbody')[0], 'tr').map(r => find(r, 'td').map(textOf)),
	}));
})));`
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", script)
	cmd.Dir = testneeds.NodeModules(t, "parse5")
	testneeds.Ask(t, cmd, documents, &all)
	return all
}

func TestEachDocumentIsReadToTheSameTables(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.StringMatching(`[a-z<>&"' \n]{0,8}`), rapid.StringOfN(rapid.RuneFrom([]rune("aé🙂\u00a0\u2028<&;#")), 0, 10, -1))
	kinds := rapid.Custom(func(t *rapid.T) sheet {
		s := sheet{Name: rapid.StringMatching(`[A-Z<&]{0,5}`).Draw(t, "name"), Rows: [][]string{}}
		width := rapid.IntRange(1, 4).Draw(t, "width")
		if rapid.Bool().Draw(t, "header") {
			s.Columns = rapid.SliceOfN(text, width, width).Draw(t, "columns")
		}
		return sheet{s.Name, s.Columns, rapid.SliceOfN(rapid.SliceOfN(text, width, width), 0, 5).Draw(t, "rows")}
	})
	var documents []string
	var want [][]sheet
	for seed := range 200 {
		sheets := rapid.SliceOfN(kinds, 1, 3).Example(seed)
		documents = append(documents, written(t, sheets))
		want = append(want, sheets)
	}
	for i, got := range read(t, documents) {
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want[i]) {
			t.Errorf("%s\nis read as %q, want %q", documents[i], got, want[i])
		}
	}
}

func TestADocumentStandsForItself(t *testing.T) {
	t.Parallel()
	got := written(t, []sheet{{"", []string{"a<b", "c"}, [][]string{{"1"}, {"x\r\ny\rz", "2", "3"}}}})
	for _, want := range []string{
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", "<title>Table</title>\n", "prefers-color-scheme: dark",
		"<thead>\n<tr><th scope=\"col\">a&lt;b</th><th scope=\"col\">c</th></tr>\n</thead>\n",
		"<tr><td>1</td><td></td></tr>\n<tr><td>x\ny\nz</td><td>2</td><td>3</td></tr>\n</tbody>\n</table>\n</body>\n</html>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := written(t, []sheet{{"A&B", nil, nil}}); !strings.Contains(got, "<title>A&amp;B</title>") || !strings.Contains(got, "<caption>A&amp;B</caption>") {
		t.Errorf("the name is not there:\n%s", got)
	}
	if got := written(t, nil); !strings.HasSuffix(got, "</head>\n<body>\n</body>\n</html>") {
		t.Errorf("without a table:\n%s", got)
	}
}

func TestNumbersStandAtTheRightAndNULsAreRefused(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := htmltable.Write(&out, &data.Options{})
	if err := w.Sheet("", nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Row([]data.Token{{Kind: data.Number, Text: []byte("1E400")}, {Kind: data.Null}}); err != nil {
		t.Fatal(err)
	}
	err := w.Row([]data.Token{{Kind: data.String, Text: []byte("a\x00")}})
	if e := fault.Of(err); e == nil || e.Code != "INVALID_HTML" || !slices.Contains(e.Details, fault.Detail{Name: "reason", Value: "Expected text without NULs: an HTML document cannot have any."}) {
		t.Errorf("a NUL: %v", err)
	}
	out.Reset()
	w = htmltable.Write(&out, &data.Options{})
	if err := w.Sheet("\x00", nil); err == nil {
		t.Error("a NUL in a name was written")
	}
}

func BenchmarkWrite(b *testing.B) {
	cells := []data.Token{{Kind: data.String, Text: []byte("some text & more")}, {Kind: data.Number, Text: []byte("12345")}, {Kind: data.String, Text: []byte("Berlin")}}
	b.SetBytes(int64(1000 * len("some text & more,12345,Berlin\n")))
	for b.Loop() {
		w := htmltable.Write(discard{}, &data.Options{})
		_ = w.Sheet("", []string{"a", "b", "c"})
		for range 1000 {
			_ = w.Row(cells)
		}
		_ = w.End()
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
