package picture

import "bytes"

// A kind of image.
type kind string

// The kinds that can be read and written, as sentences name them.
const (
	jpegKind kind = "JPEG"
	pngKind  kind = "PNG"
	gifKind  kind = "GIF"
	webpKind kind = "WebP"
)

// Base64 is the name of no format of images but of how one is written as text.
const Base64 = "base64"

// kinds are what callers name.
var kinds = map[string]kind{"jpg": jpegKind, "jpeg": jpegKind, "png": pngKind, "gif": gifKind, "webp": webpKind}

// Formats are the names that callers have for formats, Base64 the last.
func Formats() []string { return []string{"jpg", "jpeg", "png", "gif", "webp", Base64} }

// beginnings are how files begin, those of other formats too, to say what was met.
var beginnings = []struct {
	kind   kind
	at     int
	begins string
}{
	{jpegKind, 0, "\xff\xd8\xff"},
	{pngKind, 0, "\x89PNG\r\n\x1a\n"},
	{gifKind, 0, "GIF87a"},
	{gifKind, 0, "GIF89a"},
	{webpKind, 8, "WEBPVP8"},
	{"HEIC", 4, "ftyphei"},
	{"HEIC", 4, "ftypmif1"},
	{"AVIF", 4, "ftypavi"},
	{"TIFF", 0, "II*\x00"},
	{"TIFF", 0, "MM\x00*"},
	{"JPEG 2000", 4, "jP  \r\n\x87\n"},
	{"JPEG XL", 0, "\xff\x0a"},
	{"JPEG XL", 4, "JXL \r\n\x87\n"},
	{"BMP", 0, "BM"},
	{"ICO", 0, "\x00\x00\x01\x00"},
	{"PDF", 0, "%PDF-"},
	{"SVG", 0, "<svg"},
	{"XML", 0, "<?xml"},
}

// kindOf returns what a file seems to be; ok is false if it is none that can be read.
func kindOf(raw []byte) (k kind, ok bool) {
	for _, b := range beginnings {
		if len(raw) > b.at && bytes.HasPrefix(raw[b.at:], []byte(b.begins)) {
			return b.kind, b.kind == jpegKind || b.kind == pngKind || b.kind == gifKind || b.kind == webpKind
		}
	}
	return "", false
}
