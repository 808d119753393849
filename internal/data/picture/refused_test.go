package picture_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/gif"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
	"claimcheck/internal/fault"
)

// sized is a PNG whose header says a size, and nothing more; deep one of 16 bits.
func sized(width, height uint32) []byte { return header(width, height, 8) }

func deep(width, height uint32) []byte { return header(width, height, 16) }

func header(width, height uint32, bits byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, width)
	b = binary.BigEndian.AppendUint32(b, height)
	return append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(b, bits, 6, 0, 0, 0))...)
}

func TestWhatIsRefusedSaysWhy(t *testing.T) {
	t.Parallel()
	few := asPNG(t, samples()["few"])
	gray := jpegWith(t, samples()["gray"], nil)
	damaged := bytes.Clone(few)
	damaged[len(damaged)-20] ^= 0xFF
	arithmetic := bytes.Replace(gray, []byte{0xFF, 0xC0}, []byte{0xFF, 0xC9}, 1)
	largeJPEG := bytes.Replace(gray, []byte{0, 23, 0, 37}, []byte{5000 >> 8, 5000 & 0xFF, 6000 >> 8, 6000 & 0xFF}, 1)
	const largestFrame = "\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00"
	still := converted(t, few, "png", "webp")
	animated := riff(riffChunk("VP8X", []byte{2, 0, 0, 0, 36, 0, 0, 22, 0, 0}), riffChunk("ANIM", make([]byte, 6)), riffChunk("ANMF", append(make([]byte, 16), still[12:]...)))
	canvas := riff(riffChunk("VP8X", []byte{16, 0, 0, 0, 99, 0, 0, 99, 0, 0}), still[12:])
	for _, c := range []struct{ name, raw, from, to, want string }{
		{"another format", string(few), "jpg", "gif", "INVALID_IMAGE Expected a JPEG image, but this seems to be PNG."},
		{"one that nobody reads", "II*\x00....", "webp", "gif", "INVALID_IMAGE Expected a WebP image, but this seems to be TIFF."},
		{"text", "hello", "png", "gif", "INVALID_IMAGE Expected a PNG image, but this does not begin like one."},
		{"Base64 for a file", "data:image/png;base64,iVBO", "png", "gif", "INVALID_IMAGE Expected a PNG image, but this seems to be Base64."},
		{"a file for Base64", string(few), "base64", "gif", "INVALID_IMAGE Expected the Base64 of an image, but this seems to be the PNG file itself."},
		{"Base64 of text", "aGVsbG8gd29ybGQ=", "base64", "gif", "INVALID_IMAGE Expected the Base64 of a JPEG, PNG, GIF or WebP image, but this does not begin like one."},
		{"Base64 of BMP", "Qk0AAAAA", "base64", "base64", "INVALID_IMAGE Expected the Base64 of a JPEG, PNG, GIF or WebP image, but this seems to be BMP."},
		{"no Base64", "iVBO\nRw0*", "base64", "gif", "INVALID_BASE64 2 4 Expected a character of Base64: A to Z, a to z, 0 to 9, + and /."},
		{"no Base64 in an address", "data:image/png;base64,iVB*", "base64", "gif", "INVALID_BASE64 1 26 Expected a character of Base64: A to Z, a to z, 0 to 9, + and /."},
		{"an address in percents", "data:image/png,%89PNG", "base64", "gif", "INVALID_IMAGE Expected a data: URI that has its image in Base64, as data:image/png;base64, begins one."},
		{"nothing", " \n", "base64", "gif", "INVALID_IMAGE Expected the Base64 of an image, but there is none."},
		{"a size of nothing", string(sized(0, 5)), "png", "gif", "INVALID_IMAGE The PNG image is damaged: non-positive dimension."},
		{"a large size", string(sized(100_000, 100_000)), "png", "base64", "FILE_TOO_LARGE The image is 100000 × 100000 pixels; at most 50 million are taken of one of its kind."},
		{"a large one of 16 bits", string(deep(5000, 6000)), "png", "jpg", "FILE_TOO_LARGE The image is 5000 × 6000 pixels; at most 25 million are taken of one of its kind."},
		{"a large progressive one", string(bytes.Replace(largeJPEG, []byte{0xFF, 0xC0}, []byte{0xFF, 0xC2}, 1)), "jpg", "webp", "FILE_TOO_LARGE The image is 6000 × 5000 pixels; at most 25 million are taken of one of its kind."},
		{"a large one behind what is no segment", "\xff\xd8\xff\x00\x00\x20\x01" + largestFrame + string(gray[2:]), "jpg", "png", "INVALID_IMAGE The JPEG image is damaged: multiple SOF markers."},
		{"a large one alone behind what is no segment", "\xff\xd8\xff\x00\x00\x20\x01" + largestFrame + "\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00", "jpg", "png", "FILE_TOO_LARGE The image is 65535 × 65535 pixels; at most 50 million are taken of one of its kind."},
		{"a large WebP before a small one", string(riff(riffChunk("VP8L", []byte{0x2F, 0xFF, 0xFF, 0xFF, 0x0F}), still[12:])), "webp", "png", "FILE_TOO_LARGE The image is 16384 × 16384 pixels; at most 50 million are taken of one of its kind."},
		{"a WebP with two canvases", string(riff(riffChunk("VP8X", []byte{16, 0, 0, 0, 255, 255, 0, 255, 255, 0}), riffChunk("VP8X", []byte{16, 0, 0, 0, 36, 0, 0, 22, 0, 0}), still[12:])), "webp", "png", "INVALID_IMAGE The WebP image is damaged: invalid format."},
		{"a wide one", string(sized(20_000, 10)), "png", "webp", "INVALID_IMAGE The image is 20000 × 10 pixels; WebP images have at most 16383 in each direction."},
		{"one with only a header", string(sized(20, 10)), "png", "webp", "INVALID_IMAGE The PNG image ends before it is complete."},
		{"a sum that is wrong", string(damaged), "png", "jpg", "INVALID_IMAGE The PNG image is damaged: invalid checksum."},
		{"half a JPEG", string(gray[:len(gray)/2]), "jpg", "png", "INVALID_IMAGE The JPEG image ends before it is complete."},
		{"arithmetic coding", string(arithmetic), "jpg", "png", "INVALID_IMAGE The JPEG image is of a kind that cannot be read: unknown marker."},
		{"half a GIF", "GIF89a\x02\x00\x02\x00\x80\x00\x00", "gif", "png", "INVALID_IMAGE The GIF image ends before it is complete."},
		{"an animated WebP", string(animated), "webp", "gif", "INVALID_IMAGE The image is an animated WebP; only still ones are taken."},
		{"a WebP on another canvas", string(canvas), "webp", "gif", "INVALID_IMAGE The WebP image is damaged: invalid format."},
		{"half a WebP", string(still[:40]), "webp", "gif", "INVALID_IMAGE The WebP image ends before it is complete."},
	} {
		if got := failure(t, []byte(c.raw), c.from, c.to); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := string(converted(t, animated, "webp", "base64")); got != base64.StdEncoding.EncodeToString(animated) {
		t.Errorf("an animation stays what it is as Base64: %.60q", got)
	}
}

// TestCutAndChangedFilesAreRefused cuts images of each format anywhere, and changes each
// of their bytes: nothing but a fault, or an image, comes of it.
func TestCutAndChangedFilesAreRefused(t *testing.T) {
	t.Parallel()
	m := samples()["few"]
	var asGIF bytes.Buffer
	if err := gif.Encode(&asGIF, m, nil); err != nil {
		t.Fatal(err)
	}
	raw := asPNG(t, m)
	for from, raw := range map[string][]byte{
		"png": afterIHDR(raw, chunk("eXIf", exif(binary.LittleEndian, 8))), "gif": asGIF.Bytes(), "jpg": jpegWith(t, m, exif(binary.BigEndian, 5)),
		"webp": withEXIF(converted(t, raw, "png", "webp"), exif(binary.LittleEndian, 2), image.Pt(37, 23)),
	} {
		for i := range raw {
			taken(t, raw[:i], from, "png")
			changed := bytes.Clone(raw)
			changed[i] ^= 0xFF
			taken(t, changed, from, "png")
		}
	}
}

// taken wants an image to be converted into one that can be read, or refused.
func taken(t *testing.T, raw []byte, from, to string) {
	t.Helper()
	var out bytes.Buffer
	err := picture.Convert(t.Context(), bytes.NewReader(raw), &out, &data.Options{From: from, To: to})
	if err != nil {
		f := fault.Of(err)
		if f == nil || f.Code != "INVALID_IMAGE" && f.Code != "FILE_TOO_LARGE" && f.Code != "INVALID_BASE64" && f.Code != "INVALID_ENCODING" {
			t.Errorf("%s: %v", from, err)
		}
		if f != nil && f.Code == "INVALID_IMAGE" && !strings.HasSuffix(reason(err), ".") {
			t.Errorf("%s: no sentence: %s", from, reason(err))
		}
		return
	}
	if to != "base64" {
		pixels(t, out.Bytes(), strings.Replace(to, "jpeg", "jpg", 1))
	}
}

// FuzzConvert wants of any input an image that can be read, or a fault.
func FuzzConvert(f *testing.F) {
	small := image.NewNRGBA(image.Rect(0, 0, 5, 4))
	for i := range small.Pix {
		small.Pix[i] = byte(i * 7)
	}
	raw := asPNG(f, small)
	f.Add(afterIHDR(raw, chunk("eXIf", exif(binary.LittleEndian, 8))))
	for _, to := range []string{"jpg", "gif", "webp", "base64"} {
		f.Add(converted(f, raw, "png", to))
	}
	f.Add([]byte("data:image/gif;base64,R0lGODlh"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, from := range []string{"jpg", "png", "gif", "webp", "base64"} {
			if from != "base64" && failure(t, in, from, "base64") != "taken" {
				continue // it is of another format
			}
			for _, to := range []string{"png", "gif", "webp", "jpeg", "base64"} {
				taken(t, in, from, to)
			}
		}
	})
}
