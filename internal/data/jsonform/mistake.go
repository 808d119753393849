package jsonform

import (
	"strings"
	"unicode/utf8"
)

// A state is what a text stands behind: it decides what the grammar of JSON
// (RFC 8259) allows next.
type state uint8

const (
	atStart state = iota
	afterDocument
	afterBracket // an opening one
	afterElement
	afterElementComma
	afterBrace // an opening one
	afterName
	afterColon
	afterMember
	afterMemberComma
)

// grammar says what is expected in each state, and which delimiter leads from
// it to which other state.
var grammar = [...]struct {
	want      string
	delimiter byte // 0 for none
	next      state
}{
	atStart:           {want: "a value"},
	afterDocument:     {want: "nothing but white space after the value"},
	afterBracket:      {want: "a value or ]"},
	afterElement:      {want: "a comma or ] after the element", delimiter: ',', next: afterElementComma},
	afterElementComma: {want: "a value after the comma"},
	afterBrace:        {want: "a name in double quotes or }"},
	afterName:         {want: "a colon after the name", delimiter: ':', next: afterColon},
	afterColon:        {want: "a value after the colon"},
	afterMember:       {want: "a comma or } after the member", delimiter: ',', next: afterMemberComma},
	afterMemberComma:  {want: "a name in double quotes after the comma"},
}

// A mistake is the first character that cannot continue a valid document, or
// the end of a text that is not complete, and what was expected there.
type mistake struct {
	offset int
	want   string
}

// findMistake returns the mistake in text, which is what follows state s in a
// document that is valid so far. It looks at one token only: the tokenizer has
// refused that one, but tells less well where and why. Should the token seem
// right nevertheless, its start is the mistake.
func findMistake(text []byte, s state) mistake {
	i := skipSpace(text, 0)
	if d := grammar[s].delimiter; d != 0 && i < len(text) && text[i] == d {
		i, s = skipSpace(text, i+1), grammar[s].next
	}
	if i < len(text) {
		if m := inToken(text[i:], s); m.want != "" {
			return mistake{i + m.offset, m.want}
		}
	}
	return mistake{i, grammar[s].want}
}

// skipSpace returns the offset of the first byte from i on that is not white
// space.
func skipSpace(text []byte, i int) int {
	for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) >= 0 {
		i++
	}
	return i
}

// inToken returns the mistake in the token that text begins with, or none: the
// token is right, or no token that s allows begins like that.
func inToken(text []byte, s state) mistake {
	switch s {
	case afterDocument, afterElement, afterName, afterMember:
		return mistake{} // only delimiters, which are complete in themselves
	case afterBrace, afterMemberComma:
		if text[0] != '"' {
			return mistake{}
		}
	default: // any value
	}
	switch c := text[0]; {
	case c == '"':
		return inString(text)
	case c == 't':
		return inWord(text, "true")
	case c == 'f':
		return inWord(text, "false")
	case c == 'n':
		return inWord(text, "null")
	case c == '-' || isDigit(c):
		return inNumber(text)
	}
	return mistake{}
}

func inWord(text []byte, word string) mistake {
	for i := range len(word) {
		if i == len(text) || text[i] != word[i] {
			return mistake{i, "the word " + word}
		}
	}
	return mistake{}
}

// inNumber looks at -?digits(.digits)?([eE][+-]?digits)?, where any part before
// digits calls for a digit.
func inNumber(text []byte) mistake {
	i := 0
	skip := func(chars string) bool {
		if i < len(text) && strings.IndexByte(chars, text[i]) >= 0 {
			i++
			return true
		}
		return false
	}
	for _, begin := range []string{"-", ".", "eE"} {
		begins := skip(begin)
		if begin == "eE" && begins {
			skip("+-")
		}
		if begins && (i == len(text) || !isDigit(text[i])) {
			return mistake{i, "a digit"}
		}
		for i < len(text) && isDigit(text[i]) {
			i++
		}
	}
	return mistake{}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func inString(text []byte) mistake {
	for i := 1; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			return mistake{}
		case c < ' ':
			return mistake{i, "a control character in a string to be escaped"}
		case c == '\\':
			n, m := escape(text[i:])
			if m.want != "" {
				return mistake{i + m.offset, m.want}
			}
			i += n
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				return mistake{i, "valid UTF-8"}
			}
			i += n
		}
	}
	return mistake{len(text), "a closing quote"}
}

// The characters of escapes, one string for each character.
var (
	hex           = "0123456789abcdefABCDEF"
	shortEscape   = []string{`\`, `"\/bfnrt`}
	unicodeEscape = []string{`\`, "u", hex, hex, hex, hex}
	surrogate     = []string{`\`, "u", "dD", "89abcdefABCDEF", hex, hex}
	highSurrogate = []string{`\`, "u", "dD", "89abAB", hex, hex}
	lowSurrogate  = []string{`\`, "u", "dD", "cdefCDEF", hex, hex}
)

// escape returns the length of the escape sequence that text begins with, of
// both halves for a surrogate pair, or its mistake. Half a pair is a mistake at
// its first character.
func escape(text []byte) (n int, m mistake) {
	if matching(text, shortEscape) == 2 {
		return 2, mistake{}
	}
	switch n = matching(text, unicodeEscape); {
	case n == 1:
		return 0, mistake{1, `one of " \ / b f n r t u after the backslash`}
	case n < 6:
		return 0, mistake{n, `four hexadecimal digits after \u`}
	case matching(text, surrogate) < 6:
		return 6, mistake{}
	}
	const pair = `both halves of a surrogate pair, \uD800 to \uDBFF and then \uDC00 to \uDFFF`
	low := matching(text[6:], lowSurrogate)
	switch {
	case matching(text, highSurrogate) < 6:
		return 0, mistake{0, pair}
	case low == 6:
		return 12, mistake{}
	case 6+low == len(text):
		return 0, mistake{len(text), pair}
	default:
		return 0, mistake{0, pair}
	}
}

// matching counts the bytes at the beginning of text of which each is in its
// set.
func matching(text []byte, sets []string) int {
	for i, chars := range sets {
		if i == len(text) || strings.IndexByte(chars, text[i]) < 0 {
			return i
		}
	}
	return len(sets)
}
