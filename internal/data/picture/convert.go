package picture

import (
	"context"
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/basen"
)

// MaxBytes is how long an input can be, which is read whole: longer than the images of cameras are, and
// than those of as many pixels as are taken usually are.
const MaxBytes = 64 << 20

// maxPixels is how many pixels an image can have: those of the cameras that people carry. While it is
// converted an image takes up to 12 bytes for each of them. maxDeepPixels holds for images that take twice as
// many: JPEGs that are progressive, whose coefficients are kept until the last scan, and PNGs of 16 bits.
const (
	maxPixels     = 50_000_000
	maxDeepPixels = maxPixels / 2
)

// Convert writes the image of in, which has the format o.From, in the format o.To; both are of
// [Formats]. An image that becomes Base64 stays the file that it is. Failures: Invalid
// INVALID_IMAGE for what is no such image or a kind of it that cannot be read, with a reason; Invalid INVALID_BASE64
// with line and column; TooLarge FILE_TOO_LARGE for too many pixels; the error of ctx, seen between reading,
// decoding and writing; and those of in and out, wrapped.
func Convert(ctx context.Context, in io.Reader, out io.Writer, o *data.Options) error {
	raw, err := source(in, o.From)
	if err != nil {
		return err
	}
	h, err := header(raw, o.From)
	if err != nil {
		return err
	}
	if o.To == Base64 {
		e := basen.Base64.NewEncoder(out)
		if _, err := e.Write(raw); err != nil {
			return err
		}
		return e.Close()
	}
	to := kinds[o.To]
	if err := fits(h, to); err != nil {
		return err
	}
	p, err := decode(raw, h)
	if err != nil {
		return err
	}
	raw = nil //nolint:ineffassign,wastedassign // it can be many MB, which are free while the other image is written
	if err := ctx.Err(); err != nil {
		return err
	}
	p = upright(p, h.orientation)
	if err := ctx.Err(); err != nil {
		return err
	}
	return encode(ctx, out, p, to)
}

// wrong is the fault for what is no image.
func wrong(reason string, args ...any) error { return data.InvalidBinary("Image", reason, args...) }

// source reads an image.
func source(in io.Reader, from string) ([]byte, error) {
	if from == Base64 {
		return fromBase64(in)
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read image: %w", err)
	}
	return raw, nil
}

// most are how many pixels an image can have in each direction where that is less
// than the format of its source can say.
var most = map[kind]int{jpegKind: 65_535, pngKind: 1<<31 - 1, gifKind: 65_535, webpKind: 16_383}

// fits reports what hinders an image from being written in another format.
func fits(h head, to kind) error {
	if w := max(h.width, h.height); w > most[to] {
		return wrong("The image is %d × %d pixels; %s images have at most %d in each direction.", h.width, h.height, to, most[to])
	}
	return nil
}
