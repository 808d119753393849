package media_test

import (
	"strings"
	"testing"

	"claimcheck/internal/media"
)

func TestContentTypes(t *testing.T) {
	for _, c := range []struct {
		field, tidy, ext string
		isJSON, isText   bool
	}{
		{"application/json", "application/json", "json", true, true},
		{"Application/Problem+JSON ; charset=UTF-8", "application/problem+json; charset=UTF-8", "json", true, true},
		{"image/svg+xml", "image/svg+xml", "svg", false, true},
		{"image/png", "image/png", "png", false, false},
		{"text/csv", "text/csv", "csv", false, true},
		{"", "application/octet-stream", "bin", false, false},
		{"nonsense", "application/octet-stream", "bin", false, false},
		{"text/plain\r\nX-Evil: 1", "application/octet-stream", "bin", false, false},
		{"text/" + strings.Repeat("x", 300), "application/octet-stream", "bin", false, false},
	} {
		tidy := media.ContentType(c.field)
		if tidy != c.tidy || media.Extension(tidy) != c.ext || media.IsJSON(tidy) != c.isJSON || media.IsText(tidy) != c.isText {
			t.Errorf("%q: %q %s JSON %t text %t", c.field, tidy, media.Extension(tidy), media.IsJSON(tidy), media.IsText(tidy))
		}
	}
}

func TestTheTableOfFiles(t *testing.T) {
	for _, c := range []struct{ ext, kind, back string }{
		{"json", "application/json", "json"},
		{"yml", "application/yaml", "yaml"},
		{"yaml", "application/yaml", "yaml"},
		{"log", "text/plain", "txt"},
		{"htm", "text/html", "html"},
		{"jpeg", "image/jpeg", "jpg"},
		{"xls", "application/vnd.ms-excel", "xls"},
		{"ndjson", "application/x-ndjson", "ndjson"},
		{"tsv", "text/tab-separated-values", "tsv"},
		{"js", "text/javascript", "js"},
		{"xml", "application/xml", "xml"},
		{"exe", "", "bin"},
	} {
		if kind := media.TypeOfExtension(c.ext); kind != c.kind || media.Extension(kind) != c.back {
			t.Errorf("%s: got %q and %s, want %q and %s", c.ext, kind, media.Extension(kind), c.kind, c.back)
		}
	}
	for _, ext := range media.UploadExtensions {
		if media.TypeOfExtension(ext) == "" {
			t.Errorf("%s can be uploaded and has no type", ext)
		}
	}
}

func TestWhatAnAnswerMayBe(t *testing.T) {
	for _, c := range []struct {
		field string
		ext   string // empty: any
		want  bool
	}{
		{"", "csv", true},
		{"text/plain; charset=utf-8", "csv", true},
		{"application/octet-stream", "png", true},
		{"text/html", "", true},
		{"text/html", "json", false},
		{"text/html; charset", "html", true},
		{"application/vnd.x+json", "json", true},
		{"application/vnd.x+json", "csv", false},
		{"application/vnd.ms-excel", "csv", true},
		{"text/csv", "xls", false},
		{"nonsense", "json", false},
		{"application/pdf", "pdf", true},
		{"image/svg+xml", "svg", true},
		{"text/html", "pdf", false},
		{"image/png", "unknown", false},
	} {
		var list []string
		if c.ext != "" {
			list = []string{"gif", c.ext}
		}
		if got := media.MayBe(c.field, list); got != c.want {
			t.Errorf("%q as %q: got %t", c.field, c.ext, got)
		}
	}
}
