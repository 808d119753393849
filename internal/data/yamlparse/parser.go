package yamlparse

import (
	"bytes"
	"unicode/utf8"
)

// MaxDepth is how deep lists and mappings may nest, as in JSON.
const MaxDepth = 10_000

// maxNodes is how deep p.depth may be: that of what the innermost of them holds is one more.
const maxNodes = MaxDepth + 1

// maxAnchors is how many anchors a document may have.
const maxAnchors = 100_000

// maxKey is how long a key may be that is not marked with ?, in code points (YAML 1.2,
// section 7.4), and maxDirectives how many directives a document may have.
const (
	maxKey        = 1024
	maxDirectives = 100
)

// A parser tells the events of a source.
type parser struct {
	src     []byte
	to      func(e *Event) error
	comment func(Span) error // is told each comment with its #; may be nil

	pos   int
	bol   int // where the line of pos begins
	lead  int // spaces at its beginning, without tabs
	first int // where its first token is

	depth   int
	handles map[string]string // of tags, as the document's directives say
	anchors map[string]bool   // of the document

	out   Event // is told
	asked bool  // the next node is a key that has its ?
	intro int   // where the indicator before the next node is; -1 if there is none

	queue []Event // events from head on are held back: one of them may turn out to begin a pair
	head  int
	sent  int // events that have left the queue
	holds []hold
	dead  int // of the holds, those that are over
	told  int // where the last comment that was told begins, plus 1
}

// Parse tells the events of a source.
func Parse(src []byte, to func(e *Event) error, comment func(Span) error) error {
	if err := checkCharacters(src); err != nil {
		return err
	}
	p := &parser{src: src, to: to, comment: comment, intro: -1, handles: map[string]string{}, anchors: map[string]bool{}}
	p.line(0)
	p.first = -1
	return p.stream()
}

// line begins the line at i.
func (p *parser) line(i int) {
	p.bol = i
	for p.at(i) == ' ' {
		i++
	}
	p.lead, p.pos = i-p.bol, i
}

// gap goes to the next character that is no space, line break or comment.
func (p *parser) gap() error {
	crossed := p.first < 0
	for ; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; {
		case c == '\n' || c == '\r':
			p.line(lineAfter(p.src, p.pos))
			p.pos--
			crossed = true
		case c == '#' && (p.pos == p.bol || Space(p.src[p.pos-1])):
			if err := p.remark(); err != nil {
				return err
			}
			p.pos--
		case c != ' ' && c != '\t':
			if crossed {
				p.first = p.pos
			}
			return nil
		}
	}
	if crossed {
		p.first = p.pos
	}
	return nil
}

// remark goes over a comment.
func (p *parser) remark() error {
	start := p.pos
	for p.pos < len(p.src) && p.src[p.pos] != '\n' && p.src[p.pos] != '\r' {
		if LineBreakAt(p.src, p.pos) > 0 {
			return p.badBreak()
		}
		p.pos++
	}
	if p.comment == nil || start < p.told {
		return nil
	}
	p.told = start + 1
	return p.comment(Span{start, start + len(bytes.TrimRight(p.src[start:p.pos], " \t"))})
}

func (p *parser) badBreak() error {
	r, _ := utf8.DecodeRune(p.src[p.pos:])
	return p.bad(p.pos, "The character U+%04X ends a line in YAML 1.1 and not in YAML 1.2; write it as an escape in double quotes.", r)
}

// end reports whether nothing is left.
func (p *parser) end() bool { return p.pos >= len(p.src) }

// marker reports whether a line begins with a document's marker of c: --- or ....
func (p *parser) marker(c byte) bool {
	return p.pos == p.bol && p.at(p.pos) == c && p.at(p.pos+1) == c && p.at(p.pos+2) == c && blank(p.at(p.pos+3))
}

// stop reports whether a document ends here.
func (p *parser) stop() bool { return p.end() || p.marker('-') || p.marker('.') }

