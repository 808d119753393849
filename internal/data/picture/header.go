package picture

import (
	"bytes"
	"encoding/binary"

	"claimcheck/internal/data"
)

// A head is what the header of an image says.
type head struct {
	kind          kind
	width, height int
	orientation   int  // of EXIF, 1 to 8; 1 is upright
	animated      bool // a WebP with several pictures
	deep          bool // it takes twice the memory, see MaxDeepPixels
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
	h := map[kind]func([]byte) head{jpegKind: jpegHead, pngKind: pngHead, gifKind: gifHead, webpKind: webpHead}[k](raw)
	h.kind = k
	limit := MaxPixels
	if h.deep {
		limit = MaxDeepPixels
	}
	switch {
	case h.width <= 0 || h.height <= 0:
		return head{}, wrong("The %s image is damaged: its header has no size.", k)
	case int64(h.width)*int64(h.height) > int64(limit):
		return head{}, data.TooLarge("The image is %d × %d pixels; at most %d million are taken of one of its kind.", h.width, h.height, limit/1_000_000)
	}
	return h, nil
}

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

// jpegHead walks the segments of a JPEG (ITU T.81, B.1) to its first frame.
func jpegHead(raw []byte) (h head) {
	h.orientation = 1
	const begin, progressive, padding, app1, scan = 0xC0, 0xC2, 0xFF, 0xE1, 0xDA
	rest := raw[2:]
	for len(rest) >= 4 && rest[0] == 0xFF {
		marker := rest[1]
		if marker == padding {
			rest = rest[1:]
			continue
		}
		if marker == 0x01 || marker >= 0xD0 && marker <= 0xD7 { // they have no length
			rest = rest[2:]
			continue
		}
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < 2 || len(rest) < n+2 || marker == scan {
			return h
		}
		segment := rest[4 : n+2]
		switch {
		case marker == app1 && h.orientation == 1:
			h.orientation = orientation(segment)
		case marker >= begin && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC && h.width == 0:
			if len(segment) < 5 {
				return h
			}
			h.height = int(binary.BigEndian.Uint16(segment[1:]))
			h.width = int(binary.BigEndian.Uint16(segment[3:]))
			h.deep = marker == progressive
		}
		rest = rest[n+2:]
	}
	return h
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
			h.width, h.height, h.deep = size31(chunk), size31(chunk[4:]), chunk[8] > 8
		case name == "eXIf":
			h.orientation = orientation(chunk)
		}
		rest = rest[12+n:]
	}
	return h
}

// size31 reads a length of a PNG, of which 31 bits are used; 0 if it is more.
func size31(b []byte) int {
	n := binary.BigEndian.Uint32(b)
	if n > 1<<31-1 {
		return 0
	}
	return int(n)
}

// gifHead reads the size of the canvas.
func gifHead(raw []byte) (h head) {
	h.orientation = 1
	if len(raw) >= 10 {
		h.width, h.height = int(binary.LittleEndian.Uint16(raw[6:])), int(binary.LittleEndian.Uint16(raw[8:]))
	}
	return h
}
