package basen

import (
	"encoding/base32"
	"encoding/base64"
	"io"
	"strings"

	"claimcheck/internal/data"
)

// A Code is one way of writing bytes in letters. Its methods are safe for concurrent use.
type Code struct {
	name     string // in messages
	alphabet string // in messages
	chars    int    // of a group
	bytes    int    // of a group
	radix    uint64
	fill     uint64 // the value that letters have that a last group lacks
	padded   bool
	values   *[256]byte // of letters, or one of the marks

	encode func(dst, src []byte) int        // whole groups, or the last one
	whole  func(dst, src []byte) (d, s int) // decodes whole groups of nothing but letters, up to one that is not that
}

// Marks of characters that are no letters are greater than all values.
const (
	wrong = 0x80 + iota
	space
	equals
)

// The codes.
var (
	Base16 = &Code{
		name: "Base16", alphabet: "0 to 9 and A to F", chars: 2, bytes: 1, radix: 16,
		values: &values16, encode: encode16, whole: whole16,
	}
	Base32 = &Code{
		name: "Base32", alphabet: "A to Z and 2 to 7", chars: 8, bytes: 5, radix: 32, padded: true,
		values: &values32, encode: standard(base32.StdEncoding.Encode, base32.StdEncoding.EncodedLen), whole: whole32,
	}
	Base64 = &Code{
		name: "Base64", alphabet: "A to Z, a to z, 0 to 9, + and /", chars: 4, bytes: 3, radix: 64, padded: true,
		values: &values64, encode: standard(base64.StdEncoding.Encode, base64.StdEncoding.EncodedLen), whole: whole64,
	}
	Base85 = &Code{
		name: "Base85", alphabet: "letters, digits and !#$%&()*+-;<=>?@^_`{|}~", chars: 5, bytes: 4, radix: 85, fill: 84,
		values: &values85, encode: encode85, whole: whole85,
	}
)

// NewDecoder returns a reader of the bytes that in has in letters, which begin at a position of
// what callers know. It fails with Invalid INVALID_ and the code's name, which has line and column of
// that, and with the errors of in.
func (c *Code) NewDecoder(in io.Reader, at data.Position) io.Reader { return newDecoder(c, in, at) }

const (
	letters32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	letters64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	letters85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
)

var (
	values16 = valuesOf("0123456789ABCDEF", "0123456789abcdef")
	values32 = padding(valuesOf(letters32, strings.ToLower(letters32)))
	values64 = padding(valuesOf(letters64, strings.NewReplacer("+", "-", "/", "_").Replace(letters64)))
	values85 = valuesOf(letters85)
)

// valuesOf returns the values that letters have in alphabets that are taken alike.
func valuesOf(alphabets ...string) (v [256]byte) {
	for i := range v {
		v[i] = wrong
	}
	for _, c := range []byte(" \t\n\v\f\r") {
		v[c] = space
	}
	for _, alphabet := range alphabets {
		for i, c := range []byte(alphabet) {
			v[c] = byte(i)
		}
	}
	return v
}

func padding(v [256]byte) [256]byte {
	v['='] = equals
	return v
}
