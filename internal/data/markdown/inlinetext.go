package markdown

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A place is where a line of text is.
type place struct {
	cell    bool // of a table: in one line, a bar ends it
	heading bool // in one line
}

// headingText is the text of a heading: a # at its end would not be read.
func headingText(flow []piece) string {
	text := inlineText(flow, place{heading: true})
	if strings.HasSuffix(text, "#") {
		return text[:len(text)-1] + `\#`
	}
	return text
}

// A part is a piece as it will be written, and what stands at its edges in the source: what
// decides whether a delimiter beside it opens or closes something (CommonMark 0.31.2, 6.2).
type part struct {
	text        string // to be written; of words before they are escaped
	kind        partKind
	first, last rune // 0 is white space, as the ends of the text are
	encodeFirst bool // the first character of words is to be written as a reference
	encodeLast  bool
	single      bool // it is one character
	inLink      bool
	opensLink   bool
}

type partKind uint8

const (
	wordsPart partKind = iota
	opener
	closer
	other // what begins and ends in punctuation
	breakPart
)

// inlineText writes a line of text.
func inlineText(flow []piece, at place) string {
	parts := parted(flow, at)
	for i := range parts {
		mailInCode(parts, i)
	}
	for changed := true; changed; { // what is written as a reference is punctuation for what is on its other side
		changed = false
		for i := range parts {
			changed = flank(parts, i) || changed
		}
		for i := range slices.Backward(parts) {
			changed = flank(parts, i) || changed
		}
	}
	var b strings.Builder
	begins := !at.cell && !at.heading
	for i := range parts {
		p := &parts[i]
		if p.kind != wordsPart {
			b.WriteString(p.text)
			begins = p.kind == breakPart && !at.cell && !at.heading
			continue
		}
		e := escaper{part: p, cell: at.cell, begins: begins, beforeLink: i+1 < len(parts) && parts[i+1].opensLink}
		e.write(&b)
		begins = false
	}
	return b.String()
}

// A parter makes parts of pieces.
type parter struct {
	at    place
	parts []part
	open  []byte // characters of the emphasis that is open
	links int    // that are open
}

func parted(flow []piece, at place) []part {
	p := &parter{at: at}
	for _, piece := range flow {
		p.add(piece)
	}
	return p.parts
}

func (p *parter) add(piece piece) {
	made := part{kind: other, first: '.', last: '.'}
	switch piece.kind {
	case words:
		if !piece.code {
			p.parts = addressed(p.parts, piece.text, p.links > 0)
			return
		}
		made.text = codeSpan(piece.text, p.at.cell)
	case lineBreak:
		made.text = "<br>"
		if !p.at.cell && !p.at.heading {
			made = part{kind: breakPart, text: "\\\n"}
		}
	case picture:
		made.text = "![" + escapedWhole(strings.Join(strings.Fields(piece.text), " "), p.at.cell) + "](" + destination(piece.mark, p.at.cell) + ")"
	case asIs:
		made = part{kind: other, text: piece.text}
	case opening:
		made = p.opening(piece.mark)
	case closing:
		made = p.closing(piece.mark)
	}
	p.parts = append(p.parts, made)
}

// opening begins a mark. Emphasis has another character than the emphasis around it, and than
// one that ends right before it.
func (p *parter) opening(m mark) part {
	made := part{kind: opener, first: '.', last: '.'}
	switch m.kind {
	case link:
		p.links++
		made.kind, made.text, made.opensLink = other, "[", true
	case emphasis, strong:
		c := byte('*')
		if n, last := len(p.open), len(p.parts)-1; n > 0 && p.open[n-1] == '*' || n == 0 && last >= 0 && p.parts[last].kind == closer && p.parts[last].text[0] == '*' {
			c = '_'
		}
		p.open = append(p.open, c)
		made.text = delimiter(m.kind, c)
	case deleted:
		made.text = "~~"
	case upper:
		made.kind, made.text = other, "<sup>"
	case lower:
		made.kind, made.text = other, "<sub>"
	}
	return made
}

func (p *parter) closing(m mark) part {
	made := part{kind: closer, first: '.', last: '.'}
	switch m.kind {
	case link:
		p.links--
		made.kind, made.text = other, "]("+destination(m, p.at.cell)+")"
	case emphasis, strong:
		n := len(p.open) - 1
		made.text = delimiter(m.kind, p.open[n])
		p.open = p.open[:n]
	case deleted:
		made.text = "~~"
	case upper:
		made.kind, made.text = other, "</sup>"
	case lower:
		made.kind, made.text = other, "</sub>"
	}
	return made
}

