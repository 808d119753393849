package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"testing"
)

// exif is what says an orientation, after tags of other kinds.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 10)
	b = append(b, 0, 0)            // the directory may be anywhere
	b = order.AppendUint16(b, 2)   // entries
	b = order.AppendUint16(b, 256) // width
	b = order.AppendUint16(b, 4)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint32(b, 77)
	b = order.AppendUint16(b, 0x112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// chunk is one of a PNG.
func chunk(name string, b []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	out = append(append(out, name...), b...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// afterIHDR puts chunks into a PNG behind its header.
func afterIHDR(raw []byte, chunks ...[]byte) []byte {
	const end = 8 + 12 + 13
	return bytes.Join([][]byte{raw[:end], bytes.Join(chunks, nil), raw[end:]}, nil)
}

// stored is how an image is stored whose orientation says how it is to be turned: for each pixel of
// the stored image, where it is in the one that is seen. The words are those of EXIF: where the
// row 0 and the column 0 of the stored image are seen.
func stored(seen image.Image, orientation int) *image.NRGBA {
	b := seen.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 { // rows are seen as columns
		w, h = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for row := range h {
		for column := range w {
			var x, y int
			switch orientation {
			case 1: // top, left side
				x, y = column, row
			case 2: // top, right side
				x, y = b.Dx()-1-column, row
			case 3: // bottom, right side
				x, y = b.Dx()-1-column, b.Dy()-1-row
			case 4: // bottom, left side
				x, y = column, b.Dy()-1-row
			case 5: // left side, top
				x, y = row, column
			case 6: // right side, top
				x, y = b.Dx()-1-row, column
			case 7: // right side, bottom
				x, y = b.Dx()-1-row, b.Dy()-1-column
			case 8: // left side, bottom
				x, y = row, b.Dy()-1-column
			}
			out.Set(column, row, seen.At(x, y))
		}
	}
	return out
}

func TestEachOrientationIsSeenUpright(t *testing.T) {
	t.Parallel()
	seen := photo(48, 32)
	for orientation := 1; orientation <= 8; orientation++ {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			about := exif(order, uint16(orientation))
			raw := asPNG(t, stored(seen, orientation))
			if got := pixels(t, converted(t, afterIHDR(raw, chunk("eXIf", about)), "png", "png"), "png"); apart(got, seen) > 0 {
				t.Errorf("a PNG with %d is %d off", orientation, apart(got, seen))
			}
			lossless := converted(t, raw, "png", "webp")
			if got := pixels(t, converted(t, withEXIF(lossless, about, storedSize(seen, orientation)), "webp", "png"), "png"); apart(got, seen) > 0 {
				t.Errorf("a WebP with %d is %d off", orientation, apart(got, seen))
			}
			got := pixels(t, converted(t, jpegWith(t, stored(seen, orientation), about), "jpg", "png"), "png")
			want := pixels(t, jpegWith(t, seen, nil), "jpg")
			if got.Rect != seen.Rect || apart(got, want) > 230 || average(got, seen) > 30 {
				t.Errorf("a JPEG with %d is %v, %d off, %d on average", orientation, got.Rect, apart(got, want), average(got, seen))
			}
		}
	}
}

// storedSize is the size that an image has as it is stored.
func storedSize(seen image.Image, orientation int) image.Point {
	size := seen.Bounds().Size()
	if orientation >= 5 {
		return image.Pt(size.Y, size.X)
	}
	return size
}

// average is how far images are apart on average.
func average(a, b *image.NRGBA) int {
	sum := 0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += max(d, -d)
	}
	return sum / len(a.Pix)
}

// jpegWith writes a JPEG with EXIF.
func jpegWith(t *testing.T, m image.Image, about []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if about == nil {
		return out.Bytes()
	}
	segment := append([]byte("Exif\x00\x00"), about...)
	raw := append([]byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 'x', 'y', 0xFF, 0xFF, 0xE1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(raw, segment...), out.Bytes()[2:]...)
}

// withEXIF makes a WebP of the extended form of a simple one, with EXIF behind the image.
func withEXIF(raw, about []byte, size image.Point) []byte {
	const exifBit, alphaBit = 8, 16
	x := []byte{exifBit | alphaBit, 0, 0, 0, byte(size.X - 1), 0, 0, byte(size.Y - 1), 0, 0}
	return riff(riffChunk("VP8X", x), raw[12:], riffChunk("EXIF", about))
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...), body...)
}

