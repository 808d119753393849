package markdown

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"claimcheck/internal/data"
)

// guard counts the marks of each paragraph, and stops reading one that has too many.
type guard struct{}

// work is what the paragraph that is being read has cost.
type work struct {
	block   ast.Node
	marks   int
	allowed int
	missing int   // cells of the document's tables that their rows leave out
	refused error // what there is too much of
}

// workOf is the work of what is being read.
func workOf(pc parser.Context) *work {
	w, ok := pc.Get(workKey).(*work)
	if !ok {
		w = &work{}
		pc.Set(workKey, w)
	}
	return w
}

var workKey = parser.NewContextKey()

// refuse keeps the first thing that there is too much of.
func (w *work) refuse(err error) {
	if w.refused == nil {
		w.refused = err
	}
}

// Trigger names the marks.
func (guard) Trigger() []byte { return []byte("*_~[]<!`\"'&") }

// Parse counts one, and leaves it to others.
func (guard) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	w := workOf(pc)
	if w.block != parent {
		w.block, w.marks = parent, 0
		size := 1
		for i := range parent.Lines().Len() {
			line := parent.Lines().At(i)
			size += line.Len()
		}
		w.allowed = min(maxMarks, maxMarkBytes/size)
	}
	if w.marks++; w.marks <= w.allowed && w.refused == nil {
		return nil
	}
	w.refuse(tooManyMarks(w.allowed))
	for line, _ := block.PeekLine(); line != nil; line, _ = block.PeekLine() {
		block.AdvanceLine()
	}
	return ast.NewString(nil)
}

// Transform counts, of a paragraph that is read, what costs more than it has bytes: the
// addresses that are defined at its beginning, which goldmark moves out of it one by one, each
// time with all that is behind; and the cells that the rows of a table leave out, which it adds.
func (guard) Transform(paragraph *ast.Paragraph, reader text.Reader, pc parser.Context) {
	w, source, lines := workOf(pc), reader.Source(), paragraph.Lines()
	defined, columns := 0, 0
	begins := false // with an address that is defined
	for i := range lines.Len() {
		line := lines.At(i)
		switch b := bytes.TrimSpace(line.Value(source)); {
		case len(b) > 0 && b[0] == '[':
			begins = begins || i == 0
			defined++
		case len(bytes.Trim(b, "|:- \t")) == 0:
			columns = max(columns, cells(b))
		}
	}
	for i := range lines.Len() {
		line := lines.At(i)
		w.missing += max(0, columns-cells(line.Value(source)))
	}
	switch {
	case begins && defined > maxMarks:
		w.refuse(tooManyMarks(maxMarks))
	case w.missing > maxMissing:
		w.refuse(data.TooLarge("The rows of tables leave out more than %d cells.", maxMissing))
	}
	if w.refused != nil {
		paragraph.Parent().RemoveChild(paragraph.Parent(), paragraph)
	}
}

// cells are those of a line of a table, at most.
func cells(line []byte) int { return bytes.Count(line, []byte("|")) + 1 }

func tooManyMarks(allowed int) error {
	return data.TooLarge("A paragraph has more characters that may begin or end something, such as * and [, than the %d that one of its length may have.", allowed)
}

// optionNames keeps the dashes of --names, which would become one.
type optionNames struct{}

// Trigger names what options begin with.
func (optionNames) Trigger() []byte { return []byte{'-'} }

// Parse takes two dashes behind no word and before a letter.
func (optionNames) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	before := block.PrecendingCharacter()
	if len(line) < 3 || line[1] != '-' || line[2]|0x20 < 'a' || line[2]|0x20 > 'z' || !util.IsSpaceRune(before) && !bytes.ContainsRune([]byte("([{|/=\"'"), before) {
		return nil
	}
	block.Advance(2)
	return ast.NewString([]byte("--"))
}

// harmless is HTML that stays HTML.
var harmless = regexp.MustCompile(`(?i)^<(?:br\s*/?|/?su[bp]\s*)>$`)

// pairs marks <sub> and <sup> that are closed where they are opened.
type pairs struct{}

const pairedName = "paired"

// Transform looks through all paragraphs.
func (pairs) Transform(node *ast.Document, reader text.Reader, _ parser.Context) {
	source := reader.Source()
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it has no errors but ours
		if !entering {
			return ast.WalkContinue, nil
		}
		var open []*ast.RawHTML
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			raw, ok := child.(*ast.RawHTML)
			if !ok {
				continue
			}
			tag := bytes.ToLower(rawText(raw, source))
			switch {
			case !harmless.Match(tag) || tag[1] == 'b':
			case tag[1] != '/':
				open = append(open, raw)
			case len(open) > 0 && bytes.HasPrefix(bytes.ToLower(rawText(open[len(open)-1], source))[1:], tag[2:5]):
				open[len(open)-1].SetAttributeString(pairedName, true)
				raw.SetAttributeString(pairedName, true)
				open = open[:len(open)-1]
			}
		}
		return ast.WalkContinue, nil
	})
}

// rawText is the HTML of a node.
func rawText(n *ast.RawHTML, source []byte) []byte {
	if n.Segments.Len() == 1 {
		segment := n.Segments.At(0)
		return segment.Value(source)
	}
	var b []byte
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		b = append(b, segment.Value(source)...)
	}
	return b
}

// shownHTML writes HTML so that it is read as text.
type shownHTML struct{}

// RegisterFuncs takes the nodes of HTML.
func (shownHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		n, ok := node.(*ast.RawHTML)
		if !entering || !ok {
			return ast.WalkSkipChildren, nil
		}
		raw := rawText(n, source)
		_, paired := n.AttributeString(pairedName)
		switch {
		case bytes.HasPrefix(raw, []byte("<!--")):
		case paired || harmless.Match(raw) && raw[1]|0x20 == 'b':
			_, _ = w.Write(raw) // of a buffer, which keeps the error
		default:
			_, _ = w.Write(util.EscapeHTML(raw))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		n, ok := node.(*ast.HTMLBlock)
		if !entering || !ok {
			return ast.WalkSkipChildren, nil
		}
		var raw []byte
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			raw = append(raw, line.Value(source)...)
		}
		if n.HasClosure() {
			raw = append(raw, n.ClosureLine.Value(source)...)
		}
		if raw = bytes.TrimSpace(withoutComments(raw)); len(raw) > 0 {
			_, _ = w.WriteString("<p>")
			_, _ = w.Write(util.EscapeHTML(raw))
			_, _ = w.WriteString("</p>\n")
		}
		return ast.WalkSkipChildren, nil
	})
}

// withoutComments leaves out comments; one without an end goes to the end.
func withoutComments(b []byte) []byte {
	var kept []byte
	for {
		before, rest, found := bytes.Cut(b, []byte("<!--"))
		kept = append(kept, before...)
		if !found {
			return kept
		}
		_, b, _ = bytes.Cut(rest, []byte("-->"))
	}
}
