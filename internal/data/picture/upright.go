package picture

import "image"

// upright turns a picture as EXIF says, so that it is seen as it was meant. Orientations are
// those of EXIF: 2 is mirrored, 3 turned by 180°, 4 both, 5 to 8 also have rows for columns.
func upright(m image.Image, orientation int) image.Image {
	if orientation == 1 {
		return m
	}
	b := m.Bounds()
	size := image.Pt(b.Dx(), b.Dy())
	if orientation >= 5 {
		size = image.Pt(b.Dy(), b.Dx())
	}
	r := image.Rectangle{Max: size}
	switch m := m.(type) {
	case *image.Gray:
		out := image.NewGray(r)
		turn(out.Pix, m.Pix, m.Stride, size, 1, orientation)
		return out
	case *image.Gray16:
		out := image.NewGray16(r)
		turn(out.Pix, m.Pix, m.Stride, size, 2, orientation)
		return out
	case *image.NRGBA:
		out := image.NewNRGBA(r)
		turn(out.Pix, m.Pix, m.Stride, size, 4, orientation)
		return out
	case *image.NRGBA64:
		out := image.NewNRGBA64(r)
		turn(out.Pix, m.Pix, m.Stride, size, 8, orientation)
		return out
	case *image.Paletted:
		out := image.NewPaletted(r, m.Palette)
		turn(out.Pix, m.Pix, m.Stride, size, 1, orientation)
		return out
	default:
		panic("picture: an image of another type")
	}
}

// turn copies pixels of some bytes each: size is that of the picture as it will be.
func turn(to, from []byte, stride int, size image.Point, bytes, orientation int) {
	// Pixel x, y comes from start + x*right + y*down.
	wide, high := size.X-1, size.Y-1
	var start, right, down int
	switch orientation {
	case 2:
		start, right, down = wide*bytes, -bytes, stride
	case 3:
		start, right, down = wide*bytes+high*stride, -bytes, -stride
	case 4:
		start, right, down = high*stride, bytes, -stride
	case 5:
		start, right, down = 0, stride, bytes
	case 6:
		start, right, down = wide*stride, -stride, bytes
	case 7:
		start, right, down = wide*stride+high*bytes, -stride, -bytes
	case 8:
		start, right, down = high*bytes, stride, -bytes
	}
	for y := range size.Y {
		at := start + y*down
		for range size.X {
			copy(to[:bytes], from[at:])
			to = to[bytes:]
			at += right
		}
	}
}
