package htmlform

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/net/html"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// MaxTokenBytes are those of one tag, comment or text, and of what stands between two
// texts, which are kept in memory.
const MaxTokenBytes = 16 << 20

// A layout reads tokens and writes them with other white space. What stands between two
// texts (or elements in a line of text, or what is copied as it is) is a run: white space,
// comments, tags of blocks, elements that are not shown. In a run with a tag of a block no white
// space is shown, so that it is written anew.
type layout struct {
	*tracker

	out     *bufio.Writer
	style   style
	run     []item
	bytes   []byte // of the items
	prev    before // what the run stands behind
	hanging bool   // the text before it may end in a part of a reference or tag

	levels []bool // open blocks: whether lines were broken in them
	name   []byte
	tag    []byte
}

// A style says what is written.
type style struct {
	minify bool
}

// before is what stands before something.
type before uint8

const (
	beginning before = iota
	inline           // text, elements in it
	copied           // what is as it was, white space too
	opened           // the start tag of a block
	after            // its end tag, and what is on a line of its own
)

// An item is a part of a run.
type item struct {
	kind       kind
	start, end int // in bytes
	closes     int // blocks that are closed before it, for an end tag with its own
	own        bool
	still      bool // text behind it may become text before it: <table>, </body>
}

type kind uint8

const (
	white kind = iota
	comment
	thing    // that is not shown
	startTag // of a block
	voidTag  // of one without content, the document type
	endTag   // of a block
	strayTag // an end tag that closes nothing
)

