// Package filename is about what files are called by those who save them: names are
// checked, those of others are tidied, and Content-Disposition is read and written
// (RFC 6266). It knows nothing of what is in the files.
package filename

import (
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"claimcheck/internal/media"
)

// MaxBytes is how long a name can be in UTF-8, so that with an extension it is not
// longer than file systems take.
const MaxBytes = 240

// Sound reports whether a file can have this name wherever it is saved: it is text of
// 1 to MaxBytes bytes of UTF-8 without separators of paths, control characters and
// what turns the direction of text, which neither begins nor ends with a point or a
// space.
func Sound(name string) bool {
	return name != "" && len(name) <= MaxBytes && utf8.ValidString(name) && !strings.ContainsFunc(name, odd) && strings.Trim(name, ends) == name
}

const ends = ". "

// odd are characters that no name has.
func odd(c rune) bool {
	return c == '/' || c == '\\' || c == utf8.RuneError || unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// Tidy makes a name that somebody else gave a sound one: what is before the last
// separator of paths goes, and so do odd characters. Bytes that are no UTF-8 are taken
// for ISO 8859-1, as old servers write them. It is empty where nothing is left.
func Tidy(name string) string {
	if !utf8.ValidString(name) {
		runes := make([]rune, len(name))
		for i := range len(name) {
			runes[i] = rune(name[i])
		}
		name = string(runes)
	}
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Trim(strings.Map(func(c rune) rune {
		if odd(c) {
			return -1
		}
		return c
	}, name), ends)
	ext := path.Ext(name)
	if len(ext) > maxExtension {
		ext = ""
	}
	if len(name) <= MaxBytes {
		return name
	}
	return strings.TrimRight(cut(strings.TrimSuffix(name, ext), MaxBytes-len(ext)), ends) + ext
}

const maxExtension = 20 // bytes, point included; what is longer is no extension

// cut is the beginning of a text, at most so many bytes, no character cut in two.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// Of is the name that a Content-Disposition gives a file, tidied; empty for none.
// filename* goes before filename.
func Of(disposition string) string {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	return Tidy(params["filename"])
}

// With is a sound name with the extension (lower case, without the point) that files
// of this kind have: it is put behind a name that has another one. Of a kind that is
// not known, bin, any extension will do.
func With(name, ext string) string {
	has := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	kind := media.TypeOfExtension(ext)
	switch {
	case name == "", has == ext, has != "" && (ext == "bin" || kind != "" && media.TypeOfExtension(has) == kind):
		return name
	default:
		return name + "." + ext
	}
}

// Attachment is the Content-Disposition of a file that is to be saved under a sound
// name. Clients that know ASCII alone get underscores for the rest.
func Attachment(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%`, c) {
			return '_'
		}
		return c
	}, name)
	value := `attachment; filename="` + plain + `"`
	if plain != name {
		value += "; filename*=UTF-8''" + encoded(name)
	}
	return value
}

// encoded writes a text as RFC 8187, section 3.2.1, wants it.
func encoded(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if letter || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}
