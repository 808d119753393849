package markdown

import "strings"

// A piece of a line of text.
type piece struct {
	kind pieceKind
	text string // words, the description of a picture, what is written as it is
	code bool   // the words are code
	mark mark   // what opens or closes; where a picture is
}

type pieceKind uint8

const (
	words pieceKind = iota
	lineBreak
	picture
	opening
	closing
	asIs
)

const whiteSpace = " \t\n\r\f"

// tidyFlow makes of white space what browsers show: one space between words, none at the ends and
// beside line breaks. Spaces and breaks at the edges of marks move out of them, marks with nothing in
// them go, and so do the borders between two equal ones.
func tidyFlow(flow []piece) []piece {
	f := &tidier{}
	for _, p := range flow {
		switch p.kind {
		case words:
			f.words(p)
		case lineBreak:
			f.breaks++
		case opening:
			f.held = append(f.held, p)
		case closing:
			f.closing(p)
		default:
			f.visible()
			f.put(p)
			f.space = p.kind == asIs // behind the box of a task
		}
	}
	var closes []piece
	for _, p := range f.held {
		if p.kind == closing {
			closes = append(closes, p)
		}
	}
	f.seal()
	return append(f.made, closes...)
}

type tidier struct {
	made   []piece
	last   []byte  // the text of the last one, if it is words that may go on
	going  bool    // it is
	held   []piece // marks since what is visible: some that close, then some that open
	space  bool    // there was white space since
	inCode bool    // and it is of code
	breaks int
}

// closing takes the end of a mark, or takes it back if nothing is in it.
func (f *tidier) closing(p piece) {
	if n := len(f.held); n > 0 && f.held[n-1].kind == opening {
		f.held = f.held[:n-1]
		return
	}
	f.held = append(f.held, p)
}

// words takes text.
func (f *tidier) words(p piece) {
	for text := p.text; text != ""; {
		rest := strings.TrimLeft(text, whiteSpace)
		if len(rest) < len(text) {
			f.space, f.inCode = true, p.code && (f.inCode || !f.space)
		}
		if rest == "" {
			return
		}
		n := strings.IndexAny(rest, whiteSpace)
		if n < 0 {
			n = len(rest)
		}
		if p.code && f.space && f.inCode && f.breaks == 0 && len(f.held) == 0 && f.going && f.made[len(f.made)-1].code {
			f.last = append(f.last, ' ')
			f.space = false
		}
		f.visible()
		f.add(rest[:n], p.code)
		text = rest[n:]
	}
}

// add appends to the words before, or begins some.
func (f *tidier) add(text string, code bool) {
	if !f.going || f.made[len(f.made)-1].code != code {
		f.put(piece{kind: words, code: code})
		f.going = true
	}
	f.last = append(f.last, text...)
}

// put adds a piece.
func (f *tidier) put(p ...piece) {
	if len(p) > 0 {
		f.seal()
		f.made = append(f.made, p...)
	}
}

// seal ends the words before.
func (f *tidier) seal() {
	if f.going {
		f.made[len(f.made)-1].text = string(f.last)
		f.last, f.going = f.last[:0], false
	}
}

// visible writes what was held, before something that is seen.
func (f *tidier) visible() {
	n := 0
	for n < len(f.held) && f.held[n].kind == closing {
		n++
	}
	closes, opens := f.held[:n], f.held[n:]
	between := f.breaks > 0 || f.space
	for !between && len(closes) > 0 && len(opens) > 0 && joined(closes[len(closes)-1].mark, opens[0].mark) {
		closes, opens = closes[:len(closes)-1], opens[1:]
	}
	f.put(closes...)
	switch {
	case len(f.made) == 0: // nothing is shown at the beginning
	case f.breaks > 0:
		for range f.breaks {
			f.put(piece{kind: lineBreak})
		}
	case f.space:
		f.add(" ", false)
	}
	f.put(opens...)
	f.held, f.space, f.breaks = f.held[:0], false, 0
}

// joined reports whether two marks beside each other are as one.
func joined(a, b mark) bool { return a.kind == b.kind && a.kind != link }
