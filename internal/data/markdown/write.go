package markdown

import (
	"strconv"
	"strings"

	"claimcheck/internal/data"
)

// A writer writes blocks, each line behind what its containers begin lines with.
type writer struct {
	out    strings.Builder
	prefix string // of lines
	first  string // of the next line, where it begins an item
	begun  bool   // something was written
	fresh  bool   // nothing was written yet in the container
	tight  bool   // no empty lines between blocks
}

// line writes one.
func (w *writer) line(text string) {
	if w.begun {
		w.out.WriteByte('\n')
	}
	w.begun = true
	prefix := w.prefix
	if w.first != "" {
		prefix, w.first = w.first, ""
	}
	if text == "" {
		prefix = strings.TrimRight(prefix, " ")
	}
	w.out.WriteString(prefix)
	w.out.WriteString(text)
}

// between writes the empty line before a block.
func (w *writer) between() {
	if w.begun && !w.fresh && !w.tight {
		w.line("")
	}
	w.fresh = false
}

// blocks writes blocks. depth is how many quotations and lists they are in.
func (w *writer) blocks(all []*node, depth int) error {
	if depth > maxContainers {
		return data.TooLarge("Quotations and lists are nested deeper than %d levels.", maxContainers)
	}
	marker := byte(0) // of the list before
	for _, n := range all {
		w.between()
		if n.kind != list {
			marker = 0
		}
		switch n.kind {
		case paragraph:
			w.lines(inlineText(n.flow, place{}))
		case heading:
			w.line(strings.TrimRight(strings.Repeat("#", n.level)+" "+headingText(n.flow), " "))
		case rule:
			w.line("___")
		case codeBlock:
			w.code(n)
		case table:
			w.table(n)
		case quotation:
			if err := w.container("> ", "> ", false, n.children, depth+1); err != nil {
				return err
			}
		case list:
			marker = otherMarker(n, marker)
			if err := w.list(n, marker, depth+1); err != nil {
				return err
			}
		default:
		}
	}
	return nil
}

// lines writes text of several lines.
func (w *writer) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		w.line(line)
	}
}

// container writes blocks behind prefixes.
func (w *writer) container(first, rest string, tight bool, all []*node, depth int) error {
	outer, outerTight := w.prefix, w.tight
	if w.first == "" {
		w.first = w.prefix
	}
	w.first += first
	w.prefix += rest
	w.fresh, w.tight = true, tight
	err := w.blocks(all, depth)
	if len(all) == 0 {
		w.line("")
	}
	w.prefix, w.tight, w.fresh = outer, outerTight, false
	return err
}

// otherMarker is what items of a list begin with: another one than those of the list before it.
func otherMarker(n *node, before byte) byte {
	usual, other := byte('-'), byte('*')
	if n.ordered {
		usual, other = '.', ')'
	}
	if before == usual {
		return other
	}
	return usual
}

// list writes one.
func (w *writer) list(n *node, marker byte, depth int) error {
	loose := isLoose(n)
	for i, item := range n.children {
		if i > 0 && loose {
			w.fresh = false
			tight := w.tight
			w.tight = false
			w.between()
			w.tight = tight
		}
		begin := string(marker) + " "
		if n.ordered {
			begin = strconv.Itoa(n.start+i) + begin
		}
		children := item.children
		if len(children) == 0 && (loose || depth > 1) { // markers alone could be a rule, or end the list
			children = []*node{{kind: paragraph, flow: []piece{{kind: asIs, text: "&#32;"}}}}
		}
		if err := w.container(begin, strings.Repeat(" ", len(begin)), !loose, children, depth); err != nil {
			return err
		}
	}
	return nil
}

// isLoose reports whether there must be empty lines in a list.
func isLoose(n *node) bool {
	for _, item := range n.children {
		for i, child := range item.children {
			switch {
			case child.kind == paragraph && (child.marked || i > 0):
				return true
			case child.kind == paragraph:
			case child.kind == list && i > 0:
				// It must be able to follow a line of text.
				if child.ordered && child.start != 1 || len(child.children[0].children) == 0 || isLoose(child) {
					return true
				}
			case len(item.children) > 1 && child.kind != list:
				return true
			}
		}
	}
	return false
}

// code writes a block of code, fenced by more backticks than are in it.
func (w *writer) code(n *node) {
	fence := strings.Repeat("`", max(3, longestRun(n.text, '`')+1))
	w.line(fence + n.info)
	if n.text != "" {
		w.lines(strings.ReplaceAll(n.text, "\r", ""))
	}
	w.line(fence)
}

func longestRun(text string, c byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// table writes a table of GitHub's. Rows that are shorter than the header are padded by who
// reads them, so the header is as long as the longest.
func (w *writer) table(n *node) {
	columns := 1
	for _, row := range n.rows {
		columns = max(columns, len(row))
	}
	for i, row := range n.rows {
		var b strings.Builder
		b.WriteByte('|')
		for _, c := range row {
			b.WriteString(" " + inlineText(c.flow, place{cell: true}) + " |")
		}
		if i == 0 {
			b.WriteString(strings.Repeat("  |", columns-len(row)))
		}
		w.line(b.String())
		if i == 0 {
			w.line(delimiters(n.rows, columns))
		}
	}
}

// delimiters is the line below the header, with how columns are aligned: as their first cell
// that says it.
func delimiters(rows [][]cell, columns int) string {
	aligns := make([]string, columns)
	for _, row := range rows[:min(2, len(rows))] {
		for i, c := range row {
			if aligns[i] == "" {
				aligns[i] = c.align
			}
		}
	}
	var b strings.Builder
	b.WriteByte('|')
	for _, align := range aligns {
		switch align {
		case "left":
			b.WriteString(" :-- |")
		case "right":
			b.WriteString(" --: |")
		case "center":
			b.WriteString(" :-: |")
		default:
			b.WriteString(" --- |")
		}
	}
	return b.String()
}
