package basen

import (
	"errors"
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
)

// A decoder reads bytes that are written in letters, block by block.
type decoder struct {
	code  *Code
	in    io.Reader
	block []byte        // being decoded
	at    data.Position // of the block

	group   group
	missing int  // equals signs of a padding that has begun
	ended   bool // there was padding: nothing may follow

	utf8   *held  // nil: any bytes will do
	out    []byte // decoded
	given  int    // of out, to the reader
	usable int    // of out; the rest is the beginning of a character
	err    error  // behind out
}

// A group is the beginning of one, whose other letters are still to come.
type group struct {
	n      int // letters
	value  uint64
	whole  bool             // a group became whole in this block
	before int              // letters that were there before this block
	begun  [8]data.Position // where those are
}

func newDecoder(c *Code, in io.Reader, at data.Position) *decoder {
	return &decoder{code: c, in: text.NewReader(in, c.name), block: make([]byte, blockBytes), at: at, out: make([]byte, 0, blockBytes+16)}
}

// Decode writes the text that in has in letters, which is UTF-8. It fails with Invalid
// INVALID_ and the code's name for characters that cannot be, and INVALID_ENCODING for bytes that are no
// UTF-8, both with line and column of in, and with the errors of in and out, wrapped.
func (c *Code) Decode(in io.Reader, out io.Writer) error {
	d := newDecoder(c, in, data.Start)
	d.utf8 = &held{}
	for d.err == nil {
		d.next()
		if _, err := out.Write(d.out[:d.usable]); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	}
	if errors.Is(d.err, io.EOF) {
		return nil
	}
	return d.err
}

// Read reads what was decoded.
func (d *decoder) Read(p []byte) (int, error) {
	for d.given == d.usable && len(p) > 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.next()
	}
	n := copy(p, d.out[d.given:d.usable])
	d.given += n
	return n, nil
}

// next decodes a block. Whatever is wrong with it comes behind what was right.
func (d *decoder) next() {
	d.out = d.out[:copy(d.out[:cap(d.out)], d.out[d.usable:])]
	d.given = 0
	n, err := d.in.Read(d.block[:cap(d.block)])
	d.block = d.block[:n]
	last := errors.Is(err, io.EOF)
	tail := len(d.out)
	d.group.whole, d.group.before = false, d.group.n
	wrongText := d.decode()
	if wrongText == nil && last {
		wrongText = d.finish()
	}
	d.usable = len(d.out)
	if d.utf8 != nil {
		d.err = d.checkText(tail, last && wrongText == nil)
	}
	if d.err == nil {
		d.err = wrongText
	}
	switch {
	case d.err != nil:
	case last:
		d.err = io.EOF
	case err != nil:
		d.err = fmt.Errorf("read %s: %w", d.code.name, err)
	default:
		d.remember()
	}
}

// decode decodes the block up to the first character that cannot be.
func (d *decoder) decode() error {
	for i := 0; i < len(d.block); i++ {
		if d.group.n == 0 && !d.ended {
			written, read := d.code.whole(d.out[len(d.out):cap(d.out)], d.block[i:])
			d.out = d.out[:len(d.out)+written]
			d.group.whole = d.group.whole || read > 0
			if i += read; i == len(d.block) {
				return nil
			}
		}
		if reason := d.take(d.block[i]); reason != "" {
			return data.Invalid(d.code.name, d.at.After(d.block[:i]), "%s", reason)
		}
	}
	return nil
}

// take takes a character, or says what was expected instead.
func (d *decoder) take(c byte) (reason string) {
	v := d.code.values[c]
	switch {
	case v == space:
		return ""
	case d.missing > 0 && v == equals:
		d.missing--
		return ""
	case d.missing > 0:
		return "Expected another = of the padding."
	case d.ended:
		return "Expected the end of the input after the padding."
	case v == equals && d.code.bytesOf(d.group.n) > 0:
		d.ended, d.missing = true, d.code.chars-d.group.n-1
		return d.complete()
	case v >= wrong:
		return fmt.Sprintf("Expected a character of %s: %s.", d.code.name, d.code.alphabet)
	}
	d.group.value = d.group.value*d.code.radix + uint64(v)
	d.group.n++
	least := d.group.value
	for range d.code.chars - d.group.n {
		least *= d.code.radix
	}
	if least > d.code.most() {
		return fmt.Sprintf("Expected a lower character: the group that this one is in stands for more than %d bytes hold.", d.code.bytes)
	}
	if d.group.n == d.code.chars {
		return d.complete()
	}
	return ""
}

// most is the greatest value of a group.
func (c *Code) most() uint64 { return 1<<(8*c.bytes) - 1 }

// bytesOf returns how many bytes the first n letters of a group stand for, if they are
// all there are; 0 if that cannot be.
func (c *Code) bytesOf(n int) int {
	bytes := n * c.bytes / c.chars
	if n != (bytes*c.chars+c.bytes-1)/c.bytes {
		return 0
	}
	return bytes
}

// complete writes the bytes of the group, whole or the last one.
func (d *decoder) complete() (reason string) {
	value := d.group.value
	for range d.code.chars - d.group.n {
		value = value*d.code.radix + d.code.fill
	}
	if value > d.code.most() {
		return "Expected more characters, or lower ones: these stand for no bytes."
	}
	for i := range d.code.bytesOf(d.group.n) {
		d.out = append(d.out, byte(value>>(8*(d.code.bytes-1-i))&0xFF))
	}
	d.group.n, d.group.value, d.group.whole = 0, 0, true
	return ""
}

// finish is told that the block was the last one.
func (d *decoder) finish() error {
	reason := ""
	switch {
	case d.missing > 0:
		reason = "Expected another = of the padding, but the input ends."
	case d.group.n > 0 && d.code.bytesOf(d.group.n) == 0:
		reason = fmt.Sprintf("Expected another character of a group of %d, but the input ends.", d.code.chars)
	case d.group.n > 0:
		reason = d.complete()
	}
	if reason == "" {
		return nil
	}
	return data.Invalid(d.code.name, d.at.After(d.block), "%s", reason)
}

// remember goes to the end of the block, and notes where the letters of the group
// are that is not whole.
func (d *decoder) remember() {
	known := d.group.before // letters of which that is known
	if d.group.whole {
		known = 0
	}
	first, left := len(d.block), d.group.n-known
	for left > 0 {
		first--
		if d.code.values[d.block[first]] < wrong {
			left--
		}
	}
	d.at = d.at.After(d.block[:first])
	for i, c := range d.block[first:] {
		if d.code.values[c] < wrong {
			d.group.begun[known] = d.at
			known++
		}
		d.at = d.at.After(d.block[first+i : first+i+1])
	}
}
