package text

import (
	"bytes"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"

	"claimcheck/internal/data"
)

// begin finds out how the text is encoded by its first bytes.
func (r *reader) begin() error {
	r.fill(4)
	marked := true
	switch {
	case bytes.HasPrefix(r.raw, []byte{0xEF, 0xBB, 0xBF}):
		r.raw, r.guess = r.raw[3:], false
	case bytes.HasPrefix(r.raw, []byte{0xFF, 0xFE, 0, 0}):
		r.raw, r.decode = r.raw[4:], utf32LE
	case bytes.HasPrefix(r.raw, []byte{0, 0, 0xFE, 0xFF}):
		r.raw, r.decode = r.raw[4:], utf32BE
	case bytes.HasPrefix(r.raw, []byte{0xFF, 0xFE}):
		r.raw, r.decode = r.raw[2:], utf16LE
	case bytes.HasPrefix(r.raw, []byte{0xFE, 0xFF}):
		r.raw, r.decode = r.raw[2:], utf16BE
	default:
		r.decode = byNULs(r.raw)
		marked = r.decode != nil
	}
	if marked || r.declared == nil {
		return nil
	}
	r.fill(headBytes)
	name := strings.TrimSpace(r.declared(r.raw))
	if name == "" {
		return nil
	}
	r.guess = false
	d, ok := named(name)
	if !ok {
		return data.BadEncoding(r.format, data.Start, "Expected text in the encoding %.40q, which is declared, but that is unknown here or not the one that the text has.", name)
	}
	r.decode = d
	return nil
}

// byNULs knows UTF-16 and UTF-32 by the NULs that are halves and quarters of the first two
// characters, or of the only one, where they are ASCII.
func byNULs(head []byte) decoder {
	nul := func(i int) bool { return i < len(head) && head[i] == 0 }
	some := func(i int) bool { return i >= len(head) || head[i] != 0 }
	switch {
	case len(head) < 2 || len(head) == 3:
		return nil
	case len(head) == 2 && nul(0) && some(1):
		return utf16BE
	case len(head) == 2 && some(0) && nul(1):
		return utf16LE
	case nul(0) && nul(1) && nul(2) && some(3):
		return utf32BE
	case some(0) && nul(1) && nul(2) && nul(3):
		return utf32LE
	case nul(0) && some(1) && nul(2) && some(3):
		return utf16BE
	case some(0) && nul(1) && some(2) && nul(3):
		return utf16LE
	default:
		return nil
	}
}

// named is the decoder of an encoding; nil is that of UTF-8. UTF-16 and UTF-32 are none here:
// text in them would have been known by its NULs. US-ASCII is read as UTF-8, which it is.
func named(name string) (d decoder, ok bool) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return nil, true
	case "cp1252":
		name = "windows-1252"
	}
	e, err := ianaindex.IANA.Encoding(name)
	if err != nil || e == nil || strings.HasPrefix(strings.ToLower(name), "utf") {
		return nil, false
	}
	if c, ok := e.(*charmap.Charmap); ok {
		return oneByte(c, notDeclared), true
	}
	return multiByte(e.NewDecoder()), true
}

// multiByte is the decoder of another encoding.
func multiByte(e *encoding.Decoder) decoder {
	return func(dst, src []byte) (made, used int, reason string) {
		made, used, _ = e.Transform(dst, src, false) // short of input or of room, which is known from the numbers
		if i := bytes.Index(dst[:made], []byte("\uFFFD")); i >= 0 {
			return i, used, "Expected a character of the encoding that is declared."
		}
		return made, used, ""
	}
}
