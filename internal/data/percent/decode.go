package percent

import (
	"bytes"
	"io"
	"unicode/utf8"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// Decode writes the text that in has percent-encoded; what is not encoded is taken as it is. It
// fails with Invalid INVALID_URL for a % without two digits and INVALID_ENCODING for bytes that are
// no UTF-8, both with line and column of in, and with the errors of in and out, wrapped.
func Decode(in io.Reader, out io.Writer, _ *data.Options) error {
	d := decoder{at: data.Start}
	return text.Convert(in, out, "URL", func(to, block []byte, last bool) ([]byte, error) {
		d.block, d.made = block, to
		err := d.decode()
		if err == nil && last {
			err = d.finish()
		}
		d.remember()
		return d.made, err
	})
}

// A decoder goes from block to block.
type decoder struct {
	block []byte
	at    data.Position // of the block
	made  []byte

	digits int  // of an escape that has begun which are still missing
	value  byte // of its first digit
	escape spot // its %

	held      []byte // the encoded bytes of a character that is not whole
	character spot   // the % of its first byte
}

// A spot is an offset in the block, or a position before it.
type spot struct {
	offset int // -1: see before
	before data.Position
}

// decode decodes the block, up to the first character that cannot be.
func (d *decoder) decode() error {
	for i := 0; i < len(d.block); i++ {
		switch c := d.block[i]; {
		case d.digits > 0:
			if err := d.digit(i, c); err != nil {
				return err
			}
		case c == '%':
			d.digits, d.value, d.escape = 2, 0, spot{offset: i}
		case len(d.held) > 0:
			return d.badText()
		default:
			plain := d.block[i:]
			if end := bytes.IndexByte(plain, '%'); end >= 0 {
				plain = plain[:end]
			}
			d.made = append(d.made, plain...)
			i += len(plain) - 1
		}
	}
	return nil
}

// digit takes a digit of an escape.
func (d *decoder) digit(i int, c byte) error {
	v, ok := value(c)
	if !ok {
		return data.Invalid("URL", d.at.After(d.block[:i]), "Expected two digits from 0 to 9 or A to F after %%; a %% itself is written %%25.")
	}
	d.value = d.value<<4 | v
	if d.digits--; d.digits > 0 {
		return nil
	}
	if len(d.held) == 0 {
		if d.value < utf8.RuneSelf {
			d.made = append(d.made, d.value)
			return nil
		}
		d.character = d.escape
	}
	d.held = append(d.held, d.value)
	if !utf8.FullRune(d.held) {
		return nil
	}
	if r, _ := utf8.DecodeRune(d.held); r == utf8.RuneError && !bytes.Equal(d.held, []byte(string(utf8.RuneError))) {
		return d.badText()
	}
	d.made, d.held = append(d.made, d.held...), d.held[:0]
	return nil
}

func value(c byte) (v byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	default:
		return 0, false
	}
}

func (d *decoder) badText() error {
	return data.BadEncoding("URL", d.position(d.character), "Expected the bytes of UTF-8, but those that begin here are encoded otherwise.")
}

// finish is told that the block was the last one.
func (d *decoder) finish() error {
	switch {
	case d.digits > 0:
		return data.Invalid("URL", d.at.After(d.block), "Expected two digits after %%, but the input ends.")
	case len(d.held) > 0:
		return d.badText()
	default:
		return nil
	}
}

func (d *decoder) position(s spot) data.Position {
	if s.offset < 0 {
		return s.before
	}
	return d.at.After(d.block[:s.offset])
}

// remember goes to the end of the block.
func (d *decoder) remember() {
	if d.digits > 0 {
		d.escape = spot{-1, d.position(d.escape)}
	}
	if len(d.held) > 0 {
		d.character = spot{-1, d.position(d.character)}
	}
	d.at = d.at.After(d.block)
}
