package htmlform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"claimcheck/internal/data/htmlform"
)

const (
	blockNames = " address article aside blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing main menu nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul "
	hidden     = " base basefont bgsound link meta noframes noscript script style title "
	asIs       = " pre listing textarea xmp plaintext iframe noembed "
)

// boxes are elements in a line that are shown even where they are empty.
const boxes = " area br embed img image input keygen param source track wbr select button object applet marquee template textarea iframe noembed xmp plaintext "

// A part of a tree, in its order.
type part struct {
	kind byte // b a block begins or ends, i a box in a line, l an element of text, h what is not shown, t text, v text whose white space is shown
	text string
}

// parts are those of a tree, without white space that is not shown.
func parts(t rapid.TB, document string, comments bool) []part {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatalf("%v: %q", err, document)
	}
	return shown(collected(nil, root, false, comments))
}

func collected(all []part, n *html.Node, verbatim, comments bool) []part {
	has := func(list string) bool { return n.Namespace == "" && strings.Contains(list, " "+n.Data+" ") }
	tag := fmt.Sprint(n.Namespace, ":", n.Data, n.Attr)
	switch n.Type {
	case html.TextNode:
		kind := byte('t')
		if verbatim {
			kind = 'v'
		}
		if len(all) > 0 && all[len(all)-1].kind == kind {
			all[len(all)-1].text += n.Data
			return all
		}
		return append(all, part{kind, n.Data})
	case html.CommentNode:
		if comments {
			all = append(all, part{'h', "<!--" + n.Data})
		}
		return all
	case html.DoctypeNode:
		return append(all, part{'b', "<!" + tag})
	case html.ElementNode:
		if has(hidden) {
			var b strings.Builder
			_ = html.Render(&b, n)
			return append(all, part{'h', b.String()})
		}
	default:
	}
	kind := byte('i')
	if n.Namespace == "" && !has(boxes) {
		kind = 'l'
	}
	if has(blockNames) || n.Type == html.DocumentNode {
		kind = 'b'
	}
	for _, a := range n.Attr {
		verbatim = verbatim || a.Key == "style" && strings.Contains(a.Val, "white-space")
	}
	verbatim = verbatim || n.Namespace != "" || has(asIs)
	all = append(all, part{kind, "<" + tag})
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		all = collected(all, child, verbatim, comments)
	}
	if n.FirstChild != nil && n.FirstChild.Parent != n {
		panic("a tree that is none")
	}
	return append(all, part{kind, "</" + tag})
}

const spaces = " \t\n\r\f"

// shown leaves out white space at the edges of blocks.
func shown(all []part) []part {
	edge := func(i, step int) bool {
		for i += step; i >= 0 && i < len(all); i += step {
			switch p := all[i]; {
			case p.kind == 'b':
				return true
			case p.kind == 'h' || p.kind == 'l' || p.kind == 't' && strings.Trim(p.text, spaces) == "":
			default:
				return false
			}
		}
		return true
	}
	var kept []part
	for i, p := range all {
		if p.kind == 't' {
			empty := strings.Trim(p.text, spaces) == ""
			before, behind := edge(i, -1), edge(i, 1)
			if before || empty && behind {
				p.text = strings.TrimLeft(p.text, spaces)
			}
			if behind || empty && before {
				p.text = strings.TrimRight(p.text, spaces)
			}
			if p.text == "" {
				continue
			}
		}
		kept = append(kept, p)
	}
	return kept
}

// collapsed makes one space of more.
func collapsed(all []part) []part {
	made := slices.Clone(all)
	for i := range made {
		if p := &made[i]; p.kind == 't' {
			words := strings.FieldsFunc(p.text, func(r rune) bool { return strings.ContainsRune(spaces, r) })
			text := strings.Join(words, " ")
			if strings.ContainsAny(p.text[:1], spaces) {
				text = " " + text
			}
			if last := p.text[len(p.text)-1:]; strings.ContainsAny(last, spaces) && len(words) > 0 {
				text += " "
			}
			p.text = text
		}
	}
	return made
}

// checkLaws wants the same tree before and after, and that both tools do nothing the second
// time; what was formatted is minified as the document is.
func checkLaws(t rapid.TB, document string) {
	t.Helper()
	formatted := do(t, htmlform.Format, document)
	minified := do(t, htmlform.Minify, document)
	if a, b := parts(t, document, true), parts(t, formatted, true); !slices.Equal(a, b) {
		t.Fatalf("formatted %q\ngives %q\n%s", document, formatted, firstDifference(a, b))
	}
	if a, b := collapsed(parts(t, document, false)), collapsed(parts(t, minified, false)); !slices.Equal(a, b) {
		t.Fatalf("minified %q\ngives %q\n%s", document, minified, firstDifference(a, b))
	}
	if again := do(t, htmlform.Format, formatted); again != formatted {
		t.Fatalf("formatted %q\nfirst\n%s\nsecond\n%s", document, formatted, again)
	}
	if again := do(t, htmlform.Minify, minified); again != minified {
		t.Fatalf("minified %q\nfirst  %q\nsecond %q", document, minified, again)
	}
	if quotes := strings.Count(document, `"`) + strings.Count(document, "'"); len(minified) > len(document)+quotes { // a space is written behind a value
		t.Fatalf("minified %q is longer: %q", document, minified)
	}
}

func firstDifference(a, b []part) string {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("before %q\nafter  %q", a[min(i, len(a)):min(i+3, len(a))], b[min(i, len(b)):min(i+3, len(b))])
		}
	}
	return ""
}

// soup is HTML as people write it, well nested or not.
var soup = rapid.Custom(func(t *rapid.T) string {
	text := rapid.SampledFrom([]string{"x", " ", "\n  ", "a b", " c", "d ", "a  b", "&amp;", "&", "<", "é", "<!-- c -->", "<!--[if IE]> x <![endif]-->", "&am", "p;", "\n\n\n", "</>", "<br>", "<br/>", "<hr>", "<img src=a />", "<input  type = 'x'>", "<meta charset=utf-8>", "<script> a < b </script>", "<style>p > a {}</style>", "<textarea>\n a </textarea>", "<svg viewBox='0 0 1 1'><path d=\"M0 0\" /> <text> a </text></svg>", "<pre>\n  a\n</pre>", "<title> t </title>", "<!DOCTYPE html>", "<noscript> <p>x </noscript>"})
	names := []string{"p", "div", "b", "i", "a", "span", "ul", "li", "table", "tr", "td", "tbody", "h1", "h2", "form", "select", "option", "button", "dl", "dt", "dd", "pre", "html", "head", "body", "font", "template", "object", "nobr", "x-y", "section", "label", "caption", "dialog", "svg", "foreignObject", "math", "mi", "span style='white-space: pre'", "p class = x"}
	name := rapid.SampledFrom(names)
	var b strings.Builder
	var open []string
	for range rapid.IntRange(1, 25).Draw(t, "parts") {
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0, 1:
			b.WriteString(text.Draw(t, "text"))
		case 2, 3:
			n := name.Draw(t, "name")
			b.WriteString("<" + n + ">")
			open = append(open, strings.Fields(n)[0])
		case 4:
			if len(open) > 0 {
				b.WriteString("</" + open[len(open)-1] + ">")
				open = open[:len(open)-1]
			}
		default:
			b.WriteString("</" + strings.Fields(name.Draw(t, "name"))[0] + ">")
		}
	}
	return b.String()
})

func TestTheTreeStaysOfAnySoup(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkLaws(t, soup.Draw(t, "soup")) })
}
