package markdown

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// block takes an element that is a block.
func (b *builder) block(n *html.Node) {
	add := func(child *node) { b.top.children = append(b.top.children, child) }
	switch n.Data {
	case "p":
		b.children(n)
		b.endFlow(true)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		b.heading(n)
	case "blockquote":
		if q := b.within(&node{kind: quotation}, n); len(q.children) > 0 {
			add(q)
		}
	case "ul", "ol", "menu", "dir":
		if l := b.list(n); len(l.children) > 0 {
			add(l)
		}
	case "pre", "listing", "xmp", "plaintext":
		var text strings.Builder
		raw(&text, n)
		add(&node{kind: codeBlock, text: strings.TrimSuffix(text.String(), "\n"), info: language(n)})
	case "hr":
		add(&node{kind: rule})
	case "table":
		b.table(n)
	default:
		b.children(n)
		b.endFlow(false)
	}
}

// heading takes one; blocks in it are parts of its line.
func (b *builder) heading(n *html.Node) {
	h := &node{kind: heading, level: int(n.Data[1] - '0')}
	for i, part := range b.within(&node{kind: container}, n).children {
		if i > 0 {
			h.flow = append(h.flow, piece{kind: lineBreak})
		}
		h.flow = append(h.flow, part.flow...)
	}
	b.top.children = append(b.top.children, h)
}

// list takes one. What is in it and no item is of the item before it.
func (b *builder) list(n *html.Node) *node {
	l := &node{kind: list, ordered: n.Data == "ol", start: 1}
	if text, ok := attribute(n, "start"); ok && l.ordered {
		if start, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && start >= 0 && start < 900_000_000 {
			l.start = start
		}
	}
	outer := b.top
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch {
		case child.Type == html.ElementNode && child.Data == "li":
			if _, hidden := attribute(child, "hidden"); !hidden {
				l.children = append(l.children, b.within(&node{kind: listItem}, child))
			}
		case child.Type == html.ElementNode || child.Type == html.TextNode && strings.Trim(child.Data, whiteSpace) != "":
			var item *node
			if len(l.children) == 0 {
				item = &node{kind: listItem}
			} else {
				item = l.children[len(l.children)-1]
			}
			had := len(item.children)
			b.top = item
			b.node(child)
			b.endFlow(false)
			b.top = outer
			if len(l.children) == 0 && len(item.children) > had {
				l.children = append(l.children, item)
			}
		}
	}
	return l
}

// raw is the text of an element, as it is.
func raw(to *strings.Builder, n *html.Node) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch {
		case child.Type == html.TextNode:
			to.WriteString(child.Data)
		case child.Type == html.ElementNode && child.Data == "br":
			to.WriteByte('\n')
		case child.Type == html.ElementNode && !unread[child.Data]:
			raw(to, child)
		}
	}
}

var languageClass = regexp.MustCompile(`(?:^|\s)(?:language|lang|highlight-source)-([A-Za-z0-9_+#.-]+)(?:\s|$)`)

// language is that of code, by the class of its element, the one in it or the one around it.
func language(n *html.Node) string {
	for _, n := range []*html.Node{n, n.FirstChild, n.Parent} {
		if n == nil || n.Type != html.ElementNode {
			continue
		}
		class, _ := attribute(n, "class")
		if m := languageClass.FindStringSubmatch(class); m != nil {
			return m[1]
		}
	}
	return ""
}

// A cell of a table.
type cell struct {
	flow  []piece
	align string
}

// table takes one. Where a cell holds what no cell of Markdown can, the content of the
// cells becomes blocks, one after another.
func (b *builder) table(n *html.Node) {
	t := &node{kind: table}
	var rows []*html.Node
	headed := false
	var caption *html.Node
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch child.Data {
		case "caption":
			caption = child
		case "thead", "tbody", "tfoot":
			for row := child.FirstChild; row != nil; row = row.NextSibling {
				if row.Data == "tr" {
					headed = headed || len(rows) == 0 && child.Data == "thead"
					rows = append(rows, row)
				}
			}
		}
	}
	if caption != nil {
		b.children(caption)
		b.endFlow(false)
	}
	if !headed && len(rows) > 0 {
		headed = allHeaders(rows[0])
	}
	var blocks []*node
	simple := true
	var spans []int
	for _, row := range rows {
		var cells []cell
		var content []*node
		cells, spans, content = b.row(row, spans)
		blocks = append(blocks, content...)
		for _, c := range content {
			simple = simple && c.kind == paragraph
		}
		t.rows = append(t.rows, cells)
	}
	switch {
	case len(blocks) == 0:
		return
	case !simple:
		b.top.children = append(b.top.children, blocks...)
		return
	case !headed:
		t.rows = append([][]cell{make([]cell, 1)}, t.rows...)
	}
	b.top.children = append(b.top.children, t)
}

func allHeaders(row *html.Node) bool {
	n := 0
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "td" {
			return false
		}
		if c.Data == "th" {
			n++
		}
	}
	return n > 0
}

// maxSpan is how many columns or rows a cell may take.
const maxSpan = 100

// row takes the cells of a row, and returns the blocks in them too. Spans are the rows that cells
// above still take, for each column.
func (b *builder) row(row *html.Node, spans []int) (cells []cell, left []int, blocks []*node) {
	take := func(c cell, rows int) {
		if len(spans) <= len(cells) {
			spans = append(spans, 0)
		}
		spans[len(cells)] = rows
		cells = append(cells, c)
	}
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.Data != "td" && c.Data != "th" {
			continue
		}
		for len(cells) < len(spans) && spans[len(cells)] > 0 && b.filled <= maxFilled {
			take(cell{}, spans[len(cells)]-1)
			b.filled++
		}
		content := b.within(&node{kind: container}, c).children
		blocks = append(blocks, content...)
		made := cell{align: alignment(c)}
		for i, part := range content {
			if i > 0 {
				made.flow = append(made.flow, piece{kind: lineBreak})
			}
			made.flow = append(made.flow, part.flow...)
		}
		rows := span(c, "rowspan") - 1
		take(made, rows)
		for n := span(c, "colspan"); n > 1 && b.filled <= maxFilled; n-- {
			take(cell{align: made.align}, rows)
			b.filled++
		}
	}
	for i := len(cells); i < len(spans); i++ {
		spans[i] = max(0, spans[i]-1)
	}
	return cells, spans, blocks
}

func span(n *html.Node, name string) int {
	text, _ := attribute(n, name)
	v, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 1
	}
	return min(max(v, 1), maxSpan)
}

var alignStyle = regexp.MustCompile(`(?i)text-align\s*:\s*(left|right|center)`)

func alignment(n *html.Node) string {
	style, _ := attribute(n, "style")
	if m := alignStyle.FindStringSubmatch(style); m != nil {
		return strings.ToLower(m[1])
	}
	align, _ := attribute(n, "align")
	return strings.ToLower(align)
}
