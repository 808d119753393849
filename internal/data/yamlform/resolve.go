package yamlform

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlparse"
)

// maxInteger is how long an integer of another base than 10 may be, in characters; a longer
// one is a string.
const maxInteger = 1000

// resolve makes a token of a scalar: what its tag says, or, where it is plain and has none, what
// its text looks like. It returns what is wrong with a text that its tag does not allow.
func resolve(e *yamlparse.Event, text []byte) (t data.Token, wrong string) {
	if e.Tag.Empty() {
		if e.Style == yamlparse.Plain {
			return implicit(text), ""
		}
		return data.Token{Kind: data.String, Text: text}, ""
	}
	name, core := strings.CutPrefix(e.Resolved, yamlparse.CoreTag)
	if !core {
		return data.Token{Kind: data.String, Text: text}, ""
	}
	t = implicit(text)
	ok := true
	switch name {
	case "null":
		ok = t.Kind == data.Null
	case "bool":
		ok = t.Kind == data.Bool
	case "int":
		ok = t.Kind == data.Number && !bytes.ContainsAny(t.Text, ".eE")
	case "float":
		ok = t.Kind == data.Number || notFinite(text)
	case "binary":
		t = data.Token{Kind: data.String, Text: bytes.Join(bytes.Fields(text), nil)}
		_, err := base64.StdEncoding.Decode(make([]byte, base64.StdEncoding.DecodedLen(len(t.Text))), t.Text)
		ok = err == nil
	case "map", "seq", "set", "omap", "pairs":
		ok = false
	default:
		t = data.Token{Kind: data.String, Text: text}
	}
	if !ok {
		return t, "The tag !!" + name + " does not fit this text."
	}
	return t, ""
}

// fits reports whether a tag may stand before a collection.
func fits(resolved string, k yamlparse.Kind) bool {
	name, core := strings.CutPrefix(resolved, yamlparse.CoreTag)
	if !core {
		return true
	}
	switch name {
	case "map", "set":
		return k == yamlparse.MappingStart
	case "seq", "omap", "pairs":
		return k == yamlparse.SequenceStart
	case "null", "bool", "int", "float", "binary", "str", "timestamp", "merge":
		return false
	}
	return true
}

// implicit makes a token of a plain scalar: the core schema of YAML 1.2, and what
// go.yaml.in/yaml/v4 reads as a number beyond it.
func implicit(text []byte) data.Token {
	s := data.Token{Kind: data.String, Text: text}
	if len(text) == 0 {
		return data.Token{Kind: data.Null}
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		if n := number(text); n != nil {
			return data.Token{Kind: data.Number, Text: n}
		}
	case len(text) > len("false"):
	case c == '~' || c == 'n' || c == 'N':
		switch string(text) {
		case "~", "null", "Null", "NULL":
			return data.Token{Kind: data.Null}
		}
	case c == 't' || c == 'T':
		switch string(text) {
		case "true", "True", "TRUE":
			return data.Token{Kind: data.Bool, Text: []byte("true")}
		}
	case c == 'f' || c == 'F':
		switch string(text) {
		case "false", "False", "FALSE":
			return data.Token{Kind: data.Bool, Text: []byte("false")}
		}
	}
	return s
}

// notFinite reports the floats that JSON does not have.
func notFinite(text []byte) bool {
	if len(text) > 4 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
		if text[1] == 'n' || text[1] == 'N' {
			return false
		}
	}
	switch string(text) {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return true
	}
	return false
}

// number writes a number of YAML as JSON writes it; nil if text is none. What
// JSON would write so stays as it is.
func number(text []byte) []byte {
	if jsonNumber(text) {
		return text
	}
	if text[0] != '.' && bytes.IndexByte(text, '_') >= 0 {
		text = bytes.ReplaceAll(text, []byte{'_'}, nil)
	}
	body := text
	negative := body[0] == '-'
	if negative || body[0] == '+' {
		body = body[1:]
	}
	if len(body) > 1 && body[0] == '0' {
		if n := based(body); n != nil {
			return signed(n, negative)
		}
	}
	if n := decimal(body); n != nil {
		return signed(n, negative)
	}
	return nil
}

func signed(n []byte, negative bool) []byte {
	if negative {
		return append([]byte{'-'}, n...)
	}
	return n
}

// jsonNumber reports whether text is a number of RFC 8259, section 6.
func jsonNumber(text []byte) bool {
	i := 0
	if i < len(text) && text[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > from
	}
	if i+1 < len(text) && text[i] == '0' && text[i+1] >= '0' && text[i+1] <= '9' || !digits() {
		return false
	}
	if i < len(text) && text[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(text)
}

// based reads an integer of base 16, 8 or 2, which begins with 0.
func based(body []byte) []byte {
	base, digits := 8, body[1:]
	switch body[1] | 0x20 {
	case 'x':
		base, digits = 16, body[2:]
	case 'o':
		digits = body[2:]
	case 'b':
		base, digits = 2, body[2:]
	}
	if len(digits) == 0 || len(digits) > maxInteger || digits[0] == '-' || digits[0] == '+' || bytes.IndexByte(digits, '_') >= 0 {
		return nil
	}
	n, ok := new(big.Int).SetString(string(digits), base)
	if !ok {
		return nil
	}
	return n.Append(nil, 10)
}

// decimal reads a number of base 10 as YAML 1.2 and Go write it: zeros before it, or no digit
// before or behind the point.
func decimal(body []byte) []byte {
	i := 0
	for i < len(body) && body[i] >= '0' && body[i] <= '9' {
		i++
	}
	whole, rest := bytes.TrimLeft(body[:i], "0"), body[i:]
	if len(whole) == 0 {
		whole = []byte{'0'}
	}
	made := append([]byte(nil), whole...)
	if len(rest) > 0 && rest[0] == '.' {
		j := 1
		for j < len(rest) && rest[j] >= '0' && rest[j] <= '9' {
			j++
		}
		if i == 0 && j == 1 {
			return nil
		}
		if made = append(made, rest[:j]...); j == 1 {
			made = append(made, '0')
		}
		rest = rest[j:]
	} else if i == 0 {
		return nil
	}
	if made = append(made, rest...); !jsonNumber(made) {
		return nil
	}
	return made
}
