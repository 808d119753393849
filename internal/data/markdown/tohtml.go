package markdown

import (
	"bytes"
	"fmt"
	"io"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"claimcheck/internal/data"
	encoded "claimcheck/internal/data/text"
)

// Limits of Markdown that is read. They are where the work would grow faster than the document.
const (
	// MaxMarkdownBytes of a document.
	MaxMarkdownBytes = 4 << 20
	// maxContainers are quotations and lists in each other that one line begins.
	maxContainers = 100
	// maxNotes are footnotes and places that name one.
	maxNotes = 10_000
	// maxMarks are characters of a paragraph that may begin or end something, such as * and [.
	maxMarks = 10_000
	// maxMarkBytes limits the marks of a long paragraph: their number times its bytes.
	maxMarkBytes = 1 << 30
	// maxMissing are cells that rows of tables leave out, as in cmark-gfm, about.
	maxMissing = 500_000
)

// ToHTML writes Markdown as HTML, a fragment for a body. HTML in the Markdown is
// shown as text, but for <br>, <sub> and <sup> without attributes and comments, which are left
// out; links to javascript:, vbscript:, file: and data: lose their address, but data: of
// images. It fails with FILE_TOO_LARGE beyond the limits above; nothing else is wrong in Markdown.
func ToHTML(in io.Reader, out io.Writer) error {
	source, err := encoded.All(in, "Markdown")
	if err != nil {
		return err
	}
	if err := tooDeep(source); err != nil {
		return err
	}
	made, err := convert(reader(), source)
	if err != nil {
		return err
	}
	if _, err := out.Write(made); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// reader is what reads Markdown and writes HTML, with all that it knows.
func reader() goldmark.Markdown {
	marks := map[extension.TypographicPunctuation]string{
		extension.LeftSingleQuote: "‘", extension.RightSingleQuote: "’", extension.LeftDoubleQuote: "“", extension.RightDoubleQuote: "”", extension.EnDash: "–",
		extension.EmDash: "—", extension.Ellipsis: "…", extension.LeftAngleQuote: "«", extension.RightAngleQuote: "»", extension.Apostrophe: "’",
	}
	return goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.NewTypographer(extension.WithTypographicSubstitutions(marks))),
		goldmark.WithParserOptions(
			parser.WithInlineParsers(util.Prioritized(guard{}, -1), util.Prioritized(optionNames{}, 9998)), // before those of the typographer
			parser.WithParagraphTransformers(util.Prioritized(guard{}, -1)),
			parser.WithASTTransformers(util.Prioritized(pairs{}, 1000)),
		),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(shownHTML{}, 1))),
	)
}

// convert makes HTML without a line break at its end.
func convert(m goldmark.Markdown, source []byte) ([]byte, error) {
	pc := parser.NewContext()
	tree := m.Parser().Parse(text.NewReader(source), parser.WithContext(pc))
	if w := workOf(pc); w.refused != nil {
		return nil, w.refused
	}
	var out bytes.Buffer
	if err := m.Renderer().Render(&out, source, tree); err != nil {
		return nil, fmt.Errorf("write HTML: %w", err)
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// tooDeep refuses lines that begin too many quotations and lists, and too many footnotes.
func tooDeep(source []byte) error {
	if bytes.Count(source, []byte("[^")) > maxNotes {
		return data.TooLarge("The document has more than %d footnotes and places that name one.", maxNotes)
	}
	for line := range bytes.Lines(source) {
		if containers(line) > maxContainers {
			return data.TooLarge("Quotations and lists are nested deeper than %d levels.", maxContainers)
		}
	}
	return nil
}

// containers are the quotations and lists that a line can be in, by what it begins with: a
// list for each two columns that it is indented by, if it begins one itself.
func containers(line []byte) int {
	columns, n := 0, 0
	for i := 0; i < len(line); {
		switch c := line[i]; c {
		case ' ':
			columns++
			i++
			continue
		case '\t':
			columns += 4
			i++
			continue
		case '>':
			n++
			i++
			continue
		}
		size := marker(line[i:])
		if size == 0 {
			break
		}
		n += 1 + columns/2
		columns = 0
		i += size
	}
	return n
}

// marker is the length of what begins an item of a list.
func marker(b []byte) int {
	n := 0
	for n < len(b) && n < 9 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	switch {
	case n >= len(b):
		return 0
	case n == 0 && (b[0] == '-' || b[0] == '+' || b[0] == '*'), n > 0 && (b[n] == '.' || b[n] == ')'):
		n++
	default:
		return 0
	}
	if n < len(b) && b[n] != ' ' && b[n] != '\t' && b[n] != '\n' && b[n] != '\r' {
		return 0
	}
	return n
}
