package schema

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// A decimal is the value of a number's text, exactly: 0.digits times ten to the
// power of exp. Zero has no digits, and no sign.
type decimal struct {
	negative bool
	digits   string // without zeros at its ends
	exp      int
}

// longestExponent is how many digits an exponent may have. A number beyond has a
// billion digits, and equals only what is written like it.
const longestExponent = 9

// parseDecimal reads a number of JSON; ok is false if its exponent is too long.
func parseDecimal(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	exponent := 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		e := strings.TrimPrefix(s[at+1:], "+")
		s = s[:at]
		sign := ""
		if e[0] == '-' {
			sign, e = "-", e[1:]
		}
		e = strings.TrimLeft(e, "0")
		if len(e) > longestExponent {
			return decimal{}, strings.Trim(s, "0.") == ""
		}
		exponent, _ = strconv.Atoi(sign + "0" + e) // digits alone
	}
	whole, fraction, _ := strings.Cut(s, ".")
	d.digits, d.exp = whole, len(whole)+exponent
	if fraction != "" {
		d.digits += fraction
	}
	trimmed := strings.TrimLeft(d.digits, "0")
	d.exp -= len(d.digits) - len(trimmed)
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

// whole reports whether the number has no fraction.
func (d decimal) whole() bool { return d.exp >= len(d.digits) }

// compare returns -1, 0 or 1.
func (d decimal) compare(e decimal) int {
	switch {
	case d.sign() != e.sign():
		return cmp.Compare(d.sign(), e.sign())
	case d.exp != e.exp:
		return d.sign() * cmp.Compare(d.exp, e.exp)
	default: // both begin with the digit that counts most
		return d.sign() * strings.Compare(d.digits, e.digits)
	}
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	default:
		return 1
	}
}

// String is the same text for the same value.
func (d decimal) String() string {
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + "0." + d.digits + "e" + strconv.Itoa(d.exp)
}

// Limits of numbers that are divided, and of all numbers of a schema.
const (
	maxDigits   = 1000
	maxExponent = 1000
)

// divisible reports whether the number is small enough to be divided.
func (d decimal) divisible() bool {
	return len(d.digits) <= maxDigits && -maxExponent <= d.exp && d.exp <= maxExponent
}

// multipleOf reports whether the number, a divisible one, is a multiple of m.
func (d decimal) multipleOf(m *big.Rat) bool {
	r, ok := new(big.Rat).SetString(d.String())
	return ok && r.Quo(r, m).IsInt()
}

// decimalOf is the value of a number of a schema, which has an end in decimal
// digits because it was written in them.
func decimalOf(r *big.Rat) *decimal {
	if r == nil {
		return nil
	}
	digits, _ := r.FloatPrec()
	d, _ := parseDecimal(r.FloatString(digits))
	return &d
}

// plain is how people write the number.
func (d *decimal) plain() string {
	if d.exp < -6 || d.exp > 21 {
		return d.String()
	}
	digits := d.digits
	sign := ""
	if d.negative {
		sign = "-"
	}
	switch {
	case digits == "":
		return "0"
	case d.exp <= 0:
		return sign + "0." + strings.Repeat("0", -d.exp) + digits
	case d.exp >= len(digits):
		return sign + digits + strings.Repeat("0", d.exp-len(digits))
	default:
		return sign + digits[:d.exp] + "." + digits[d.exp:]
	}
}
