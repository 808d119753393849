package picture

import (
	"encoding/binary"
	"image"
)

// webpHead walks the chunks of a WebP (RFC 9649).
func webpHead(raw []byte) (h head) {
	const animation = 1 << 1
	h.orientation = 1
	for rest := raw[12:]; len(rest) >= 8; {
		name, n := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		chunk := rest[8:]
		if n < int64(len(chunk)) {
			chunk = chunk[:n]
		}
		switch {
		case name == "VP8X" && len(chunk) > 0:
			h.animated = h.animated || chunk[0]&animation != 0
		case name == "EXIF":
			h.orientation = orientation(chunk)
		}
		if n += n & 1; n > int64(len(rest)-8) {
			break
		}
		rest = rest[8+n:]
	}
	return h
}

// fromVideo makes pixels of the planes that lossy WebP has: of each four pixels one colour, and
// Y from 16 to 235 (ITU-R BT.601). Numbers and their rounding are those of libwebp, so that the
// pixels are those that dwebp gives.
func fromVideo(m *image.YCbCr, alpha []byte, alphaStride int) *image.NRGBA {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	half := (width + 1) / 2
	colours := func(y int) chroma {
		at := y * m.CStride
		return chroma{m.Cb[at : at+half], m.Cr[at : at+half]}
	}
	row := func(y int) line {
		return line{m.Y[y*m.YStride : y*m.YStride+width], out.Pix[y*out.Stride : y*out.Stride+4*width]}
	}
	// Each row is between two rows of colours: nearer to the first one for odd rows, and
	// to the second for even ones.
	for y := range height {
		near := y / 2
		far := near - 1
		if y%2 == 1 {
			far = near + 1
		}
		far = min(max(far, 0), (height+1)/2-1)
		row(y).paint(colours(near), colours(far))
	}
	for y := 0; alpha != nil && y < height; y++ {
		for x := range width {
			out.Pix[y*out.Stride+4*x+3] = alpha[y*alphaStride+x]
		}
	}
	return out
}

// A chroma is a row of colours.
type chroma struct{ u, v []byte }

// A line is a row of pixels: their lightness, and where they go.
type line struct{ y, pix []byte }

// paint makes pixels whose colours are nine parts of the nearest one, three of each of its
// neighbours and one of the one across.
func (l line) paint(near, far chroma) {
	last := len(near.u) - 1
	for x, y := range l.y {
		a := x / 2
		b := a - 1
		if x%2 == 1 {
			b = a + 1
		}
		var u, v int
		if x == 0 || b > last {
			u, v = (3*int(near.u[a])+int(far.u[a])+2)>>2, (3*int(near.v[a])+int(far.v[a])+2)>>2
		} else {
			u, v = between(near.u[a], near.u[b], far.u[a], far.u[b]), between(near.v[a], near.v[b], far.v[a], far.v[b])
		}
		pixel(l.pix[4*x:4*x+4:4*x+4], int(y), u, v)
	}
}

// between rounds as libwebp does, in two steps.
func between(near, beside, above, across byte) int {
	n, b, a, c := int(near), int(beside), int(above), int(across)
	diagonal := (n + b + a + c + 8 + 2*(b+a)) >> 3
	return (diagonal + n) >> 1
}

// pixel writes one, opaque. The factors have 14 bits behind the point, of which 6 stay.
func pixel(to []byte, y, u, v int) {
	light := y * 19077 >> 8
	to[0] = clip(light + v*26149>>8 - 14234)
	to[1] = clip(light - u*6419>>8 - v*13320>>8 + 8708)
	to[2] = clip(light + u*33050>>8 - 17685)
	to[3] = 0xFF
}

func clip(n int) byte {
	switch n >>= 6; {
	case n < 0:
		return 0
	case n > 255:
		return 255
	default:
		return byte(n)
	}
}
