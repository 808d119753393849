package markdown

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	entity    = regexp.MustCompile(`&(?:#[xX]?[0-9A-Fa-f]{1,7}|[A-Za-z][A-Za-z0-9]{0,40});`)
	address   = regexp.MustCompile("(?i)(?:https?://|ftp://|www\\.)[^\\x00-\\x20\\x7F<>`|\\\\]+|[a-z0-9._+-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
	listItems = regexp.MustCompile(`^[0-9]{1,9}[.)](?:[ \t]|$)`)
	ruled     = regexp.MustCompile(`^[-:| \t]+$`)
)

// An escaper writes words so that they are read as words.
type escaper struct {
	part       *part
	cell       bool
	begins     bool // a line
	beforeLink bool
}

func (e *escaper) write(b *strings.Builder) {
	text := e.part.text
	if e.part.encodeLast && (!e.part.encodeFirst || !e.part.single) {
		c, n := utf8.DecodeLastRuneInString(text)
		defer func() { fmt.Fprintf(b, "&#%d;", c) }()
		text = text[:len(text)-n]
	}
	if e.part.encodeFirst {
		c, n := utf8.DecodeRuneInString(text)
		fmt.Fprintf(b, "&#%d;", c)
		text = text[n:]
		e.begins = false
	}
	if e.begins {
		text = e.lineStart(b, text)
	}
	mark := e.beforeLink && strings.HasSuffix(text, "!")
	if mark {
		text = text[:len(text)-1]
	}
	e.escape(b, text)
	if mark {
		b.WriteString(`\!`)
	}
}

// lineStart writes what would begin a block at the beginning of a line, and returns the rest.
func (e *escaper) lineStart(b *strings.Builder, text string) string {
	if text == "" {
		return text
	}
	ends := len(text) == 1
	switch c := text[0]; {
	case c == '-' || c == '+':
		if ends || text[1] == ' ' || text[1] == c || ruled.MatchString(text) {
			b.WriteByte('\\')
			b.WriteByte(c)
			return text[1:]
		}
	case c == '#' || c == '>' || c == '=' || c == '|' || c == ':' && ruled.MatchString(text):
		b.WriteByte('\\')
		b.WriteByte(c)
		return text[1:]
	case listItems.MatchString(text):
		n := strings.IndexAny(text, ".)")
		b.WriteString(text[:n])
		b.WriteByte('\\')
		b.WriteByte(text[n])
		return text[n+1:]
	}
	return text
}

// addressesIn finds where addresses of the web and of mail begin and end, without the
// punctuation behind them.
func addressesIn(text string) (found [][2]int) {
	if !strings.ContainsAny(text, ".@:") {
		return nil
	}
	for from := 0; from < len(text); {
		m := address.FindStringIndex(text[from:])
		if m == nil {
			break
		}
		start := from + m[0]
		end := start + len(strings.TrimRight(text[start:from+m[1]], "?!.,:*_~'\")]};&#"))
		from += m[1]
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		scheme := strings.Index(text[start:from], "://")
		if start > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) || end < start+len("a@b.c") || scheme >= 0 && scheme <= len("https") && end < start+scheme+len("://x") {
			continue
		}
		found = append(found, [2]int{start, end})
		from = end
	}
	return found
}

// escape writes characters that would begin or end something behind a backslash, and one in each
// address, so that it is read as text.
func (e *escaper) escape(b *strings.Builder, text string) {
	found := addressesIn(text)
	cut := cutIn(text, found)
	for i := range len(text) {
		c := text[i]
		escaped := false
		switch c {
		case '\\', '`', '*', '[', ']', '<', '~':
			escaped = true
		case '^':
			escaped = i == 0 // no footnote
		case '|':
			escaped = e.cell
		case '_':
			escaped = i == 0 || i == len(text)-1 || !alphanumeric(text[i-1]) || !alphanumeric(text[i+1])
		case '&':
			loc := entity.FindStringIndex(text[i:min(len(text), i+50)])
			escaped = loc != nil && loc[0] == 0
		}
		if i == cut {
			escaped = true
			found = found[1:]
			cut = cutIn(text, found)
		}
		if escaped {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}

// cutIn is where the next address is cut: at the colon of its scheme, at the @, or behind www; -1 is
// nowhere.
func cutIn(text string, found [][2]int) int {
	if len(found) == 0 {
		return -1
	}
	start := found[0][0]
	if strings.EqualFold(text[start:start+4], "www.") {
		return start + 3
	}
	return start + strings.IndexAny(text[start:], ":@")
}

func alphanumeric(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// escapedWhole is text that is read as such anywhere in a line, in links too.
func escapedWhole(text string, cell bool) string {
	var b strings.Builder
	e := escaper{part: &part{text: text, inLink: true}, cell: cell}
	e.write(&b)
	return b.String()
}
