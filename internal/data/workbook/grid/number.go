package grid

import (
	"bytes"
	"math"
	"strconv"

	"claimcheck/internal/data"
)

// appendDouble appends the shortest number that reads as a double, as ECMAScript prints it:
// with an exponent below 0.000001 and from 1e21 on.
func appendDouble(b []byte, f float64) []byte {
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		from := len(b)
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); n >= from+4 && b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') { // e-07
			b = append(b[:n-2], b[n-1])
		}
		return b
	}
	if f == 0 {
		return append(b, '0')
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// Double is the value of a cell that holds a double: a number, or an error's text where it is none. The
// text is appended to b, which is returned.
func Double(b []byte, f float64) (value data.Token, room []byte) {
	from := len(b)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		b = append(b, "#NUM!"...)
		return data.Token{Kind: data.String, Text: b[from:]}, b
	}
	b = appendDouble(b, f)
	return data.Token{Kind: data.Number, Text: b[from:]}, b
}

// digitsOfDouble are what a program prints that wants to lose nothing of a double.
const digitsOfDouble = 17

// Number is the value of a cell that holds a number as text: what stands there, as JSON writes
// it. Excel writes 1.1 as 1.1000000000000001: the 17 digits of a double, which a
// fraction has as soon as it needs more than 15, become the shortest that read the same. Text that is no
// number stays text. The token is of text or of room, which has what was appended to b.
func Number(b, text []byte) (value data.Token, room []byte) {
	digits, ok := shape(text)
	if !ok {
		return number(b, text)
	}
	if digits == digitsOfDouble && bytes.ContainsAny(text, ".eE") {
		if f, err := strconv.ParseFloat(string(text), 64); err == nil && samePrint(f, text) {
			from := len(b)
			b = appendDouble(b, f)
			return data.Token{Kind: data.Number, Text: b[from:]}, b
		}
	}
	return data.Token{Kind: data.Number, Text: text}, b
}

// shape counts the significant digits of a number of JSON; ok is false if it is none.
func shape(text []byte) (digits int, ok bool) {
	rest := bytes.TrimPrefix(text, []byte{'-'})
	whole := leading(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return 0, false
	}
	number := rest[:whole]
	digits = len(bytes.TrimLeft(number, "0"))
	rest = rest[whole:]
	if len(rest) > 0 && rest[0] == '.' {
		n := leading(rest[1:])
		if n == 0 {
			return 0, false
		}
		fraction := rest[1 : 1+n]
		if digits == 0 {
			fraction = bytes.TrimLeft(fraction, "0")
		}
		digits += len(fraction)
		rest = rest[1+n:]
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		n := leading(rest)
		if n == 0 {
			return 0, false
		}
		rest = rest[n:]
	}
	return digits, len(rest) == 0
}

// leading counts the digits that text begins with.
func leading(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}

// samePrint reports whether text has the 17 digits of a double.
func samePrint(f float64, text []byte) bool {
	printed := strconv.AppendFloat(nil, f, 'e', digitsOfDouble-1, 64)
	return bytes.Equal(onlyDigits(printed), onlyDigits(text))
}

// onlyDigits are the significant digits before an exponent.
func onlyDigits(text []byte) []byte {
	var digits []byte
	for _, c := range text {
		switch {
		case c == 'e' || c == 'E':
			return digits
		case c >= '1' && c <= '9' || c == '0' && len(digits) > 0:
			digits = append(digits, c)
		}
	}
	return digits
}

// number reads numbers as XML Schema has them and JSON has not: +1, .5, 1., 007.
func number(b, text []byte) (value data.Token, room []byte) {
	rest := text
	from := len(b)
	if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
		if rest[0] == '-' {
			b = append(b, '-')
		}
		rest = rest[1:]
	}
	n := leading(rest)
	whole := bytes.TrimLeft(rest[:n], "0")
	if len(whole) == 0 {
		whole = []byte{'0'}
	}
	b = append(b, whole...)
	fraction := 0
	if rest = rest[n:]; len(rest) > 0 && rest[0] == '.' {
		if fraction = leading(rest[1:]); fraction == 0 {
			rest = rest[1:]
		}
	}
	b = append(b, rest...)
	if _, ok := shape(b[from:]); !ok || n+fraction == 0 {
		return data.Token{Kind: data.String, Text: text}, b[:from]
	}
	return data.Token{Kind: data.Number, Text: b[from:]}, b
}