// addressed adds text, its addresses apart, which are written as such. In a link, where
// there can be none, they stay text.
func addressed(parts []part, text string, inLink bool) []part {
	add := func(text string) {
		if text == "" {
			return
		}
		p := part{kind: wordsPart, text: text, inLink: inLink, single: utf8.RuneCountInString(text) == 1}
		p.first, _ = utf8.DecodeRuneInString(text)
		p.last, _ = utf8.DecodeLastRuneInString(text)
		parts = append(parts, p)
	}
	from := 0
	for _, at := range addressesIn(text) {
		start, end := at[0], at[1]
		found := text[start:end]
		if inLink || strings.EqualFold(found[:4], "www.") {
			continue
		}
		add(text[from:start])
		parts = append(parts, part{kind: other, text: "<" + found + ">", first: '.', last: '.'})
		from = end
	}
	add(text[from:])
	return parts
}

func delimiter(kind markKind, c byte) string {
	if kind == strong {
		return string([]byte{c, c})
	}
	return string(c)
}

// mailInCode keeps what stands before code from becoming an address of mail with what is in
// the code: some readers look for those first.
func mailInCode(parts []part, i int) {
	if parts[i].kind != other || parts[i].text[0] != '`' || !strings.Contains(parts[i].text, "@") {
		return
	}
	for i--; i >= 0 && (parts[i].kind == opener || parts[i].kind == closer || parts[i].kind == other && parts[i].text[0] == '`'); i-- {
	}
	if i >= 0 && parts[i].kind == wordsPart && parts[i].last != ' ' {
		encode(parts, i, false)
	}
}

// flank sees to it that a delimiter opens or closes: a character beside it that would keep it
// from that is written as a reference, which begins and ends in punctuation.
func flank(parts []part, i int) (changed bool) {
	p := &parts[i]
	if p.kind != opener && p.kind != closer {
		return false
	}
	inner, outer, opens := i+1, i-1, p.kind == opener
	if !opens {
		inner, outer = i-1, i+1
	}
	in, out := edge(parts, inner, opens), edge(parts, outer, !opens)
	if unicode.IsSpace(in) || in == '~' && p.text[0] == '~' {
		changed = encode(parts, inner, opens)
		in = '.'
	}
	plain := unicode.IsLetter(in) || unicode.IsDigit(in)
	if out == '~' && p.text[0] == '~' || !apart(out) && (!plain || p.text[0] == '_') {
		changed = encode(parts, outer, !opens) || changed
	}
	return changed
}

// edge is the character of a part that is beside a delimiter: its first or its last.
func edge(parts []part, i int, first bool) rune {
	if i < 0 || i >= len(parts) {
		return 0
	}
	p := &parts[i]
	switch {
	case first && p.encodeFirst || !first && p.encodeLast || p.single && (p.encodeFirst || p.encodeLast):
		return '.'
	case first:
		return p.first
	}
	return p.last
}

// apart reports whether a character is white space or punctuation beyond doubt.
func apart(c rune) bool {
	return c == 0 || c == ' ' || c < utf8.RuneSelf && unicode.IsPrint(c) && !unicode.IsLetter(c) && !unicode.IsDigit(c)
}

// encode has a character of words written as a reference.
func encode(parts []part, i int, first bool) bool {
	if i < 0 || i >= len(parts) || parts[i].kind != wordsPart {
		return false
	}
	p := &parts[i]
	if first {
		p.encodeFirst = true
	} else {
		p.encodeLast = true
	}
	return true
}

// codeSpan writes code in a line.
func codeSpan(text string, cell bool) string {
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if cell {
		text = strings.ReplaceAll(text, "|", `\|`)
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// What is replaced in addresses of links.
var (
	breaks  = strings.NewReplacer("\t", "", "\n", "", "\r", "")
	inLinks = strings.NewReplacer(`\`, `\\`, "<", `\<`, ">", `\>`, "&", `&amp;`)
	inCells = strings.NewReplacer(`\`, `\\`, "<", `\<`, ">", `\>`, "&", `&amp;`, "|", `\|`)
)

// destination writes where a link leads, and its title.
func destination(m mark, cell bool) string {
	dest := breaks.Replace(strings.TrimSpace(m.dest))
	escape := inLinks
	if cell {
		escape = inCells
	}
	if !strings.Contains(dest, "&") || !entity.MatchString(dest) {
		dest = strings.ReplaceAll(escape.Replace(dest), `&amp;`, "&")
	} else {
		dest = escape.Replace(dest)
	}
	if dest == "" || strings.ContainsFunc(dest, func(r rune) bool { return r <= ' ' || r == '(' || r == ')' || r == '<' || r == '>' || r == 0x7F }) {
		dest = "<" + dest + ">"
	}
	if title := strings.Join(strings.Fields(m.title), " "); title != "" {
		dest += ` "` + strings.ReplaceAll(escape.Replace(title), `"`, `\"`) + `"`
	}
	return dest
}
