package cssform_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/cssform"
	"claimcheck/internal/testneeds"
)

// TestCSSTreeReadsTheSameTree has css-tree read style sheets before and after: those of
// testdata, those of other people's packages, and generated ones.
func TestCSSTreeReadsTheSameTree(t *testing.T) {
	t.Parallel()
	csstree := testneeds.NodeModules(t, "css-tree")
	sheets := map[string]string{}
	for _, name := range []string{"playwright-core", "@uppy/core", "uplot", "@modelcontextprotocol/inspector", "newman"} {
		collect(t, testneeds.NodeModules(t, name), sheets)
	}
	collect(t, "testdata", sheets)
	collect(t, filepath.Join("..", "..", "console"), sheets)
	if len(sheets) < 20 {
		t.Errorf("only %d style sheets were found", len(sheets))
	}
	for i := range 400 {
		sheets[fmt.Sprintf("generated %d", i)] = generated().Example(i)
	}
	var names []string
	var pairs [][2]string
	for name, before := range sheets {
		for _, way := range []string{"minified", "formatted", "formatted without indentation"} {
			names = append(names, name+" "+way)
			pairs = append(pairs, [2]string{before, made(t, way, before)})
		}
	}
	for i, difference := range judged(t, csstree, pairs) {
		if difference != "" {
			t.Errorf("%s: %s", names[i], difference)
			if len(pairs[i][0]) < 2000 {
				t.Logf("before\n%s\nafter\n%s", pairs[i][0], pairs[i][1])
			}
		}
	}
}

// collect adds the style sheets below a folder.
func collect(t *testing.T, dir string, sheets map[string]string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".css" {
			return err
		}
		b, err := os.ReadFile(path)
		sheets[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// judged asks css-tree, in one process, what is different in each pair.
func judged(t *testing.T, csstree string, pairs [][2]string) (differences []string) {
	t.Helper()
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Node(t), filepath.Join("testdata", "judge.mjs"), csstree), pairs, &differences)
	if len(differences) != len(pairs) {
		t.Fatalf("%d answers to %d pairs", len(differences), len(pairs))
	}
	return differences
}

func made(tb testing.TB, way, css string) string {
	tb.Helper()
	var out bytes.Buffer
	var err error
	switch way {
	case "minified":
		err = cssform.Minify(strings.NewReader(css), &out)
	case "formatted":
		err = cssform.Format(strings.NewReader(css), &out, &data.Options{TabSpace: 2})
	default:
		err = cssform.Format(strings.NewReader(css), &out, &data.Options{})
	}
	if err != nil {
		tb.Fatalf("%v of\n%s", err, css)
	}
	return out.String()
}

// generated are style sheets with all that the grammar has.
func generated() *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", "", " ", "\n", "  ", "/* c */", " /**/ ", "\t\n"})
	name := rapid.SampledFrom([]string{"a", "b-c", "É", `\31 x`, "_h", "--v", "-webkit-x", `n\ame`})
	simple := rapid.Custom(func(t *rapid.T) string {
		n, s := name.Draw(t, "name"), space.Draw(t, "space")
		return rapid.SampledFrom([]string{
			n, "." + n, "#" + n, "*", "&", ":hover", "::before", "[" + s + n + s + "]", "[" + n + s + "~=" + s + `"x y"` + s + "]", "[" + n + "=v i]",
			":is(" + s + n + s + ",." + n + ")", ":not(" + n + s + ">" + s + "b)", ":nth-child(" + s + "2n" + s + "+ 1" + s + ")", ":nth-child(odd of .x)", "svg|" + n, ":lang(en)",
		}).Draw(t, "simple")
	})
	complexSelector := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for i := range rapid.IntRange(1, 4).Draw(t, "parts") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{" ", ">", "+", "~", " > ", "\n+ ", " ~", ",", " , ", "\n"}).Draw(t, "combinator"))
			}
			b.WriteString(simple.Draw(t, "simple"))
		}
		return b.String()
	})
	value := rapid.SampledFrom([]string{
		"red", "1px 0.50em", "0", "+.5", "-0.0px", "00.10%", "1.0", "1e3", "1.50e-3px", "calc( 1px + 2px * ( 3 - var( --x , 0px ) ) )", "url( a.png )", "url(\"a b\")", "URL(data:image/png;base64,iVBO=)",
		"rgb( 0 0 0 / 50% )", "\"a\\\"b\" 'c'", "U+0025-00FF , u+4??", "16 / 9", "\"a b\"\n  \"c d\"", "1fr [x y] minmax( 0 , 1fr )", "#FFF", "0 \\9", "attr(x px, 0)",
		"progid:DXImageTransform.Microsoft.gradient( startColorstr='#80000000', endColorstr='#80000000' )", "a,b,\n c", "inherit", "translate(-50%,-50%) scale(1.10)",
	})
	declared := rapid.Custom(func(t *rapid.T) string {
		s := space.Draw(t, "space")
		return rapid.SampledFrom([]string{"color", "--custom", "margin", "*zoom", "_height", "grid-area", "-webkit-x", "filter"}).Draw(t, "property") + s + ":" + space.Draw(t, "space") +
			value.Draw(t, "value") + rapid.SampledFrom([]string{"", "", "!important", " ! important"}).Draw(t, "important") + s + ";"
	})
	var block func(t *rapid.T, depth int) string
	block = func(t *rapid.T, depth int) string {
		var b strings.Builder
		b.WriteString(space.Draw(t, "space") + "{")
		for range rapid.IntRange(0, 4).Draw(t, "statements") {
			b.WriteString(space.Draw(t, "space"))
			if depth > 0 && rapid.IntRange(0, 3).Draw(t, "nested") == 0 {
				b.WriteString("&" + rapid.SampledFrom([]string{":hover", " > a", ".b"}).Draw(t, "nested selector") + block(t, depth-1))
				continue
			}
			b.WriteString(declared.Draw(t, "declared"))
		}
		b.WriteString(space.Draw(t, "space"))
		return b.String() + "}"
	}
	atRules := rapid.SampledFrom([]string{
		"@media ( min-width : 100px ) and (max-width:200px) , print", "@supports (display:grid) and ( not (display : inline-grid) )", "@supports selector(a :hover)",
		"@layer a.b", "@container side ( width > 400px )", "@media screen and (400px <= width <= 700px)", "@scope (.a > .b) to (.c)",
	})
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "rules") {
			b.WriteString(space.Draw(t, "space"))
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				b.WriteString(rapid.SampledFrom([]string{"@import url( a.css ) layer(x) screen , print;", "@layer a , b;", "@namespace svg url(x);", "@import \"a\";"}).Draw(t, "statement"))
			case 1:
				b.WriteString(atRules.Draw(t, "at-rule") + "{" + complexSelector.Draw(t, "selector") + block(t, 0) + space.Draw(t, "space") + "}")
			case 2:
				b.WriteString(rapid.SampledFrom([]string{"@font-face", "@page :first", "@property --x"}).Draw(t, "at-rule") + block(t, 0))
			default:
				b.WriteString(complexSelector.Draw(t, "selector") + block(t, 2))
			}
		}
		return b.String()
	})
}
