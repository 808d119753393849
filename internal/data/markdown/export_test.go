package markdown

import (
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// Plain is the engine for tests: CommonMark alone, with its HTML, written as the specification
// writes it, and with the guards of all documents.
func Plain(source []byte) ([]byte, error) {
	return convert(goldmark.New(
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(guard{}, -1)), parser.WithParagraphTransformers(util.Prioritized(guard{}, -1))),
		goldmark.WithRendererOptions(html.WithUnsafe(), html.WithXHTML()),
	), source)
}
