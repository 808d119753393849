package htmlform

import (
	"html"
	"io"
	"strconv"
	"unicode/utf8"

	"claimcheck/internal/data/text"
)

// Encode writes text so that HTML shows it as it is, in elements and in values of
// attributes: & < > " ' become &amp; &lt; &gt; &quot; &#39;, all else stays. It streams.
func Encode(in io.Reader, out io.Writer) error {
	return text.Convert(in, out, "HTML", func(to, block []byte, _ bool) ([]byte, error) {
		for _, c := range block {
			if name := references[c]; name != "" {
				to = append(to, name...)
			} else {
				to = append(to, c)
			}
		}
		return to, nil
	})
}

var references = [256]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;", '\'': "&#39;"}

// Decode writes text with its character references replaced by what they stand for, as HTML does
// in elements: all names of HTML, those too that need no semicolon, decimal and hexadecimal
// numbers, of which 128 to 159 are those of Windows-1252, and what is no character is U+FFFD.
// What is no reference stays. It streams.
func Decode(in io.Reader, out io.Writer) error {
	d := &decoder{}
	return text.Convert(in, out, "HTML", func(to, block []byte, last bool) ([]byte, error) {
		if to = d.feed(to, block); last {
			to = d.end(to)
		}
		return to, nil
	})
}

// A decoder replaces references that may be cut anywhere.
type decoder struct {
	state place
	name  [longestName]byte // what was read of a reference, with its &
	n     int               // bytes of name
	value rune              // of a number; once it is more than a character can be it stays so
}

// longestName is longer than all names of HTML. What is as long is none, but may
// begin with one that needs no semicolon.
const longestName = 34

// A place is where in a reference a decoder is.
type place uint8

const (
	outsideReference place = iota
	behindAmpersand
	inName
	behindHash // &#
	behindX    // &#x
	inDecimal
	inHex
)

func (d *decoder) feed(to, from []byte) []byte {
	for i := 0; i < len(from); {
		if d.state == outsideReference {
			n := i
			for n < len(from) && from[n] != '&' {
				n++
			}
			to = append(to, from[i:n]...)
			if i = n; i < len(from) {
				d.state, d.n, d.value = behindAmpersand, 0, 0
				d.keep('&')
				i++
			}
			continue
		}
		if d.goesOn(from[i]) {
			i++
			continue
		}
		ended := from[i] == ';'
		if to = d.resolve(to, ended); ended {
			i++
		}
	}
	return to
}

func (d *decoder) keep(c byte) {
	d.name[d.n] = c
	d.n++
}

// goesOn takes a byte, if the reference goes on with it.
func (d *decoder) goesOn(c byte) bool {
	switch d.state {
	case behindAmpersand:
		if c == '#' {
			d.state = behindHash
			d.keep(c)
			return true
		}
		d.state = inName
		return d.goesOn(c)
	case inName:
		if !alphanumeric(c) || d.n == longestName {
			return false
		}
		d.keep(c)
		return true
	case behindHash:
		if c|0x20 == 'x' {
			d.state = behindX
			d.keep(c)
			return true
		}
		return d.digit(c, inDecimal, 10)
	case inDecimal:
		return d.digit(c, inDecimal, 10)
	default:
		return d.digit(c, inHex, 16)
	}
}

// digit takes a digit of a number.
func (d *decoder) digit(c byte, state place, base rune) bool {
	v := rune(c - '0')
	if base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f' {
		v = rune(c|0x20-'a') + 10
	} else if c < '0' || c > '9' {
		return false
	}
	d.state, d.value = state, min(d.value*base+v, utf8.MaxRune+1)
	return true
}

func alphanumeric(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// resolve appends what the reference stands for that has ended, with a semicolon or not; it is
// what was read where it is none.
func (d *decoder) resolve(to []byte, semicolon bool) []byte {
	number, empty := d.state == inDecimal || d.state == inHex, d.state == behindHash || d.state == behindX
	d.state = outsideReference
	read := string(d.name[:d.n])
	switch {
	case empty && semicolon:
		return append(append(to, read...), ';')
	case empty:
		return append(to, read...)
	case number && d.value > utf8.MaxRune:
		return utf8.AppendRune(to, utf8.RuneError)
	case number:
		return append(to, html.UnescapeString("&#"+strconv.Itoa(int(d.value))+";")...)
	case semicolon:
		return append(to, html.UnescapeString(read+";")...)
	}
	return append(to, html.UnescapeString(read)...)
}

func (d *decoder) end(to []byte) []byte {
	if d.state == outsideReference {
		return to
	}
	return d.resolve(to, false)
}
