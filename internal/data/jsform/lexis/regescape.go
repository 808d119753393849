package lexis

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// atomEscape reads what is behind a backslash that is in no class.
func (p *pattern) atomEscape() {
	c := p.peek(0)
	switch {
	case c >= '1' && c <= '9':
		start := p.at
		number, n := p.decimal(p.at)
		if p.unicode || number <= p.allGroups() {
			if number > p.greatest {
				p.greatest, p.greatestAt = number, start-1
			}
			p.at = n
			return
		}
		p.characterEscape(false)
	case c == 'k' && p.named:
		start := p.at
		p.at++
		if !p.eat('<') {
			p.fail(p.at, "Expected < and the name of a group.")
		}
		name := p.groupName(start)
		if _, ok := p.references[name]; !ok {
			p.references[name] = start - 1
		}
	default:
		p.characterEscape(false)
	}
}

// allGroups counts the groups of the whole pattern, which matters only where a reference may be
// an old octal escape.
func (p *pattern) allGroups() int {
	if p.counted >= 0 {
		return p.counted
	}
	p.counted = 0
	for rest := range p.opened() {
		if !strings.HasPrefix(rest, "(?") || isNamed(rest) {
			p.counted++
		}
	}
	return p.counted
}

// characterEscape reads an escape. It returns the character, or -1 for what stands for many.
func (p *pattern) characterEscape(inClass bool) rune {
	start := p.at
	c := p.peek(0)
	p.at++
	switch {
	case c < 0:
		p.fail(start, "Expected a character behind the backslash.")
	case strings.ContainsRune("dDsSwW", c):
		return -1
	case (c == 'p' || c == 'P') && p.unicode:
		p.property()
		return -1
	case inClass && c == 'b':
		return '\b'
	case strings.ContainsRune("fnrtv", c):
		return map[rune]rune{'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[c]
	case c == 'c':
		return p.controlEscape(inClass)
	case c >= '0' && c <= '7' && !p.unicode:
		return p.octalEscape(c)
	case c == '0' && (p.peek(0) < '0' || p.peek(0) > '9'):
		return 0
	case c == 'x':
		if a, b := hexRune(p.peek(0)), hexRune(p.peek(1)); a >= 0 && b >= 0 {
			p.at += 2
			return a<<4 | b
		}
	case c == 'u':
		if r := p.unicodeEscape(p.unicode); r >= 0 {
			return r
		}
	}
	switch {
	case !p.unicode && (c != 'k' || !p.named):
		return c
	case strings.ContainsRune(`^$\.*+?()[]{}|/`, c), inClass && c == '-':
		return c
	}
	p.fail(start-1, "This is no escape of regular expressions.")
	return -1
}

// controlEscape reads what is behind \c.
func (p *pattern) controlEscape(inClass bool) rune {
	c := p.peek(0)
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z', inClass && !p.unicode && (c >= '0' && c <= '9' || c == '_'):
		p.at++
		return c % 32
	case p.unicode:
		p.fail(p.at, "Expected a letter behind \\c.")
	}
	p.at-- // the backslash stands for itself
	return '\\'
}

// octalEscape reads the rest of \101, an old escape.
func (p *pattern) octalEscape(c rune) rune {
	r := c - '0'
	for n := 1; n < 3 && p.peek(0) >= '0' && p.peek(0) <= '7' && r*8+p.peek(0)-'0' <= 0xFF; n++ {
		r = r*8 + p.peek(0) - '0'
		p.at++
	}
	return r
}

func hexRune(r rune) rune {
	if r < 0 || r >= utf8.RuneSelf {
		return -1
	}
	return rune(hexDigit(byte(r))) //nolint:gosec // a digit
}

// unicodeEscape reads what is behind \u: four digits, two halves of a character, or more digits
// in braces. Where it is not that it returns -1, or fails in a pattern that must be right.
func (p *pattern) unicodeEscape(must bool) rune {
	start := p.at
	if must && p.eat('{') {
		r, digits := rune(0), 0
		for ; hexRune(p.peek(0)) >= 0; digits++ {
			if r = r<<4 | hexRune(p.peek(0)); r > utf8.MaxRune {
				p.fail(start, "This is no character of Unicode.")
			}
			p.at++
		}
		if digits > 0 && p.eat('}') {
			return r
		}
		p.fail(start, "Expected digits and } behind \\u{.")
	}
	r := p.fourDigits()
	if r < 0 {
		if must {
			p.fail(start, "Expected four digits behind \\u.")
		}
		return -1
	}
	if must && r >= 0xD800 && r < 0xDC00 && p.has(`\u`) {
		back := p.at
		p.at += 2
		if low := p.fourDigits(); low >= 0xDC00 && low < 0xE000 {
			return utf16.DecodeRune(r, low)
		}
		p.at = back
	}
	return r
}

