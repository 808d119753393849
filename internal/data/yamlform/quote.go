package yamlform

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"claimcheck/internal/data/yamlparse"
)

// plainText reports whether a text may be written as it is, so that YAML 1.1 and 1.2 read
// it as this text: PyYAML, js-yaml and go.yaml.in/yaml/v4 among others.
func plainText(s []byte) bool {
	if len(s) == 0 || firstQuoted[s[0]] || s[len(s)-1] == ' ' || s[len(s)-1] == ':' || word(s) || likeNumber(s) {
		return false
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < ' ' || c == 0x7F:
			return false
		case c == ':' && s[i+1] == ' ', c == '#' && i > 0 && s[i-1] == ' ':
			return false
		case c < utf8.RuneSelf:
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if escaped(r) {
			return false
		}
		i += n
	}
	return true
}

// firstQuoted are the characters with which no plain text begins.
var firstQuoted = func() (quoted [256]bool) {
	for _, c := range []byte(" -?:,[]{}#&*!|>'\"%@`") {
		quoted[c] = true
	}
	return quoted
}()

// escaped reports the characters beyond ASCII that are written as escapes.
func escaped(r rune) bool {
	return r == utf8.RuneError || r == 0xFEFF || yamlparse.LineBreakOfSome(r) || !yamlparse.Printable(r)
}

// word reports the texts that some readers take for another value.
func word(s []byte) bool {
	if len(s) > len("false") {
		return false
	}
	switch string(bytes.ToLower(s)) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "=", "<<":
		return true
	}
	return false
}

// likeNumber reports what could be a number, date or time to some reader.
func likeNumber(s []byte) bool {
	switch c := s[0]; {
	case c == '.':
		return len(s) == 1 || s[1] >= '0' && s[1] <= '9' || s[1] == '.' || s[1]|0x20 == 'i' || s[1]|0x20 == 'n' || s[1] == '_'
	case c == '+' && len(s) > 1 && s[1] == '.':
		return true
	case c != '+' && (c < '0' || c > '9'):
		return false
	}
	for _, c := range s {
		if !numberCharacter[c] {
			return false
		}
	}
	return true
}

var numberCharacter = func() (in [256]bool) {
	for _, c := range []byte("0123456789abcdefABCDEFxXoO_.:,+- tTzZ") {
		in[c] = true
	}
	return in
}()

// literalText reports whether a text of several lines may be written as lines. It is
// not where a reader or an editor could change one of them.
func literalText(s []byte) bool {
	if s[0] == ' ' || s[0] == '\n' || bytes.HasSuffix(s, []byte("\n\n")) || bytes.Contains(s, []byte(" \n")) || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\n' || c == 0x7F {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if escaped(r) {
			return false
		}
		i += n
	}
	return true
}

// appendQuoted appends a text in double quotes.
func appendQuoted(to, s []byte) []byte {
	to = append(to, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7F && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r >= utf8.RuneSelf && !escaped(r) {
			i += n
			continue
		}
		to = append(to, s[from:i]...)
		to = appendEscape(to, r)
		i += n
		from = i
	}
	return append(append(to, s[from:]...), '"')
}

// appendEscape appends a character as an escape, never two \u for one.
func appendEscape(to []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(to, '\\', byte(r))
	case '\n':
		return append(to, `\n`...)
	case '\t':
		return append(to, `\t`...)
	case '\r':
		return append(to, `\r`...)
	case 0x85:
		return append(to, `\N`...)
	case 0x2028:
		return append(to, `\L`...)
	case 0x2029:
		return append(to, `\P`...)
	}
	switch {
	case r < 0x100:
		return fmt.Appendf(to, `\x%02X`, r)
	case r < 0x10000:
		return fmt.Appendf(to, `\u%04X`, r)
	default:
		return fmt.Appendf(to, `\U%08X`, r)
	}
}
