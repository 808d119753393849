package tool

import (
	"mime"
	"strings"
)

const (
	anyBytes      = "application/octet-stream"
	maxTypeBytes  = 200
	maxInputBytes = 1000 // of an input's type: profiles and boundaries are long
)

// InputType returns the Content-Type of an input as it was sent, so that the
// boundary of a form survives; empty for a field that says nothing, or that
// could not be sent on.
func InputType(field string) string {
	field = strings.TrimSpace(field)
	odd := func(c rune) bool { return c < ' ' || c > '~' }
	if len(field) > maxInputBytes || strings.ContainsFunc(field, odd) {
		return ""
	}
	switch strings.ToLower(media(field)) {
	case anyBytes, "binary/octet-stream", "application/x-download", "application/force-download":
		return ""
	default:
		return field
	}
}

// TypeOfExtension is the usual type of files with an extension (lower case,
// without the dot); empty for one that is not known.
func TypeOfExtension(ext string) string { return inputTypes[ext] }

// inputTypes are the types of the files that can be uploaded, and of others
// that endpoints often take.
var inputTypes = map[string]string{
	"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv", "xml": "application/xml", "txt": "text/plain", "log": "text/plain",
	"yml": "application/yaml", "yaml": "application/yaml", "html": "text/html", "htm": "text/html", "md": "text/markdown", "js": "text/javascript", "css": "text/css",
	"xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "sql": "application/sql",
	"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml", "avif": "image/avif",
	"pdf": "application/pdf", "zip": "application/zip", "gz": "application/gzip",
	"mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "mp4": "video/mp4", "webm": "video/webm",
}

// ContentType tidies the Content-Type of somebody else's answer; what is none
// is application/octet-stream.
func ContentType(field string) string {
	media, params, err := mime.ParseMediaType(field)
	if err != nil || len(field) > maxTypeBytes || !strings.Contains(media, "/") {
		return anyBytes
	}
	if tidy := mime.FormatMediaType(media, params); tidy != "" {
		return tidy
	}
	return anyBytes
}

// media is a content type without its parameters.
func media(contentType string) string {
	m, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(m)
}

// IsJSON reports whether a tidy content type is JSON's, or one that is written
// in JSON (RFC 6839, section 3.1).
func IsJSON(contentType string) bool {
	m := media(contentType)
	return m == "application/json" || strings.HasSuffix(m, "+json")
}

// IsPlain reports whether a Content-Type, as it was sent, is that of plain text.
func IsPlain(field string) bool { return strings.EqualFold(media(field), "text/plain") }

// IsText reports whether what has a tidy content type can be shown as text.
func IsText(contentType string) bool {
	m := media(contentType)
	switch m {
	case "application/xml", "application/yaml", "application/x-ndjson", "application/javascript", "application/sql":
		return true
	default:
		return strings.HasPrefix(m, "text/") || strings.HasSuffix(m, "+xml") || strings.HasSuffix(m, "+yaml") || IsJSON(contentType)
	}
}

// extensions are the usual ones of types that endpoints make. The tables of the
// system are not asked: they differ from one to the next.
var extensions = map[string]string{
	"application/json": "json", "application/xml": "xml", "application/yaml": "yaml", "application/x-ndjson": "ndjson",
	"application/pdf": "pdf", "application/zip": "zip", "application/gzip": "gz", "application/sql": "sql", "application/javascript": "js",
	"application/vnd.ms-excel": "xls", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
	"text/plain": "txt", "text/csv": "csv", "text/html": "html", "text/markdown": "md", "text/css": "css", "text/xml": "xml", "text/javascript": "js",
	"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg", "image/avif": "avif",
	"audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg", "video/mp4": "mp4", "video/webm": "webm",
}

// Extension is the extension of a file with a tidy content type, bin for one
// that is not known.
func Extension(contentType string) string {
	if ext := extensions[media(contentType)]; ext != "" {
		return ext
	}
	if IsJSON(contentType) {
		return "json"
	}
	return "bin"
}
