package lexis

import (
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A pattern is a regular expression that is judged (ECMA-262, 22.2.1 and Annex B.1.2). Whether
// properties of Unicode have the names that \p{…} says is not looked up.
type pattern struct {
	l      *Lexer
	offset int    // of its first character in the text
	text   string // between the slashes
	chars  []rune // its code points, or code units where it has neither flag u nor v
	at     int
	depth  int

	unicode, sets bool // u or v; v
	named         bool // \k is a reference
	groups        int  // so far
	counted       int  // groups in all; -1: not known
	greatest      int  // number that a reference has
	greatestAt    int
	references    map[string]int
	names         map[string][][]branch
	path          []branch
}

// A branch is an alternative of a group: two groups of one name may be in two of them.
type branch struct{ group, alternative int }

// checkRegexp fails for a regular expression that is none; its text is between two bytes.
func (l *Lexer) checkRegexp(from, to int, flags string) {
	for i, c := range flags {
		if !strings.ContainsRune("dgimsuvy", c) || strings.ContainsRune(flags[:i], c) {
			l.Fail(to+1+i, "There is no flag %c of regular expressions, or it is there already.", c)
		}
	}
	p := &pattern{l: l, offset: from, text: l.Src[from:to], counted: -1, references: map[string]int{}, names: map[string][][]branch{}}
	p.sets = strings.Contains(flags, "v")
	p.unicode = p.sets || strings.Contains(flags, "u")
	if p.sets && strings.Contains(flags, "u") {
		l.Fail(to+1, "A regular expression cannot have both flags u and v.")
	}
	if p.unicode {
		p.chars = []rune(p.text)
	} else {
		p.chars = units(p.text)
	}
	p.named = p.unicode || strings.Contains(p.text, "(?<") && p.hasNames()
	p.disjunction()
	if p.at < len(p.chars) {
		p.fail(p.at, "This ) has no (.")
	}
	if p.unicode && p.greatest > p.groups {
		p.fail(p.greatestAt, "There is no group %d.", p.greatest)
	}
	for name, at := range p.references {
		if p.names[name] == nil {
			p.fail(at, "There is no group %s.", name)
		}
	}
}

// units are the code units of a text in UTF-16.
func units(text string) []rune {
	list := make([]rune, 0, len(text))
	for _, r := range text {
		if a, b := utf16.EncodeRune(r); a != utf8.RuneError {
			list = append(list, a, b)
		} else {
			list = append(list, r)
		}
	}
	return list
}

// fail ends the parser with what is wrong at a character.
func (p *pattern) fail(at int, reason string, args ...any) {
	n := 0
	for offset, r := range p.text {
		if n >= at {
			p.l.Fail(p.offset+offset, reason, args...)
		}
		if n++; !p.unicode && r > 0xFFFF {
			n++
		}
	}
	p.l.Fail(p.offset+len(p.text), reason, args...)
}

// hasNames reports whether a group has a name: then \k is a reference also without flags.
func (p *pattern) hasNames() bool {
	for rest := range p.opened() {
		if isNamed(rest) {
			return true
		}
	}
	return false
}

// isNamed reports whether a group that is opened has a name.
func isNamed(rest string) bool {
	return strings.HasPrefix(rest, "(?<") && !strings.HasPrefix(rest, "(?<=") && !strings.HasPrefix(rest, "(?<!")
}

// opened are the places of the whole pattern, each with what follows it, where a parenthesis opens.
func (p *pattern) opened() iter.Seq[string] {
	return func(yield func(rest string) bool) {
		class := false
		for i := 0; i < len(p.text); i++ {
			switch p.text[i] {
			case '\\':
				i++
			case '[':
				class = true
			case ']':
				class = false
			case '(':
				if !class && !yield(p.text[i:]) {
					return
				}
			}
		}
	}
}

// peek is a character ahead, -1 behind the end.
func (p *pattern) peek(n int) rune {
	if p.at+n < len(p.chars) {
		return p.chars[p.at+n]
	}
	return -1
}

func (p *pattern) eat(r rune) bool {
	if p.peek(0) != r {
		return false
	}
	p.at++
	return true
}

// has reports whether a text is next.
func (p *pattern) has(text string) bool {
	for i, r := range text {
		if p.peek(i) != r {
			return false
		}
	}
	return true
}

func (p *pattern) expect(r rune) {
	if !p.eat(r) {
		p.fail(p.at, "Expected %c in the regular expression.", r)
	}
}

// disjunction reads alternatives.
func (p *pattern) disjunction() {
	const most = 500
	if p.depth++; p.depth > most {
		p.fail(p.at, "Groups of a regular expression may be %d deep, and this is deeper.", most)
	}
	p.path = append(p.path, branch{p.at, 0})
	for {
		for p.at < len(p.chars) && p.peek(0) != '|' && p.peek(0) != ')' {
			p.term()
		}
		if !p.eat('|') {
			break
		}
		p.path[len(p.path)-1].alternative++
	}
	p.path = p.path[:len(p.path)-1]
	p.depth--
}

func (p *pattern) term() {
	start := p.at
	repeats := true
	switch c := p.peek(0); {
	case c == '^' || c == '$':
		p.at++
		repeats = false
	case c == '\\' && (p.peek(1) == 'b' || p.peek(1) == 'B'):
		p.at += 2
		repeats = false
	case c == '(':
		repeats = p.group()
	case c == '.':
		p.at++
	case c == '[':
		p.class()
	case c == '\\':
		p.at++
		p.atomEscape()
	case c == '*' || c == '+' || c == '?':
		p.fail(p.at, "There is nothing to repeat.")
	case c == '{' && (p.unicode || p.quantifierEnd() > 0):
		p.fail(p.at, "There is nothing to repeat.")
	case (c == ']' || c == '}') && p.unicode:
		p.fail(p.at, "This character must be escaped in a regular expression with flag u or v.")
	default:
		p.at++
	}
	if n := p.quantifierEnd(); n > 0 {
		if !repeats {
			p.fail(p.at, "There is nothing to repeat.")
		}
		p.at = n
	} else if p.peek(0) == '{' && p.unicode {
		p.fail(p.at, "This character must be escaped in a regular expression with flag u or v.")
	}
	if p.at == start {
		p.at++
	}
}

// quantifierEnd is where the quantifier ends that is next, 0 if none is.
func (p *pattern) quantifierEnd() int {
	at := p.at
	switch p.peek(0) {
	case '*', '+', '?':
		at++
	case '{':
		least, n := p.decimal(at + 1)
		if n == at+1 {
			return 0
		}
		most := least
		if n < len(p.chars) && p.chars[n] == ',' {
			from := n + 1
			if most, n = p.decimal(from); n == from {
				most = least
			}
		}
		if n >= len(p.chars) || p.chars[n] != '}' {
			return 0
		}
		if most < least {
			p.fail(p.at, "The numbers of { } are not in order.")
		}
		at = n + 1
	default:
		return 0
	}
	if at < len(p.chars) && p.chars[at] == '?' {
		at++
	}
	return at
}

// decimal reads digits; n is where they end.
func (p *pattern) decimal(at int) (number, n int) {
	const huge = 1 << 53
	for ; at < len(p.chars) && p.chars[at] >= '0' && p.chars[at] <= '9'; at++ {
		number = min(number*10+int(p.chars[at]-'0'), huge)
	}
	return number, at
}

// group reads a group; it reports whether it can be repeated.
func (p *pattern) group() (repeats bool) {
	start := p.at
	repeats = true
	p.at++
	switch {
	case p.has("?=") || p.has("?!"):
		p.at += 2
		repeats = !p.unicode
	case p.has("?<=") || p.has("?<!"):
		p.at += 3
		repeats = false
	case p.has("?<"):
		p.at += 2
		p.groups++
		p.addName(p.groupName(start), start)
	case p.has("?"):
		p.at++
		p.modifiers()
	default:
		p.groups++
	}
	p.disjunction()
	if !p.eat(')') {
		p.fail(p.at, "Expected ) in the regular expression.")
	}
	return repeats
}

// modifiers reads what is behind (? of a group that has no number: i-ms: and the like.
func (p *pattern) modifiers() {
	seen := ""
	removes := false
	start := p.at
	for !p.eat(':') {
		c := p.peek(0)
		switch {
		case c == '-' && !removes:
			removes = true
		case (c == 'i' || c == 'm' || c == 's') && !strings.ContainsRune(seen, c):
			seen += string(c)
		default:
			p.fail(p.at, "This group of a regular expression is none.")
		}
		p.at++
	}
	if removes && seen == "" {
		p.fail(start, "This group of a regular expression is none.")
	}
}

// groupName reads the name of a group to >.
func (p *pattern) groupName(start int) string {
	var b strings.Builder
	for !p.eat('>') {
		r := p.peek(0)
		first := b.Len() == 0
		at := p.at
		p.at++
		switch {
		case r == '\\':
			p.expect('u')
			r = p.unicodeEscape(true)
		case r >= 0xD800 && r < 0xDC00 && p.peek(0) >= 0xDC00 && p.peek(0) < 0xE000:
			r = utf16.DecodeRune(r, p.peek(0))
			p.at++
		}
		if r < 0 || !IsNamePart(r) || first && !IsNameStart(r) {
			p.fail(min(at, len(p.chars)), "Expected the name of a group and >.")
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		p.fail(start, "Expected the name of a group.")
	}
	return b.String()
}

// addName adds the name of a group, which no other has that can match together with it.
func (p *pattern) addName(name string, at int) {
	const most = 1000
	if len(p.names[name]) == most {
		p.fail(at, "A name can be that of %d groups, and this is one more.", most)
	}
	for _, other := range p.names[name] {
		apart := false
		for i := range min(len(other), len(p.path)) {
			if other[i].group != p.path[i].group {
				break
			}
			if other[i].alternative != p.path[i].alternative {
				apart = true
				break
			}
		}
		if !apart {
			p.fail(at, "There is a group %s already.", name)
		}
	}
	p.names[name] = append(p.names[name], append([]branch(nil), p.path...))
}
