package xmlform

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// Names that XML cannot have are written with the characters that it cannot have as _xHHHH_ or
// _xHHHHHHHH_, their hexadecimal numbers, as XmlConvert.EncodeName of .NET and Json.NET write them. An underscore
// that would be read as the beginning of such a thing is written so too. The empty name is _x_.

// appendName appends a name without colons, or with the one at colon where that is not -1.
func appendName(to, name []byte, colon int) []byte {
	if len(name) == 0 || string(name) == "_x_" {
		if len(name) == 0 {
			return append(to, "_x_"...)
		}
		return append(to, "_x005F_x_"...)
	}
	first := true
	for i := 0; i < len(name); {
		c := name[i]
		if c < utf8.RuneSelf && inName(rune(c), first) && (c != '_' || !escapes(name[i:])) {
			to = append(to, c)
			i++
			first = false
			continue
		}
		r, n := utf8.DecodeRune(name[i:])
		switch {
		case i == colon:
			to = append(to, ':')
			i++
			first = true
			continue
		case c != '_' && inName(r, first) && (r != utf8.RuneError || n > 1):
			to = append(to, name[i:i+n]...)
		case r <= 0xFFFF:
			to = fmt.Appendf(to, "_x%04X_", r)
		default:
			to = fmt.Appendf(to, "_x%08X_", r)
		}
		i += n
		first = false
	}
	return to
}

// inName reports whether r may be in a name, or be the first in it.
func inName(r rune, first bool) bool {
	if first {
		return scan.StartsName(r)
	}
	return scan.InName(r)
}

// LegalName reports whether s can be the name of an element that needs no namespace.
func LegalName(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError || !inName(r, i == 0) {
			return false
		}
	}
	return s != ""
}

// escapes reports whether a name goes on like an escape.
func escapes(name []byte) bool {
	if len(name) < 6 || name[1] != 'x' {
		return false
	}
	_, err := strconv.ParseUint(string(name[2:6]), 16, 32)
	return err == nil
}

// appendNameMeaning appends the name that appendName wrote.
func appendNameMeaning(to, name []byte) []byte {
	if string(name) == "_x_" {
		return to
	}
	for {
		i := bytes.Index(name, []byte("_x"))
		if i < 0 {
			return append(to, name...)
		}
		to = append(to, name[:i]...)
		r, n := escaped(name[i:])
		if n == 0 {
			r, n = '_', 1
		}
		to = utf8.AppendRune(to, r)
		name = name[i+n:]
	}
}

// escaped reads an escape at the beginning of a name: the character and the length of what means it, 0 if
// there is none.
func escaped(name []byte) (rune, int) {
	for _, digits := range [...]int{4, 8} {
		end := 2 + digits
		if len(name) <= end || name[end] != '_' {
			continue
		}
		n, err := strconv.ParseUint(string(name[2:end]), 16, 32)
		if err == nil && n <= utf8.MaxRune && utf8.ValidRune(rune(n)) {
			return rune(n), end + 1
		}
	}
	return 0, 0
}

// What a text must be written as, in elements and in attributes.
var escapesOf = func() (t [2][256]string) {
	for i := range t {
		t[i]['&'], t[i]['<'], t[i]['>'], t[i]['\r'] = "&amp;", "&lt;", "&gt;", "&#xD;"
	}
	t[1]['"'], t[1]['\t'], t[1]['\n'] = "&quot;", "&#x9;", "&#xA;"
	return t
}()

// appendText appends text for an element. White space at its ends is written as references: white space there
// that is none is layout, and readers drop it.
func appendText(to, text []byte, name []byte) ([]byte, error) {
	inner := bytes.Trim(text, " \t\n")
	if len(inner) == len(text) {
		return appendEscaped(to, text, 0, name)
	}
	if len(inner) == 0 {
		return appendReferences(to, text), nil
	}
	before := bytes.IndexByte(text, inner[0])
	to = appendReferences(to, text[:before])
	to, err := appendEscaped(to, inner, 0, name)
	return appendReferences(to, text[before+len(inner):]), err
}

// appendReferences appends characters of ASCII as references.
func appendReferences(to, text []byte) []byte {
	for _, c := range text {
		to = fmt.Appendf(to, "&#x%X;", c)
	}
	return to
}

// appendEscaped appends text for an element (0) or an attribute (1). It fails if XML cannot hold it; name is
// whose it is.
func appendEscaped(to, text []byte, where int, name []byte) ([]byte, error) {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if e := escapesOf[where][c]; e != "" {
			to = append(append(to, text[from:i]...), e...)
			i++
			from = i
			continue
		}
		if c >= ' ' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if !scan.IsChar(r) || r == utf8.RuneError && n == 1 {
			return to, cannotHold(text[i:i+n], r, name)
		}
		i += n
	}
	return append(to, text[from:]...), nil
}

// cannotHold is the fault of a text with a character that XML does not have.
func cannotHold(character []byte, r rune, name []byte) error {
	if r == utf8.RuneError {
		return data.InvalidBinary(format, "XML cannot hold the byte 0x%X, which is no character, in the value of %.40q.", character, name)
	}
	return data.InvalidBinary(format, "XML cannot hold the character U+%04X, which is in the value of %.40q.", r, name)
}