func riffChunk(name string, b []byte) []byte {
	out := append([]byte(name), binary.LittleEndian.AppendUint32(nil, uint32(len(b)))...)
	out = append(out, b...)
	if len(b)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func TestEachTypeOfPixelsIsTurned(t *testing.T) {
	t.Parallel()
	for name, m := range samples() {
		raw := afterIHDR(asPNG(t, m), chunk("eXIf", exif(binary.BigEndian, 6)))
		got := pixels(t, converted(t, raw, "png", "png"), "png")
		back := stored(got, 6)
		if apart(back, flat(m)) > 0 {
			t.Errorf("%s is %d off", name, apart(back, flat(m)))
		}
	}
}

// TestTheFirstPictureOfAGIFStandsOnItsCanvas has an animation whose first picture is smaller than
// the canvas, with a palette that has room for transparency, that has it, and that has not.
func TestTheFirstPictureOfAGIFStandsOnItsCanvas(t *testing.T) {
	t.Parallel()
	full := make(color.Palette, 256)
	for i := range full {
		full[i] = color.NRGBA{byte(i), byte(255 - i), 7, 255}
	}
	for name, palette := range map[string]color.Palette{"room": full[:4], "through": append(color.Palette{color.NRGBA{}}, full[1:4]...), "full": full} {
		small := image.NewPaletted(image.Rect(3, 2, 8, 6), palette)
		for i := range small.Pix {
			small.Pix[i] = byte(1 + i%3)
		}
		canvas := image.NewPaletted(image.Rect(0, 0, 10, 9), palette)
		var raw bytes.Buffer
		if err := gif.EncodeAll(&raw, &gif.GIF{Image: []*image.Paletted{small, canvas}, Delay: []int{5, 5}, Config: image.Config{ColorModel: palette, Width: 10, Height: 9}}); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"png", "gif", "webp"} {
			got := pixels(t, converted(t, raw.Bytes(), "gif", to), to)
			if got.Rect != image.Rect(0, 0, 10, 9) {
				t.Fatalf("%s as %s is %v", name, to, got.Rect)
			}
			for y := range 9 {
				for x := range 10 {
					want := color.NRGBA{}
					if image.Pt(x, y).In(small.Rect) {
						want = color.NRGBAModel.Convert(small.At(x, y)).(color.NRGBA) //nolint:errcheck // the model says so
					}
					if got.NRGBAAt(x, y) != want {
						t.Errorf("%s as %s at %d, %d: %v, want %v", name, to, x, y, got.NRGBAAt(x, y), want)
					}
				}
			}
		}
		if got := pixels(t, converted(t, raw.Bytes(), "gif", "jpg"), "jpg").NRGBAAt(9, 8); got.R < 240 || got.G < 240 || got.B < 240 {
			t.Errorf("%s as JPEG: what is transparent is %v", name, got)
		}
	}
}

func TestAnAnimatedPNGIsItsStillPicture(t *testing.T) {
	t.Parallel()
	raw := asPNG(t, samples()["few"])
	animated := afterIHDR(raw, chunk("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}))
	end := len(animated) - 12
	animated = append(animated[:end:end], append(chunk("fdAT", []byte{0, 0, 0, 1, 9, 9}), animated[end:]...)...)
	if got := pixels(t, converted(t, animated, "png", "webp"), "webp"); apart(got, flat(samples()["few"])) > 0 {
		t.Errorf("it is %d off", apart(got, flat(samples()["few"])))
	}
}

// TestManyColoursBecomeThoseOfAGIF has an image of more colours than GIF can have, whose average
// is kept, and whose transparency is all or nothing.
func TestManyColoursBecomeThoseOfAGIF(t *testing.T) {
	t.Parallel()
	m := image.NewNRGBA(image.Rect(0, 0, 128, 96))
	for y := range 96 {
		for x := range 128 {
			m.SetNRGBA(x, y, color.NRGBA{byte(2 * x), byte(255 * y / 96), byte(255 - x - y), byte(min(255, 4*y))})
		}
	}
	got := pixels(t, converted(t, asPNG(t, m), "png", "gif"), "gif")
	var sums [2][3]int
	n := 0
	for y := range 96 {
		for x := range 128 {
			is, was := got.NRGBAAt(x, y), m.NRGBAAt(x, y)
			if there := is.A == 255; there != (was.A >= 128) || !there && is.A != 0 {
				t.Fatalf("at %d, %d: %v of %v", x, y, is, was)
			}
			if is.A == 0 {
				continue
			}
			n++
			for j, pair := range [3][2]byte{{is.R, was.R}, {is.G, was.G}, {is.B, was.B}} {
				sums[0][j] += int(pair[0])
				sums[1][j] += int(pair[1])
				if d := int(pair[0]) - int(pair[1]); max(d, -d) > 64 {
					t.Fatalf("at %d, %d: %v is far from %v", x, y, is, was)
				}
			}
		}
	}
	for j := range 3 {
		if d := sums[0][j] - sums[1][j]; max(d, -d) > n {
			t.Errorf("the average of colour %d is %.2f off", j, float64(d)/float64(n))
		}
	}
}
