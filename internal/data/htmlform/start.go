package htmlform

import "bytes"

// start follows a start tag.
func (t *tracker) start(e *element, tag []byte) (done effect, err error) {
	done.of = e
	if t.lost {
		return done, nil
	}
	if t.foreignIn > 0 {
		t.startForeign(e, tag)
		return done, nil
	}
	if t.misplaced(e) {
		return done, nil
	}
	if e.name == "form" && t.index(e) >= 0 { // a form in a form is none, and closes nothing
		done.nothing = true
		return done, nil
	}
	done.closed = t.implied(e)
	if e.any(inHead) {
		t.part = max(t.part, inHeader)
	} else if e.name != "html" && e.name != "head" && e.name != "body" {
		t.part = inBody
	}
	switch {
	case e.any(foreign):
		if !bytes.HasSuffix(tag, []byte("/>")) {
			t.foreignIn, t.foreignTag, t.foreignHTM, t.loose, t.foreignTxt = 1, e.name, 0, 0, 0
		}
		return done, nil
	case t.ignored(e):
		done.nothing = true
		return done, nil
	case e.any(void):
		return done, nil
	}
	done.opened = e.any(block)
	return done, t.push(e, e.any(preformatted|raw) || e.name == "template" || styledSpace(tag))
}

// misplaced gives up where browsers do something of which too much would have to be known.
func (t *tracker) misplaced(e *element) bool {
	inSelect := len(t.stack) > 0 && t.top().sel >= 0
	switch {
	case inSelect && e.name != "option" && e.name != "optgroup" && e.name != "hr" && e.name != "script" && e.name != "template":
		t.lost = true
	case e.name == "table" && !t.strict && len(t.stack) > 0 && t.top().p >= 0: // in quirks mode a paragraph holds it
		t.lost = true
	case e.name == "frameset" || e.name == "plaintext":
		t.lost = true
	case t.inTable() && !e.any(tablePart|hidden) && e.name != "template" && e.name != "form" && e.name != "table":
		t.lost = true
	}
	return t.lost
}

// ignored reports whether a start tag opens nothing.
func (t *tracker) ignored(e *element) bool {
	switch e.name {
	case "html":
		return t.past(inHTML)
	case "head":
		return t.past(inHeader)
	case "body":
		return t.past(inBody)
	case "form":
		return t.inTable()
	}
	return e.any(tablePart) && (len(t.stack) == 0 || t.top().table < 0)
}

// A part of a document, in their order.
type docPart uint8

const (
	nothingYet docPart = iota
	afterType
	inHTML
	inHeader
	inBody
)

// past reports whether a part has begun, or one behind it; it has now.
func (t *tracker) past(p docPart) bool {
	was := t.part >= p
	t.part = max(t.part, p)
	return was
}

// inTable reports whether what is next is a child of a table, or of a part of one that holds
// no text: browsers move what is no part of a table before it.
func (t *tracker) inTable() bool {
	return len(t.stack) > 0 && (t.top().name == "table" || t.is(tablePart) && !t.is(scope))
}

// words follows text: it is of the body. It returns how many blocks it has closed.
func (t *tracker) words() (closed int) {
	t.lost = t.lost || t.inTable()
	if t.lost || t.foreignIn > 0 || len(t.stack) > 0 && t.top().name != "head" && t.top().name != "html" {
		return 0
	}
	t.part = inBody
	return t.popNamed("head")
}

// implied closes what a start tag closes, and counts the blocks among it.
func (t *tracker) implied(e *element) (blocks int) {
	if len(t.stack) == 0 {
		return 0
	}
	if t.top().name == "head" && !e.any(inHead) && e.name != "head" && e.name != "html" {
		blocks += t.popFrom(len(t.stack) - 1)
	}
	if len(t.stack) == 0 {
		return blocks
	}
	switch e.name {
	case "li":
		blocks += t.popFrom(t.top().li)
	case "dd", "dt":
		blocks += t.popFrom(t.top().dd)
	case "a", "nobr":
		if i := t.index(e); i > t.top().mark || t.level.dangling[e.order()] > 0 {
			t.endFormatting(e)
		}
	case "button":
		if i := t.index(e); i >= 0 && i > t.top().scope {
			blocks += t.popFrom(i)
		}
	case "option":
		blocks += t.popNamed("option")
	case "optgroup":
		blocks += t.popNamed("option") + t.popNamed("optgroup")
	}
	if e.any(tablePart) {
		blocks += t.impliedInTable(e)
	}
	if e.any(closesP) && len(t.stack) > 0 {
		blocks += t.popFrom(t.top().p)
	}
	if e.any(heading) && t.is(heading) {
		blocks += t.popFrom(len(t.stack) - 1)
	}
	return blocks
}

// popNamed closes the innermost element if it has a name.
func (t *tracker) popNamed(name string) int {
	if len(t.stack) > 0 && t.top().name == name {
		return t.popFrom(len(t.stack) - 1)
	}
	return 0
}

// impliedInTable closes what a part of a table closes: all down to what holds it.
func (t *tracker) impliedInTable(e *element) int {
	keep := t.top().table
	switch e.name {
	case "td", "th":
		keep = t.top().row
	case "tr":
		keep = t.top().sect
	case "col":
		if t.top().name == "colgroup" {
			return 0
		}
	}
	if keep < 0 {
		return 0
	}
	return t.popFrom(keep + 1)
}

// styledSpace reports whether a start tag has a style for white space.
func styledSpace(tag []byte) bool {
	return bytes.Contains(tag, []byte("white-space")) || bytes.Contains(tag, []byte("WHITE-SPACE"))
}

// startForeign follows a start tag in SVG or MathML.
func (t *tracker) startForeign(e *element, tag []byte) {
	closed := bytes.HasSuffix(tag, []byte("/>"))
	switch {
	case e.name == "foreignobject":
		if !closed {
			t.foreignHTM++
		}
	case t.foreignHTM == 0 && (breakouts[e.name] || t.foreignTxt > 0):
		t.lost = true
	case t.foreignHTM == 0 && integration[e.name]:
		if !closed {
			t.foreignTxt++
		}
	case t.foreignHTM > 0 && (e.any(formatting) || e.any(foreign)):
		t.loose++
	case e.name == t.foreignTag && !closed:
		t.foreignIn++
	}
}
