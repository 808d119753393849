// Package media says what files are by their extensions and Content-Types.
package media

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
	switch strings.ToLower(bare(field)) {
	case anyBytes, "binary/octet-stream", "application/x-download", "application/force-download":
		return ""
	default:
		return field
	}
}

// ContentType tidies the Content-Type of somebody else's answer; what is none
// is application/octet-stream.
func ContentType(field string) string {
	kind, params, err := mime.ParseMediaType(field)
	if err != nil || len(field) > maxTypeBytes || !strings.Contains(kind, "/") {
		return anyBytes
	}
	if tidy := mime.FormatMediaType(kind, params); tidy != "" {
		return tidy
	}
	return anyBytes
}

// bare is a content type without its parameters.
func bare(contentType string) string {
	m, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(m)
}

// IsJSON reports whether a tidy content type is JSON's, or one that is written
// in JSON (RFC 6839, section 3.1).
func IsJSON(contentType string) bool {
	m := bare(contentType)
	return m == "application/json" || strings.HasSuffix(m, "+json")
}

// IsPlain reports whether a Content-Type, as it was sent, is that of plain text.
func IsPlain(field string) bool { return strings.EqualFold(bare(field), "text/plain") }

// IsText reports whether what has a tidy content type can be shown as text.
func IsText(contentType string) bool {
	m := bare(contentType)
	switch m {
	case "application/xml", "application/yaml", "application/x-ndjson", "application/javascript", "application/sql":
		return true
	default:
		return strings.HasPrefix(m, "text/") || strings.HasSuffix(m, "+xml") || strings.HasSuffix(m, "+yaml") || IsJSON(contentType)
	}
}