// stream tells all documents.
func (p *parser) stream() error {
	bare := true // a document may begin without its marker
	for {
		if err := p.gap(); err != nil {
			return err
		}
		if bytes.HasPrefix(p.src[p.pos:], []byte("\uFEFF")) && p.pos == p.bol {
			p.line(p.pos + 3)
			p.first = -1
			continue
		}
		clear(p.handles)
		clear(p.anchors)
		e := Event{Kind: DocumentStart, Span: Span{p.pos, p.pos}}
		directives, err := p.directives(bare)
		if err != nil {
			return err
		}
		e.Body = directives
		switch {
		case p.marker('-'):
			e.Explicit, e.Span = true, Span{p.pos, p.pos + 3}
			p.pos += 3
		case !directives.Empty():
			return p.bad(p.pos, "Expected --- behind the directives.")
		case p.end():
			return nil
		case p.marker('.'):
			if err := p.suffix(); err != nil {
				return err
			}
			bare = true
			continue
		case !bare:
			return p.bad(p.pos, "Expected --- or the end of the input.")
		}
		if bare, err = p.document(&e); err != nil {
			return err
		}
	}
}

// document tells a document, whose beginning is e. It returns whether it ended with its marker.
func (p *parser) document(e *Event) (bool, error) {
	if err := p.emit(e); err != nil {
		return false, err
	}
	if err := p.node(-1, false, false); err != nil {
		return false, err
	}
	if err := p.gap(); err != nil {
		return false, err
	}
	e = &Event{Kind: DocumentEnd, Span: Span{p.pos, p.pos}}
	if !p.stop() {
		if p.pos == p.first && p.pos-p.bol > p.lead {
			return false, p.badTab()
		}
		return false, p.bad(p.pos, "Expected an entry as those before, --- or the end of the document.")
	}
	if p.marker('.') {
		e.Explicit = true
		e.End += 3
		if err := p.suffix(); err != nil {
			return false, err
		}
	}
	return e.Explicit, p.emit(e)
}

// suffix goes over ... and what may follow it on its line.
func (p *parser) suffix() error {
	p.pos += 3
	for Space(p.at(p.pos)) {
		p.pos++
	}
	if c := p.at(p.pos); !LineEnd(c) && (c != '#' || !Space(p.src[p.pos-1])) {
		return p.bad(p.pos, "Expected the end of the line behind the end of a document.")
	}
	return nil
}

// indicator goes over the indicator before a node.
func (p *parser) indicator() {
	p.intro = p.pos
	p.pos++
}

// emit tells an event, or keeps it back.
func (p *parser) emit(e *Event) error {
	if p.asked {
		e.Explicit, p.asked = true, false
	}
	e.Intro, p.intro = p.intro, -1
	if len(p.holds) > p.dead {
		p.queue = append(p.queue, *e)
		return nil
	}
	p.out = *e
	return p.to(&p.out)
}

// A hold keeps events back whose first may turn out to begin a pair.
type hold struct{ event, pos int }

// hold begins one with the next event.
func (p *parser) hold() {
	p.holds = append(p.holds, hold{p.sent + len(p.queue) - p.head, p.pos})
}

// expire ends the holds that are too long for a key, or all of them.
func (p *parser) expire(all bool) error {
	for p.dead < len(p.holds) && (all || p.holds[p.dead].pos+4*maxKey < p.pos) {
		p.dead++
	}
	return p.flush()
}

// release ends the last hold. It returns whether its first event is still kept back,
// and makes it begin a pair if it shall.
func (p *parser) release(begins bool) (kept bool, err error) {
	last := len(p.holds) - 1
	h := p.holds[last]
	kept = last >= p.dead
	if kept && begins {
		p.queue[p.head+h.event-p.sent].pair = true
	}
	p.holds = p.holds[:last]
	p.dead = min(p.dead, last)
	return kept, p.flush()
}

// flush tells the events that no hold keeps back.
func (p *parser) flush() error {
	end := len(p.queue)
	if p.dead < len(p.holds) {
		end = p.head + p.holds[p.dead].event - p.sent
	}
	for ; p.head < end; p.head++ {
		e := &p.queue[p.head]
		p.sent++
		if e.pair {
			if err := p.to(&Event{Kind: MappingStart, Style: Pair, Intro: e.Intro, Span: Span{e.First(e.Start), e.First(e.Start)}}); err != nil {
				return err
			}
			e.Intro = -1
		}
		if err := p.to(e); err != nil {
			return err
		}
	}
	if p.head > len(p.queue)/2 {
		p.queue = p.queue[:copy(p.queue, p.queue[p.head:])]
		p.head = 0
	}
	return nil
}