func (p *pattern) fourDigits() rune {
	r := rune(0)
	for n := range 4 {
		d := hexRune(p.peek(n))
		if d < 0 {
			return -1
		}
		r = r<<4 | d
	}
	p.at += 4
	return r
}

// property reads {Name} or {Name=Value}.
func (p *pattern) property() {
	start := p.at
	p.expect('{')
	part := func() {
		first := p.at
		for c := p.peek(0); c >= 0 && c < utf8.RuneSelf && c != '$' && IsNameByte[c]; c = p.peek(0) {
			p.at++
		}
		if p.at == first {
			p.fail(start, "Expected the name of a property of Unicode.")
		}
	}
	if part(); p.eat('=') {
		part()
	}
	p.expect('}')
}

// class reads […].
func (p *pattern) class() {
	p.at++
	p.eat('^')
	if p.sets {
		p.setClass()
		return
	}
	for !p.eat(']') {
		if p.at >= len(p.chars) {
			p.fail(p.at, "Expected ] in the regular expression.")
		}
		start := p.at
		from := p.classAtom()
		if p.peek(0) != '-' || p.peek(1) == ']' || p.peek(1) < 0 {
			continue
		}
		p.at++
		to := p.classAtom()
		switch {
		case (from < 0 || to < 0) && p.unicode:
			p.fail(start, "A range of characters has one character at each end.")
		case from > to && to >= 0:
			p.fail(start, "The ends of this range are not in order.")
		}
	}
}

func (p *pattern) classAtom() rune {
	if p.eat('\\') {
		return p.characterEscape(true)
	}
	p.at++
	return p.chars[p.at-1]
}

// setClass reads the rest of a class of a pattern with flag v.
func (p *pattern) setClass() {
	const most = 500
	if p.depth++; p.depth > most {
		p.fail(p.at, "Classes of a regular expression may be %d deep, and this is deeper.", most)
	}
	operator := ""
	for first := true; !p.eat(']'); first = false {
		if p.at >= len(p.chars) {
			p.fail(p.at, "Expected ] in the regular expression.")
		}
		if p.has("&&") || p.has("--") {
			found := string(p.chars[p.at : p.at+2])
			if first || operator != "" && operator != found {
				p.fail(p.at, "An operator of sets must be between two of them, and only one kind in a class.")
			}
			operator = found
			if p.at += 2; p.peek(0) == '&' {
				p.fail(p.at, "Expected a set behind the operator.")
			}
		} else if operator != "" && !first {
			p.fail(p.at, "Expected the operator of sets that is before.")
		}
		start := p.at
		from := p.setOperand()
		if p.peek(0) == '-' && p.peek(1) != '-' {
			p.at++
			to := p.setOperand()
			if operator != "" || from < 0 || to < 0 || from > to {
				p.fail(start, "A range of characters has one character at each end, in order.")
			}
			if p.has("&&") || p.has("--") {
				p.fail(p.at, "A range cannot be between operators of sets.")
			}
			operator = ""
			continue
		}
		if operator == "" && !first && (p.has("&&") || p.has("--")) {
			p.fail(p.at, "An operator of sets cannot be behind a union.")
		}
	}
	p.depth--
}

// setOperand reads a character, a class or \q{…}; it returns -1 for all but a character.
func (p *pattern) setOperand() rune {
	start := p.at
	c := p.peek(0)
	switch {
	case c < 0:
		p.fail(p.at, "Expected ] in the regular expression.")
	case c == '[':
		p.class()
		return -1
	case c == '\\' && p.peek(1) == 'q':
		p.at += 2
		p.expect('{')
		for !p.eat('}') {
			if !p.eat('|') {
				p.setCharacter(start)
			}
		}
		return -1
	}
	return p.setCharacter(start)
}

// setCharacter reads a character of a class of a pattern with flag v.
func (p *pattern) setCharacter(start int) rune {
	c := p.peek(0)
	p.at++
	switch {
	case c < 0:
		p.fail(start, "Expected the end of the class.")
	case c == '\\':
		if strings.ContainsRune("&-!#%,:;<=>@`~", p.peek(0)) && p.peek(0) >= 0 {
			p.at++
			return p.chars[p.at-1]
		}
		return p.characterEscape(true)
	case strings.ContainsRune("()[]{}/-|", c):
		p.fail(p.at-1, "This character must be escaped in a class with flag v.")
	case c == p.peek(0) && strings.ContainsRune("&!#$%*+,.:;<=>?@^`~", c):
		p.fail(p.at-1, "These two characters must be escaped in a class with flag v.")
	}
	return c
}
