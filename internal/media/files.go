package media

import (
	"errors"
	"mime"
	"slices"
	"strings"
)

// A file is one kind of files.
type file struct {
	ext    string   // lower case, without the dot
	kind   string   // the usual type
	also   []string // other types that such files are sent with
	second bool     // another extension is the usual one of the type
	upload bool     // clients may upload it
}

// files is the one table of kinds of files. The tables of the system are not
// asked: they differ from one to the next.
var files = []file{
	{ext: "json", kind: "application/json", also: []string{"text/json", "application/x-ndjson", "application/geo+json"}, upload: true},
	{ext: "csv", kind: "text/csv", also: []string{"application/csv", "application/vnd.ms-excel", "text/comma-separated-values"}, upload: true},
	{ext: "xml", kind: "application/xml", also: []string{"text/xml"}, upload: true},
	{ext: "txt", kind: "text/plain", upload: true},
	{ext: "yml", kind: "application/yaml", also: yamls, second: true, upload: true},
	{ext: "yaml", kind: "application/yaml", also: yamls, upload: true},
	{ext: "html", kind: "text/html", also: []string{"application/xhtml+xml"}, upload: true},
	{ext: "md", kind: "text/markdown", also: []string{"text/x-markdown"}, upload: true},
	{ext: "js", kind: "text/javascript", also: []string{"application/javascript", "application/x-javascript"}, upload: true},
	{ext: "css", kind: "text/css", upload: true},
	{ext: "xls", kind: "application/vnd.ms-excel", upload: true},
	{ext: "xlsx", kind: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", upload: true},
	{ext: "jpg", kind: "image/jpeg", upload: true},
	{ext: "jpeg", kind: "image/jpeg", second: true, upload: true},
	{ext: "png", kind: "image/png", upload: true},
	{ext: "gif", kind: "image/gif", upload: true},
	{ext: "webp", kind: "image/webp", upload: true},
	{ext: "sql", kind: "application/sql", also: []string{"text/x-sql", "application/x-sql"}, upload: true},
	{ext: "log", kind: "text/plain", second: true, upload: true},

	// Others that endpoints often take or make.
	{ext: "tsv", kind: "text/tab-separated-values"},
	{ext: "ndjson", kind: "application/x-ndjson"},
	{ext: "htm", kind: "text/html", second: true},
	{ext: "svg", kind: "image/svg+xml"},
	{ext: "avif", kind: "image/avif"},
	{ext: "pdf", kind: "application/pdf"},
	{ext: "zip", kind: "application/zip"},
	{ext: "gz", kind: "application/gzip"},
	{ext: "mp3", kind: "audio/mpeg"},
	{ext: "wav", kind: "audio/wav"},
	{ext: "ogg", kind: "audio/ogg"},
	{ext: "mp4", kind: "video/mp4"},
	{ext: "webm", kind: "video/webm"},
}

var yamls = []string{"application/x-yaml", "text/yaml", "text/x-yaml"}

// otherNames are older types whose files get the extension of the newer one.
var otherNames = map[string]string{"text/xml": "xml", "application/javascript": "js"}

// UploadExtensions are those that an upload may have.
var UploadExtensions = uploadExtensions()

func uploadExtensions() []string {
	var list []string
	for _, f := range files {
		if f.upload {
			list = append(list, f.ext)
		}
	}
	return list
}

// TypeOfExtension is the usual type of files with an extension (lower case,
// without the dot); empty for one that is not known.
func TypeOfExtension(ext string) string {
	for _, f := range files {
		if f.ext == ext {
			return f.kind
		}
	}
	return ""
}

// Extension is the extension of a file with a tidy content type, bin for one
// that is not known.
func Extension(contentType string) string {
	kind := bare(contentType)
	for _, f := range files {
		if f.kind == kind && !f.second {
			return f.ext
		}
	}
	switch {
	case otherNames[kind] != "":
		return otherNames[kind]
	case IsJSON(contentType):
		return "json"
	default:
		return "bin"
	}
}

// saysNothing are types that say nothing about a file.
var saysNothing = []string{"", anyBytes, "binary/octet-stream", "text/plain", "application/x-download", "application/force-download"}

// MayBe reports whether an answer of this Content-Type, as it was sent, may be a
// file with one of the extensions (none: any): a page that says "log in" is not.
func MayBe(contentType string, extensions []string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return contentType == ""
	}
	if slices.Contains(saysNothing, kind) || len(extensions) == 0 {
		return true
	}
	return slices.ContainsFunc(files, func(f file) bool {
		if !slices.Contains(extensions, f.ext) {
			return false
		}
		return f.kind == kind || slices.Contains(f.also, kind) || (f.ext == "json" || f.ext == "xml" || f.ext == "yaml") && strings.HasSuffix(kind, "+"+f.ext)
	})
}
