package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"claimcheck/internal/data"
)

// A head is what the header of an image says.
type head struct {
	kind          kind
	width, height int
	orientation   int  // of EXIF, 1 to 8; 1 is upright
	animated      bool // a WebP with several pictures
	deep          bool // it takes twice the memory, see maxDeepPixels
}

// header reads the header of an image, which has the format from, and refuses what
// cannot be converted.
func header(raw []byte, from string) (head, error) {
	k, ok := kindOf(raw)
	want, named := kinds[from]
	switch {
	case k == "" && named && len(raw) > 0 && isBase64(raw):
		return head{}, wrong("Expected a %s image, but this seems to be Base64.", want)
	case k == "" && named:
		return head{}, wrong("Expected a %s image, but this does not begin like one.", want)
	case k == "":
		return head{}, wrong("Expected the Base64 of a JPEG, PNG, GIF or WebP image, but this does not begin like one.")
	case named && k != want:
		return head{}, wrong("Expected a %s image, but this seems to be %s.", want, k)
	case !ok:
		return head{}, wrong("Expected the Base64 of a JPEG, PNG, GIF or WebP image, but this seems to be %s.", k)
	}
	h := head{orientation: 1}
	switch k {
	case jpegKind:
		h = jpegHead(raw)
	case pngKind:
		h = pngHead(raw)
	case webpKind:
		h = webpHead(raw)
	default: // a GIF says nothing else
	}
	var c image.Config
	err := guarded(func() (err error) { // the decoder's own word, so that what is decoded has this size
		c, err = configs[k](bytes.NewReader(raw))
		return err
	})
	if err != nil {
		return head{}, unreadable(k, err)
	}
	h.kind, h.width, h.height = k, c.Width, c.Height
	limit := maxPixels
	if h.deep {
		limit = maxDeepPixels
	}
	switch {
	case h.width <= 0 || h.height <= 0:
		return head{}, wrong("The %s image is damaged: its header has no size.", k)
	case int64(h.width)*int64(h.height) > int64(limit):
		return head{}, data.TooLarge("The image is %d × %d pixels; at most %d million are taken of one of its kind.", h.width, h.height, limit/1_000_000)
	}
	return h, nil
}

// configs are the decoders of headers.
var configs = map[kind]func(io.Reader) (image.Config, error){jpegKind: jpeg.DecodeConfig, pngKind: png.DecodeConfig, gifKind: gif.DecodeConfig, webpKind: webp.DecodeConfig}

// isBase64 reports whether a file that is no image begins as the Base64 of one does.
func isBase64(raw []byte) bool {
	begins := bytes.TrimLeft(raw[:min(len(raw), maxPrefix)], " \t\r\n")
	for _, begin := range []string{"data:", "/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR"} {
		if bytes.HasPrefix(begins, []byte(begin)) {
			return true
		}
	}
	return false
}

// jpegHead walks the segments of a JPEG (ITU T.81, B.1) to its first scan. What stands between
// them is passed over as the decoder does, so that both see the same frame.
func jpegHead(raw []byte) (h head) {
	const app1, scan, end, progressive = 0xE1, 0xDA, 0xD9, 0xC2
	h.orientation = 1
	for rest := raw[2:]; ; {
		rest = rest[max(bytes.IndexByte(rest, 0xFF), 0):]
		for len(rest) >= 2 && rest[0] == 0xFF && rest[1] == 0xFF {
			rest = rest[1:]
		}
		if len(rest) < 4 || rest[0] != 0xFF {
			return h
		}
		marker := rest[1]
		if marker == 0 || marker >= 0xD0 && marker <= 0xD7 { // they have no length
			rest = rest[2:]
			continue
		}
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < 2 || len(rest) < n+2 || marker == scan || marker == end {
			return h
		}
		switch {
		case marker == app1 && h.orientation == 1:
			h.orientation = orientation(rest[4 : n+2])
		case marker == progressive:
			h.deep = true
		}
		rest = rest[n+2:]
	}
}

// pngHead reads IHDR, which is first, and eXIf, which may be anywhere (W3C PNG, 5 and 11).
func pngHead(raw []byte) (h head) {
	h.orientation = 1
	for rest := raw[8:]; len(rest) >= 12; {
		n := binary.BigEndian.Uint32(rest)
		if int64(n) > int64(len(rest)-12) {
			return h
		}
		chunk := rest[8 : 8+n]
		switch name := string(rest[4:8]); {
		case name == "IHDR" && n > 8:
			h.deep = h.deep || chunk[8] > 8
		case name == "eXIf":
			h.orientation = orientation(chunk)
		}
		rest = rest[12+n:]
	}
	return h
}
