package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"claimcheck/internal/data/picture/vp8l"
)

// quality is what JPEG images are written with, from 1 to 100: what is lost is not seen.
const quality = 90

// encode writes an image, of the types that decode returns.
func encode(ctx context.Context, out io.Writer, m image.Image, to kind) error {
	failed := &failing{out: out}
	err := guarded(func() error {
		switch to {
		case jpegKind:
			return jpeg.Encode(failed, onWhite(m), &jpeg.Options{Quality: quality})
		case pngKind:
			return png.Encode(failed, m)
		case gifKind:
			p, err := withPalette(ctx, m)
			if err != nil {
				return err
			}
			return gif.EncodeAll(failed, &gif.GIF{Image: []*image.Paletted{p}, Delay: []int{0}, Config: image.Config{ColorModel: p.Palette, Width: p.Rect.Dx(), Height: p.Rect.Dy()}})
		case webpKind:
			return vp8l.Encode(failed, eightBit(m))
		default:
			panic("picture: no format to write")
		}
	})
	switch {
	case failed.err != nil:
		return fmt.Errorf("write output: %w", failed.err)
	case errors.Is(err, errPanic):
		return wrong("The image cannot be written as %s.", to)
	case err != nil:
		return fmt.Errorf("write %s: %w", to, err)
	}
	return nil
}

// failing keeps the error of a writer that a library may not pass on.
type failing struct {
	out io.Writer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.out.Write(p)
	f.err = err
	return n, err
}

// onWhite is what a picture without transparency shows, in a type that the encoder of JPEG
// is fast with.
func onWhite(m image.Image) image.Image {
	switch m := m.(type) {
	case *image.Gray:
		return m
	case *image.Gray16:
		out := image.NewGray(m.Rect)
		for i := range out.Pix {
			out.Pix[i] = eight(m.Pix[2*i:])
		}
		return out
	}
	n := eightBit(m)
	out := &image.RGBA{Pix: n.Pix, Stride: n.Stride, Rect: n.Rect}
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+4 : i+4]
		if a := uint32(p[3]); a < 0xFF {
			for c := range 3 {
				p[c] = byte((uint32(p[c])*a + 0xFF*(0xFF-a) + 127) / 0xFF & 0xFF)
			}
			p[3] = 0xFF
		}
	}
	return out
}

// withPalette is a picture of at most 256 colours. Where it has more they are chosen, and what
// is between them is dithered. A pixel that is less than half there becomes wholly transparent, and
// the others not at all: GIF has nothing between.
func withPalette(ctx context.Context, m image.Image) (*image.Paletted, error) {
	if p, ok := m.(*image.Paletted); ok && crisp(p.Palette) {
		return p, nil
	}
	n := eightBit(m)
	if p := fewColours(n); p != nil {
		return p, nil
	}
	return reduce(ctx, n)
}

// crisp reports whether a palette has at most one colour that is transparent, and that wholly.
func crisp(p color.Palette) bool {
	through := 0
	for _, c := range p {
		switch n := toNRGBA(c); n.A {
		case 0:
			through++
		case 0xFF:
		default:
			return false
		}
	}
	return through <= 1
}
