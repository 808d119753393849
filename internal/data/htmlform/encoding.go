package htmlform

import (
	"bytes"
	"regexp"
	"slices"
)

// In a tag, and anywhere in a document.
var (
	isDeclaration = regexp.MustCompile(`(?i)[\s/"']charset\s*=|http-equiv`)
	tagCharset    = regexp.MustCompile(`(?i)(charset\s*=\s*["']?\s*)([^\s"'/>;]+)`)
)

// inUTF8 is a <meta> tag that declares the encoding that is written, if it declares one.
func inUTF8(tag []byte) []byte {
	m := tagCharset.FindSubmatchIndex(tag)
	if m == nil || !isDeclaration.Match(tag) || bytes.EqualFold(tag[m[4]:m[5]], []byte("utf-8")) {
		return tag
	}
	return slices.Concat(tag[:m[4]], []byte("utf-8"), tag[m[5]:])
}

var metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*?charset\s*=\s*["']?\s*([^\s"'/>;]+)`)

// Encoding finds the encoding that a document declares in <meta>. UTF-16, which could not
// be read so far, is UTF-8 (Encoding standard).
func Encoding(head []byte) string {
	for _, m := range metaCharset.FindAllSubmatchIndex(head, -1) {
		if bytes.Count(head[:m[0]], []byte("<!--")) > bytes.Count(head[:m[0]], []byte("-->")) {
			continue // in a comment
		}
		name := string(bytes.ToLower(head[m[2]:m[3]]))
		if bytes.HasPrefix([]byte(name), []byte("utf-16")) {
			return "utf-8"
		}
		return name
	}
	return ""
}
