package vp8l

import (
	"encoding/binary"
	"image"
	"io"
)

// MaxSize is how many pixels an image can have in each direction.
const MaxSize = 1 << 14

// Encode writes an image, whose pixels it changes. The image begins at 0, 0, has no more than MaxSize
// pixels in each direction, and its rows follow each other without a gap. Errors are those of out.
func Encode(out io.Writer, m *image.NRGBA) error {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	if m.Rect.Min != (image.Point{}) || width < 1 || height < 1 || width > MaxSize || height > MaxSize || m.Stride != 4*width {
		panic("vp8l: an image that cannot be written")
	}
	w := &writer{out: out}
	const signature, version = 0x2F, 0
	w.bits(signature, 8)
	w.bits(uint32(width-1), 14)
	w.bits(uint32(height-1), 14)
	through := uint32(0)
	if !m.Opaque() {
		through = 1
	}
	w.bits(through, 1)
	w.bits(version, 3)
	p := pixels{m.Pix[:4*width*height], width}
	if colours := few(p); colours != nil {
		p = byNumber(w, p, colours)
	} else {
		lessGreen(w, p)
		foretell(w, p)
	}
	w.bits(0, 1) // no more transforms
	w.bits(0, 1) // no cache of colours
	w.bits(0, 1) // one set of codes
	c := count(p)
	codes := c.codes()
	codes.write(w)
	w.begin(w.length() + c.length(codes))
	codes.pixels(w, p)
	return w.end()
}

// pixels are those of an image, row by row: red, green, blue and alpha.
type pixels struct {
	pix   []byte
	width int
}

func (p pixels) len() int { return len(p.pix) / 4 }

// at returns a pixel as one number, red in its lowest byte.
func (p pixels) at(i int) uint32 { return binary.LittleEndian.Uint32(p.pix[4*i:]) }

func (p pixels) set(i int, v uint32) { binary.LittleEndian.PutUint32(p.pix[4*i:], v) }

// lessGreen takes green off red and blue.
func lessGreen(w *writer, p pixels) {
	const subtractGreen = 2
	w.bits(1, 1)
	w.bits(subtractGreen, 2)
	for i := 0; i < len(p.pix); i += 4 {
		q := p.pix[i : i+4 : i+4]
		q[0] -= q[1]
		q[2] -= q[1]
	}
}

// small writes an image that belongs to a transform.
func small(w *writer, p pixels) {
	w.bits(0, 1) // no cache of colours
	codes := count(p).codes()
	codes.write(w)
	codes.pixels(w, p)
}
