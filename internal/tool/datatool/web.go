package datatool

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/cssform"
	"claimcheck/internal/data/htmlform"
	"claimcheck/internal/data/markdown"
)

// webTools are those of HTML, Markdown and CSS.
func webTools() []row {
	return []row{
		{name: "html-formatter", summary: "Lays out HTML for people; what browsers show stays.", from: htmlFormat, to: htmlFormat, run: plainly(htmlform.Format)},
		{name: "html-minify", summary: "Removes white space and comments from HTML that browsers do not show.", from: htmlFormat, to: htmlFormat, run: plainly(htmlform.Minify)},
		{name: "html-encoder", summary: "Writes text with references for the characters that HTML would read.", from: htmlFormat, to: plainFormat, run: plainly(htmlform.Encode)},
		{name: "html-decoder", summary: "Replaces the character references of HTML by what they stand for.", from: htmlFormat, to: plainFormat, run: plainly(htmlform.Decode)},
		{name: "html-to-markdown", summary: "Writes HTML as Markdown.", from: htmlFormat, to: markdownFormat, run: plainly(markdown.FromHTML), maxBytes: markdown.MaxHTMLBytes},
		{name: "markdown-to-html", summary: "Writes Markdown as HTML.", from: markdownFormat, to: htmlFormat, run: plainly(markdown.ToHTML), maxBytes: markdown.MaxMarkdownBytes},
		{name: "css-formatter", summary: "Lays out a style sheet for people.", from: cssFormat, to: cssFormat, options: []option{tabSpace(2)}, run: cssform.Format},
		{name: "css-minify", summary: "Removes what a style sheet does not need.", from: cssFormat, to: cssFormat, run: plainly(cssform.Minify)},
	}
}

// plainly is an algorithm without options.
func plainly(run func(in io.Reader, out io.Writer) error) algorithm {
	return func(in io.Reader, out io.Writer, _ *data.Options) error { return run(in, out) }
}
