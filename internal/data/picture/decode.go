package picture

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/webp"
)

// decode reads an image. What it returns is one of *image.Gray, *image.Gray16, *image.NRGBA,
// *image.NRGBA64 and *image.Paletted, beginning at 0, 0.
func decode(raw []byte, h head) (image.Image, error) {
	if h.animated {
		return nil, wrong("The image is an animated WebP; only still ones are taken.")
	}
	read := map[kind]func(io.Reader) (image.Image, error){jpegKind: jpeg.Decode, pngKind: png.Decode, gifKind: firstOfGIF, webpKind: webp.Decode}[h.kind]
	var m image.Image
	err := guarded(func() (err error) {
		m, err = read(bytes.NewReader(raw))
		return err
	})
	if err != nil {
		return nil, unreadable(h.kind, err)
	}
	if size := m.Bounds().Size(); size != image.Pt(h.width, h.height) {
		return nil, wrong("The %s image is damaged: its header says %d × %d pixels, but it has %d × %d.", h.kind, h.width, h.height, size.X, size.Y)
	}
	return plainPixels(m, h.kind), nil
}

// errPanic stands for the panic of a library.
var errPanic = errors.New("it cannot be read")

// guarded calls what libraries do with an input of a stranger.
func guarded(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return do()
}

// unreadable words why a library could not read an image.
func unreadable(k kind, err error) error {
	var jpegMissing jpeg.UnsupportedError
	var pngMissing png.UnsupportedError
	switch {
	case errors.As(err, &jpegMissing):
		return wrong("The JPEG image is of a kind that cannot be read: %s.", string(jpegMissing))
	case errors.As(err, &pngMissing):
		return wrong("The PNG image is of a kind that cannot be read: %s.", string(pngMissing))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), strings.HasSuffix(err.Error(), "EOF"): // not all wrap it
		return wrong("The %s image ends before it is complete.", k)
	}
	reason := err.Error()
	for _, prefix := range []string{"invalid JPEG format: ", "png: invalid format: ", "gif: ", "webp: ", "vp8: ", "vp8l: ", "riff: ", "zlib: "} {
		reason = strings.TrimPrefix(reason, prefix)
	}
	return wrong("The %s image is damaged: %s.", k, reason)
}

// firstOfGIF reads the first picture of a GIF, where it stands on its canvas.
func firstOfGIF(in io.Reader) (image.Image, error) {
	var raw bytes.Buffer
	c, err := gif.DecodeConfig(io.TeeReader(in, &raw))
	if err != nil {
		return nil, err
	}
	m, err := gif.Decode(io.MultiReader(&raw, in))
	if err != nil {
		return nil, err
	}
	canvas := image.Rect(0, 0, c.Width, c.Height)
	p, ok := m.(*image.Paletted)
	if !ok || p.Rect == canvas {
		return m, nil
	}
	return onCanvas(p, canvas), nil
}

// onCanvas places a picture on a transparent canvas.
func onCanvas(p *image.Paletted, canvas image.Rectangle) image.Image {
	through := transparentIn(p.Palette)
	if through < 0 && len(p.Palette) == maxPalette {
		out := image.NewNRGBA(canvas)
		for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
			for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
				out.Set(x, y, p.At(x, y))
			}
		}
		return out
	}
	palette := p.Palette
	if through < 0 {
		through = len(palette)
		palette = append(palette[:through:through], color.NRGBA{})
	}
	out := image.NewPaletted(canvas, palette)
	for i := range out.Pix {
		out.Pix[i] = byte(through) //nolint:gosec // a palette has at most 256
	}
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		copy(out.Pix[out.PixOffset(p.Rect.Min.X, y):], p.Pix[p.PixOffset(p.Rect.Min.X, y):][:p.Rect.Dx()])
	}
	return out
}

// maxPalette is how many colours a palette can have.
const maxPalette = 256

// transparentIn returns which colour of a palette is wholly transparent, or -1.
func transparentIn(p color.Palette) int {
	for i, c := range p {
		if _, _, _, a := c.RGBA(); a == 0 {
			return i
		}
	}
	return -1
}

// plainPixels is an image as one of the few types that the rest of the package knows.
func plainPixels(m image.Image, k kind) image.Image {
	switch m := m.(type) {
	case *image.YCbCr:
		if k == webpKind {
			return fromVideo(m, nil, 0)
		}
		return fromJPEG(m)
	case *image.NYCbCrA:
		return fromVideo(&m.YCbCr, m.A, m.AStride)
	case *image.RGBA: // of a library that has no transparency there
		return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	case *image.RGBA64: // likewise
		return &image.NRGBA64{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
	case *image.Gray, *image.Gray16, *image.NRGBA, *image.NRGBA64, *image.Paletted:
		return m
	}
	return eightBit(m)
}

// eightBit is an image with 8 bits of each colour and of transparency.
func eightBit(m image.Image) *image.NRGBA {
	if n, ok := m.(*image.NRGBA); ok {
		return n
	}
	b := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	row := pixelsOf(m)
	for y := range b.Dy() {
		row(y, out.Pix[y*out.Stride:][:4*b.Dx()])
	}
	return out
}

// pixelsOf returns what writes a row of an image, 4 bytes for each pixel.
func pixelsOf(m image.Image) func(y int, to []byte) {
	switch m := m.(type) {
	case *image.Gray:
		return func(y int, to []byte) {
			for x, v := range m.Pix[y*m.Stride:][:len(to)/4] {
				copy(to[4*x:], []byte{v, v, v, 0xFF})
			}
		}
	case *image.Gray16:
		return func(y int, to []byte) {
			for x := range len(to) / 4 {
				v := eight(m.Pix[y*m.Stride+2*x:])
				copy(to[4*x:], []byte{v, v, v, 0xFF})
			}
		}
	case *image.NRGBA:
		return func(y int, to []byte) { copy(to, m.Pix[y*m.Stride:]) }
	case *image.NRGBA64:
		return func(y int, to []byte) {
			for i := range to {
				to[i] = eight(m.Pix[y*m.Stride+2*i:])
			}
		}
	case *image.Paletted:
		var colours [maxPalette][4]byte
		for i, c := range m.Palette {
			n := toNRGBA(c)
			colours[i] = [4]byte{n.R, n.G, n.B, n.A}
		}
		return func(y int, to []byte) {
			for x, i := range m.Pix[y*m.Stride:][:len(to)/4] {
				copy(to[4*x:], colours[i][:])
			}
		}
	case *image.YCbCr:
		return func(y int, to []byte) {
			for x := range len(to) / 4 {
				i, c := m.YOffset(x, y), m.COffset(x, y)
				r, g, b := color.YCbCrToRGB(m.Y[i], m.Cb[c], m.Cr[c])
				copy(to[4*x:], []byte{r, g, b, 0xFF})
			}
		}
	default:
		return func(y int, to []byte) {
			for x := range len(to) / 4 {
				n := toNRGBA(m.At(x, y))
				copy(to[4*x:], []byte{n.R, n.G, n.B, n.A})
			}
		}
	}
}

func toNRGBA(c color.Color) color.NRGBA {
	n, ok := color.NRGBAModel.Convert(c).(color.NRGBA)
	if !ok {
		panic("picture: a model that does not convert")
	}
	return n
}

// eight rounds 16 bits to 8.
func eight(b []byte) byte {
	v := uint32(b[0])<<8 | uint32(b[1])
	return byte((v*255 + 32767) / 65535 & 0xFF)
}
