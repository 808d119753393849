package jsform

import (
	"strings"
	"unicode/utf8"

	"claimcheck/internal/data/jsform/lexis"
)

// Compact takes out the white space and comments of a program. Comments that begin with ! or
// have @license or @preserve in them stay. Failures: Invalid INVALID_JAVASCRIPT with line and
// column.
func Compact(src string) (string, error) {
	p, err := read(src)
	if err != nil {
		return "", err
	}
	return p.checked(p.compact()), nil
}

// compact is the program without what it does not need.
func (p *program) compact() string {
	out := make([]byte, 0, len(p.Src))
	var list []comment
	for i := 0; i < len(p.all); i++ {
		t := &p.all[i]
		list = list[:0]
		if t.Marks&lexis.Inserted != 0 && t.Kind != lexis.BraceR && t.Kind != lexis.EOF {
			out = append(out, ';')
		}
		gap := int(t.Start) > p.gapStart(i)
		kept := false
		if gap {
			list, _ = p.comments(i, list)
			out, kept = p.legal(out, list)
		}
		switch {
		case t.Kind == lexis.EOF:
			continue
		case t.Kind == lexis.Semi && t.Marks&lexis.Ends != 0 && p.all[i+1].Kind == lexis.BraceR:
			continue
		case gap && !kept && t.Marks&lexis.Inserted == 0 && p.touch(i, out):
			out = append(out, ' ')
		}
		last := i
		if t.Kind == lexis.Tmpl {
			last = int(t.Mate)
		}
		out = append(out, p.Src[t.Start:p.all[last].End]...)
		i = last
	}
	for len(out) > 0 && out[len(out)-1] == '\n' {
		out = out[:len(out)-1]
	}
	return string(out)
}

// legal writes the comments that stay; it reports whether the last thing that it wrote keeps
// tokens apart.
func (p *program) legal(out []byte, list []comment) (more []byte, kept bool) {
	for _, c := range list {
		text := p.Src[c.start:c.end]
		switch {
		case strings.HasPrefix(text, "#!"), strings.HasPrefix(text, "//!"), strings.HasPrefix(text, "/*!"):
		case !c.lineStart && text[0] == '/' && (strings.Contains(text, "@license") || strings.Contains(text, "@preserve")):
		default:
			continue
		}
		if len(out) > 0 && out[len(out)-1] == '/' {
			out = append(out, ' ')
		}
		out = append(out, text...)
		if c.toLineEnd {
			out = append(out, '\n')
		}
		kept = true
	}
	return out, kept
}

// touch reports whether a token needs a space between itself and what is written.
func (p *program) touch(i int, out []byte) bool {
	if i == 0 || len(out) == 0 {
		return false
	}
	a, b := out[len(out)-1], p.Src[p.all[i].Start]
	prev := &p.all[i-1]
	switch {
	case isName(b) && (isName(a) || prev.Kind == lexis.Regex):
		return true
	case b == '#':
		return isName(a)
	case b == '.':
		return prev.Kind == lexis.Num || a == '?'
	case a == '+' || a == '-':
		return a == b || a == '-' && b == '>' || prev.Kind == lexis.Bang
	case a == '/', a == '<':
		return b == '/' || b == '!'
	case a == '!':
		return strings.HasPrefix(p.text(i), "--")
	default:
		return false
	}
}

// isName reports whether a byte is of a name.
func isName(c byte) bool { return lexis.IsNameByte[c] || c >= utf8.RuneSelf || c == '\\' }
