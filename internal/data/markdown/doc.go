// Package markdown makes HTML of Markdown ([ToHTML]) and Markdown of HTML ([FromHTML]). Markdown
// is GitHub's: CommonMark 0.31.2 with tables, task lists, strikethrough and addresses in text; it
// is read with footnotes and typographic punctuation besides.
//
// Documents are read whole.
package markdown
