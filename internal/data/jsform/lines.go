package jsform

import (
	"strings"

	"claimcheck/internal/data/jsform/lexis"
)

// levelOf is the level that token i would have at the beginning of a line.
func (f *form) levelOf(i int, top *frame, closes bool) int {
	t := &f.all[i]
	switch {
	case closes:
		return top.outer
	case t.Marks&lexis.Begins != 0 && (t.Kind == lexis.KElse || t.Kind == lexis.KWhile) && t.Mate > 0:
		return int(f.all[t.Mate-1].Mate)
	case t.Marks&lexis.CaseMark != 0:
		return top.inner - 1
	case t.Marks&lexis.Begins != 0, t.Kind == lexis.EOF, t.Marks&lexis.Joins != 0:
		return top.inner
	case t.Marks&lexis.Body != 0:
		return f.statement + 1
	case !top.block && (i == 0 || f.all[i-1].Kind == lexis.Comma || f.all[i-1].Kind == lexis.Semi || f.frameOpen(i, top)):
		return top.inner
	case top.block:
		return max(f.statement, top.inner) + 1
	default:
		return top.inner + 1
	}
}

// frameOpen reports whether the token before i opens the frame.
func (f *form) frameOpen(i int, top *frame) bool {
	return i > 0 && int(f.all[i-1].Mate) == top.mate && (isOpen(&f.all[i-1]) || f.all[i-1].Kind == lexis.BraceL)
}

// line begins a line.
func (f *form) line(level int) {
	for len(f.out) > f.lineStart && f.out[len(f.out)-1] == ' ' {
		f.out = f.out[:len(f.out)-1]
	}
	f.out = append(f.out, '\n')
	f.lineStart = len(f.out)
	f.level = level
	f.indent(level)
}

func (f *form) indent(level int) {
	for range min(level*f.tab, maxIndent) {
		f.out = append(f.out, ' ')
	}
}

// atLineStart reports whether nothing is on the line.
func (f *form) atLineStart() bool {
	return strings.TrimLeft(string(f.out[f.lineStart:min(len(f.out), f.lineStart+maxIndent+1)]), " ") == ""
}

// blank begins a line, behind an empty one where the text has one and it is between things.
func (f *form) blank(i, lines, level int) {
	if lines > 1 && !f.atBegin(i) {
		for len(f.out) > f.lineStart && f.out[len(f.out)-1] == ' ' {
			f.out = f.out[:len(f.out)-1]
		}
		f.out = append(f.out, '\n')
		f.lineStart = len(f.out)
	}
	f.line(level)
}

// atBegin reports whether token i is the first in its bracket.
func (f *form) atBegin(i int) bool {
	return i == 0 || i > 0 && (f.all[i-1].Kind == lexis.BraceL || isOpen(&f.all[i-1]))
}

// comment writes the n-th comment before token i.
func (f *form) comment(i, n int, c comment, level int, top *frame, closes bool) {
	if closes {
		level = top.inner
	}
	switch {
	case len(f.out) == 0:
		f.level = level
	case c.lines > 0 || c.lineStart || n > 0 && f.list[n-1].toLineEnd:
		if n == 0 {
			f.blank(i, c.lines, level)
		} else {
			f.blank(-1, c.lines, level)
		}
	case i > 0 && n == 0 && isOpen(&f.all[i-1]) && !c.toLineEnd, f.atLineStart():
	default:
		f.out = append(f.out, ' ')
	}
	text := strings.TrimRight(f.Src[c.start:c.end], " \t\r\n")
	if strings.Contains(text, "\n") {
		f.starred(text)
		return
	}
	f.out = append(f.out, text...)
}

// starred writes a comment of several lines; where each of them begins with a star they are
// indented together.
func (f *form) starred(text string) {
	lines := strings.Split(text, "\n")
	all := true
	for _, l := range lines[1:] {
		all = all && strings.HasPrefix(strings.TrimLeft(l, " \t"), "*")
	}
	for n, l := range lines {
		if n > 0 {
			f.out = append(f.out, '\n')
			f.lineStart = len(f.out)
			if all {
				f.indent(f.level)
				f.out = append(f.out, ' ')
				l = strings.TrimLeft(l, " \t")
			}
		}
		f.out = append(f.out, l...)
	}
}

// breakBefore ends the line before token i, or puts a space there, or nothing. lines are the line
// breaks that the text has directly before it; bare says that no comment is there.
func (f *form) breakBefore(i, lines, level int, top *frame, closes, bare bool) {
	t := &f.all[i]
	var last comment
	if !bare {
		last = f.list[len(f.list)-1]
	}
	forced := last.toLineEnd
	inline := !bare && !forced && lines == 0 && (last.lines > 0 || last.start == 0) // a comment that begins the line of the token
	switch {
	case t.Kind == lexis.EOF || len(f.out) == 0:
		return
	case t.Marks&lexis.Begins != 0 && !inline:
		f.blank(ifBare(bare, i), lines, level)
		f.statement = level
	case t.Marks&lexis.Begins != 0:
		f.statement = level
		f.out = append(f.out, ' ')
	case closes && top.block:
		if f.all[i-1].Role != lexis.Block || !bare {
			f.line(level)
		}
	case closes && (top.each || lines > 0 || forced):
		f.line(level)
	case forced, lines > 0 && (!bare || !f.rejoined(i)), top.each && (f.all[i-1].Kind == lexis.Comma || f.frameOpen(i, top)) && f.frames[len(f.frames)-1].mate == top.mate && bare:
		f.blank(ifBare(bare, i), f.blanks(i, lines), level)
		if t.Marks&lexis.Body != 0 {
			f.statement = level
		}
	case !bare:
		if t.Kind != lexis.Comma && t.Kind != lexis.Semi && t.Role != lexis.Shut {
			f.out = append(f.out, ' ')
		}
	case f.spaced(i):
		f.out = append(f.out, ' ')
	}
}

func ifBare(bare bool, i int) int {
	if bare {
		return i
	}
	return -1
}

// blanks are the line breaks that stay before a token that begins no statement: an empty line
// only between elements.
func (f *form) blanks(i, lines int) int {
	if f.all[i-1].Kind == lexis.Comma {
		return lines
	}
	return min(lines, 1)
}
