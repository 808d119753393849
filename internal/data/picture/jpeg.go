package picture

import (
	"image"
	"image/color"
)

// fromJPEG makes pixels of the planes that JPEG has (JFIF: Y from 0 to 255). Where there is one
// colour for two or four pixels, colours are made smooth as libjpeg does, which nearly all
// programs read JPEG with: three parts of the nearest one, and one of the next.
func fromJPEG(m *image.YCbCr) *image.NRGBA {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	across, down := 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	default: // each pixel has its own, or so few have one that nobody smooths them
		row := pixelsOf(m)
		for y := range height {
			row(y, out.Pix[y*out.Stride:][:4*width])
		}
		return out
	}
	columns, rows := (width+across-1)/across, (height+down-1)/down
	mixed := make([]int, columns) // of two rows: four parts
	cb, cr := make([]byte, 2*columns), make([]byte, 2*columns)
	for y := range height {
		near := y / down
		far := near
		if down == 2 {
			far = min(max(near-1+y%2*2, 0), rows-1)
		}
		widen(cb, mixed, m.Cb[near*m.CStride:], m.Cb[far*m.CStride:], across, down)
		widen(cr, mixed, m.Cr[near*m.CStride:], m.Cr[far*m.CStride:], across, down)
		to := out.Pix[y*out.Stride:][:4*width]
		for x, light := range m.Y[y*m.YStride:][:width] {
			r, g, b := color.YCbCrToRGB(light, cb[x], cr[x])
			copy(to[4*x:], []byte{r, g, b, 0xFF})
		}
	}
	return out
}

// widen makes a row of colours of the two rows of a plane that it is between, with the
// rounding of libjpeg (h2v2, h2v1 and h1v2).
func widen(to []byte, mixed []int, near, far []byte, across, down int) {
	for i := range mixed {
		mixed[i] = int(near[i])
		if down == 2 {
			mixed[i] = 3*int(near[i]) + int(far[i])
		}
	}
	last := len(mixed) - 1
	if across == 1 {
		for i, v := range mixed {
			to[i] = byte((v + 2) >> 2 & 0xFF)
		}
		return
	}
	shift, even, odd := 2, 1, 2
	if down == 2 {
		shift, even, odd = 4, 8, 7
	}
	for i, v := range mixed {
		before, behind := mixed[max(i-1, 0)], mixed[min(i+1, last)]
		to[2*i] = byte((3*v + before + even) >> shift & 0xFF)
		to[2*i+1] = byte((3*v + behind + odd) >> shift & 0xFF)
	}
}
