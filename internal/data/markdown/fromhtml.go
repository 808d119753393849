package markdown

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"claimcheck/internal/data"
	"claimcheck/internal/data/htmlform"
	encoded "claimcheck/internal/data/text"
)

// Limits of HTML that is read.
const (
	// MaxHTMLBytes of a document.
	MaxHTMLBytes = 4 << 20
	// maxAgain are tags <html> and <body> of a document: each looks at the attributes of all before it.
	maxAgain = 100
	// maxFilled are the cells of tables that are covered by others.
	maxFilled = 1_000_000
)

// FromHTML writes HTML as Markdown: GitHub's, without a line break at its end. Text, headings,
// paragraphs, lists, quotations, code, tables, links, images and emphasis are kept; what Markdown
// has no words for becomes its text. It fails with FILE_TOO_LARGE where elements are nested deeper than 512
// levels, or quotations and lists deeper than 100; HTML is never invalid.
func FromHTML(in io.Reader, out io.Writer) error {
	source, err := encoded.All(in, "HTML", encoded.Declared(htmlform.Encoding))
	if err != nil {
		return err
	}
	document := string(source)
	if lower := strings.ToLower(document); strings.Count(lower, "<html")+strings.Count(lower, "<body") > maxAgain {
		return data.TooLarge("The document begins more than %d times.", maxAgain)
	}
	tree, err := html.Parse(strings.NewReader(document))
	if err != nil { // of a string there is no other
		return data.TooLarge("Elements are nested deeper than %d levels.", 512)
	}
	b := &builder{top: &node{kind: container}}
	b.children(tree)
	b.endFlow(false)
	if b.filled > maxFilled {
		return data.TooLarge("Cells of tables take the place of more than %d others.", maxFilled)
	}
	w := &writer{}
	if err := w.blocks(b.top.children, 0); err != nil {
		return err
	}
	if _, err := io.WriteString(out, w.out.String()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// A node is a block of Markdown.
type node struct {
	kind     nodeKind
	children []*node
	flow     []piece // of a paragraph, heading
	marked   bool    // the paragraph was one in HTML too
	text     string  // of code
	info     string  // its language
	level    int     // of a heading
	ordered  bool    // of a list
	start    int
	rows     [][]cell // of a table; the first is its header
}

type nodeKind uint8

const (
	container nodeKind = iota
	paragraph
	heading
	quotation
	list
	listItem
	codeBlock
	rule
	table
)

// A builder makes blocks of the tree of HTML.
type builder struct {
	top    *node
	flow   []piece
	marks  []mark // that are open
	code   int    // elements of code that are open
	seen   bool   // something is shown in the flow
	filled int    // cells that are covered by others
}

// A mark is what text is in.
type mark struct {
	kind        markKind
	dest, title string
	idle        bool // the same is open already
}

type markKind uint8

const (
	emphasis markKind = iota
	strong
	deleted
	link
	upper
	lower
)

var inlineMarks = map[string]markKind{
	"em": emphasis, "i": emphasis, "strong": strong, "b": strong, "del": deleted, "s": deleted, "strike": deleted, "sup": upper, "sub": lower,
}

// blockElements end a line of text.
var blockElements = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq("address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p pre search section summary table tbody td tfoot th thead tr ul xmp plaintext") {
		all[name] = true
	}
	return all
}()

// unread are elements whose content is no text of the document.
var unread = func() map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq("head title base link meta script style template noscript noframes svg iframe video audio canvas object embed select datalist input noembed map area rp") {
		all[name] = true
	}
	return all
}()

func (b *builder) children(n *html.Node) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		b.node(child)
	}
}

func attribute(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// node takes one of HTML.
func (b *builder) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		b.flow = append(b.flow, piece{kind: words, text: n.Data, code: b.code > 0})
		b.seen = b.seen || strings.Trim(n.Data, whiteSpace) != ""
		return
	case html.DocumentNode:
		b.children(n)
		return
	case html.ElementNode:
	default:
		return
	}
	if _, ok := attribute(n, "hidden"); ok {
		return
	}
	switch {
	case n.Data == "input":
		b.checkBox(n)
	case unread[n.Data]:
	case blockElements[n.Data]:
		b.endFlow(false)
		b.block(n)
	default:
		b.inline(n)
	}
}

// inline takes an element in a line.
func (b *builder) inline(n *html.Node) {
	if kind, ok := inlineMarks[n.Data]; ok {
		b.marked(mark{kind: kind}, n)
		return
	}
	switch n.Data {
	case "a":
		if dest, ok := attribute(n, "href"); ok {
			title, _ := attribute(n, "title")
			b.marked(mark{kind: link, dest: dest, title: title}, n)
			return
		}
		b.children(n)
	case "code", "kbd", "samp", "tt":
		b.code++
		b.children(n)
		b.code--
	case "br":
		b.flow = append(b.flow, piece{kind: lineBreak})
	case "img", "image":
		src, _ := attribute(n, "src")
		alt, _ := attribute(n, "alt")
		title, _ := attribute(n, "title")
		b.seen = true
		b.flow = append(b.flow, piece{kind: picture, text: alt, mark: mark{dest: src, title: title}})
	case "q":
		b.flow = append(b.flow, piece{kind: words, text: "“"})
		b.children(n)
		b.flow = append(b.flow, piece{kind: words, text: "”"})
	default:
		b.children(n)
	}
}

// marked takes the content of an element that marks it.
func (b *builder) marked(m mark, n *html.Node) {
	for _, open := range b.marks {
		m.idle = m.idle || open.kind == m.kind
	}
	b.marks = append(b.marks, m)
	if !m.idle {
		b.flow = append(b.flow, piece{kind: opening, mark: m})
	}
	b.children(n)
	b.marks = b.marks[:len(b.marks)-1]
	if !m.idle {
		b.flow = append(b.flow, piece{kind: closing, mark: m})
	}
}

// checkBox takes that of a task, the first thing of an item.
func (b *builder) checkBox(n *html.Node) {
	kind, _ := attribute(n, "type")
	if !strings.EqualFold(kind, "checkbox") || b.top.kind != listItem || len(b.top.children) > 0 || b.seen {
		return
	}
	box := "[ ]"
	if _, ok := attribute(n, "checked"); ok {
		box = "[x]"
	}
	b.flow = append(b.flow, piece{kind: asIs, text: box})
	b.seen = true
}

// endFlow makes a paragraph of the line of text, if there is any. Marks that are open are
// closed in it, and opened again in the next one.
func (b *builder) endFlow(marked bool) {
	for _, m := range slices.Backward(b.marks) {
		if !m.idle {
			b.flow = append(b.flow, piece{kind: closing, mark: m})
		}
	}
	if flow := tidyFlow(b.flow); len(flow) > 0 {
		b.top.children = append(b.top.children, &node{kind: paragraph, flow: flow, marked: marked})
	}
	b.flow, b.seen = nil, false
	for _, m := range b.marks {
		if !m.idle {
			b.flow = append(b.flow, piece{kind: opening, mark: m})
		}
	}
}

// within takes the content of an element into a block of its own.
func (b *builder) within(into *node, n *html.Node) *node {
	outer := b.top
	b.top = into
	b.children(n)
	b.endFlow(n.Data == "p")
	b.top = outer
	return into
}