// lay reads HTML and writes it in a style.
func lay(in io.Reader, out io.Writer, s style) error {
	l := &layout{tracker: newTracker(), out: bufio.NewWriter(out), style: s}
	z := html.NewTokenizer(text.NewReader(in, "HTML", text.Declared(Encoding)))
	z.SetMaxBuf(MaxTokenBytes)
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			break
		}
		if err := l.token(z, tt, z.Raw()); err != nil {
			return err
		}
	}
	switch err := z.Err(); {
	case errors.Is(err, html.ErrBufferExceeded):
		return data.TooLarge("A tag, comment or text is longer than %d bytes.", MaxTokenBytes)
	case !errors.Is(err, io.EOF):
		return err //nolint:wrapcheck // a fault, or wrapped by who has the reader
	}
	if rest := z.Raw(); len(rest) > 0 { // a tag without an end: browsers drop it
		l.copy(rest)
	}
	l.end()
	if err := l.out.Flush(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// token takes one.
func (l *layout) token(z *html.Tokenizer, tt html.TokenType, raw []byte) error {
	if len(l.bytes)+len(raw) > 2*MaxTokenBytes {
		return data.TooLarge("What stands between two texts is longer than %d bytes.", MaxTokenBytes)
	}
	switch tt {
	case html.TextToken:
		l.text(raw)
	case html.StartTagToken, html.SelfClosingTagToken:
		return l.start(z, raw)
	case html.EndTagToken:
		l.endTag(z, raw)
	case html.DoctypeToken:
		if l.past(afterType) {
			l.copy(raw) // it says nothing there
			break
		}
		l.strict = standards(raw)
		l.item(item{kind: voidTag}, raw)
	default: // comments of all kinds
		if l.verbatim() {
			l.copy(raw)
		} else {
			l.item(item{kind: comment}, raw)
		}
	}
	return nil
}

// goesOn gives up where something follows the body: it is part of it.
func (l *layout) goesOn() {
	if l.ended && !l.lost {
		l.lost = true
		l.keep(len(l.run))
		l.run, l.bytes, l.hanging = l.run[:0], l.bytes[:0], false
	}
}

// standards reports whether a document type asks for standards mode beyond doubt.
func standards(doctype []byte) bool {
	fields := bytes.Fields(bytes.ToLower(bytes.TrimSuffix(doctype, []byte(">"))))
	return len(fields) == 2 && string(fields[0]) == "<!doctype" && string(fields[1]) == "html"
}

// text takes text: white space at its ends is of runs.
func (l *layout) text(raw []byte) {
	if len(l.run) > 0 && l.is(hidden) { // the content of <script>
		l.more(raw)
		return
	}
	if l.verbatim() {
		l.copy(raw)
		return
	}
	core := bytes.TrimLeft(raw, spaces)
	closed := 0
	if len(core) > 0 {
		l.goesOn()
		closed = l.words()
	}
	if l.lost {
		l.copy(raw)
		return
	}
	if n := len(raw) - len(core); n > 0 {
		l.item(item{kind: white}, raw[:n])
	}
	if len(core) == 0 {
		return
	}
	kept := bytes.TrimRight(core, spaces)
	l.flush(inline)
	l.closed(closed)
	l.line(kept)
	l.prev = inline
	l.hanging = len(kept) == len(core) && unfinished(kept)
	if len(kept) < len(core) {
		l.item(item{kind: white}, core[len(kept):])
	}
}

const spaces = " \t\n\r\f"

// unfinished reports whether text may end in a part of a reference or tag.
func unfinished(b []byte) bool {
	n := len(b)
	for n > 0 && (alphanumeric(b[n-1]) || b[n-1] == '#') {
		n--
	}
	return n > 0 && b[n-1] == '&' || b[len(b)-1] == '<'
}

// line writes text in a line.
func (l *layout) line(b []byte) {
	if !l.style.minify {
		l.put(b)
		return
	}
	for len(b) > 0 {
		n := bytes.IndexAny(b, spaces)
		if n < 0 {
			n = len(b)
		}
		l.put(b[:n])
		if b = b[n:]; len(b) > 0 {
			l.put(oneSpace)
			b = bytes.TrimLeft(b, spaces)
		}
	}
}

// start takes a start tag.
func (l *layout) start(z *html.Tokenizer, raw []byte) error {
	l.name = name(l.name[:0], raw)
	e := l.element(l.name)
	if e.name == "meta" {
		raw = inUTF8(raw)
	}
	l.goesOn()
	as, deep := l.verbatim(), l.foreignIn > 0 && l.foreignHTM == 0
	done, err := l.tracker.start(e, raw)
	if err != nil {
		return err
	}
	if deep {
		z.NextIsNotRawText()
	}
	z.AllowCDATA(l.foreignIn > 0 && l.foreignHTM == 0)
	switch {
	case as || l.lost:
		l.closed(done.closed)
		l.copy(raw)
	case e.any(block) && !done.nothing:
		kind := startTag
		if !done.opened {
			kind = voidTag
		}
		l.item(item{kind: kind, closes: done.closed, still: e.name == "table"}, l.tidied(raw))
	case e.any(hidden):
		l.item(item{kind: thing, closes: done.closed}, l.tidied(raw))
	case e.any(foreign):
		l.flush(inline)
		l.put(raw)
		l.prev = inline
	default:
		l.flush(inline)
		l.closed(done.closed)
		l.put(l.tidied(raw))
		l.prev, l.hanging = inline, false
	}
	if done.opened && as {
		l.levels = append(l.levels, false)
	}
	l.turned(as)
	return nil
}

// closed forgets blocks that are closed where nothing is written anew.
func (l *layout) closed(n int) { l.levels = l.levels[:max(0, len(l.levels)-n)] }

// turned writes the run, with nothing behind it, where from here on all is copied.
func (l *layout) turned(was bool) {
	if !was && l.verbatim() && !l.is(hidden) {
		l.flush(copied)
	}
}

func (l *layout) tidied(raw []byte) []byte {
	l.tag = tidy(l.tag[:0], raw, !l.style.minify)
	return l.tag
}

// endTag takes an end tag.
func (l *layout) endTag(z *html.Tokenizer, raw []byte) {
	l.name = name(l.name[:0], raw)
	e := l.element(l.name)
	if e.name != "body" && e.name != "html" {
		l.goesOn()
	}
	as, deep, content := l.verbatim(), l.foreignIn > 0, len(l.run) > 0 && l.is(hidden)
	done := l.tracker.end(e)
	z.AllowCDATA(l.foreignIn > 0 && l.foreignHTM == 0)
	switch {
	case content && done.own:
		l.more(raw)
	case as && !l.verbatim() && done.own && e.any(block):
		l.prev = copied
		l.item(item{kind: endTag, closes: done.closed, own: true}, raw)
	case as && !l.verbatim() && (done.own || deep): // what ends here is in a line
		l.closed(done.closed)
		l.copy(raw)
		l.prev = inline
	case as || l.lost:
		l.closed(done.closed)
		l.copy(raw)
	case e.any(block) && done.own:
		l.item(item{kind: endTag, closes: done.closed, own: true, still: done.tail}, raw)
	default:
		l.flush(inline)
		l.closed(done.closed)
		l.put(raw)
		l.prev, l.hanging = inline, false
	}
	l.turned(as)
}

// copy writes what stays as it is.
func (l *layout) copy(raw []byte) {
	l.flush(copied)
	l.put(raw)
	l.prev, l.hanging = copied, false
}

// item adds to the run.
func (l *layout) item(it item, raw []byte) {
	it.start = len(l.bytes)
	l.bytes = append(l.bytes, raw...)
	it.end = len(l.bytes)
	l.run = append(l.run, it)
}

// more adds to the last item.
func (l *layout) more(raw []byte) {
	l.bytes = append(l.bytes, raw...)
	l.run[len(l.run)-1].end = len(l.bytes)
}

func (l *layout) put(b []byte) { _, _ = l.out.Write(b) } // Flush tells the error

// Format writes HTML with a line for each block, indented by two spaces for each block that it
// is in. Text and what is in it stay as they are, so do comments, scripts, styles, <pre>, <textarea>, SVG and MathML.
func Format(in io.Reader, out io.Writer) error { return lay(in, out, style{}) }

// Minify writes HTML without white space that is not shown, with one space where there was more
// in text, and without comments, but conditional ones, those of servers (<!--# -->) and licences (<!--! -->).
func Minify(in io.Reader, out io.Writer) error { return lay(in, out, style{minify: true}) }
