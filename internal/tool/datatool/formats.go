package datatool

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/cssform"
	"claimcheck/internal/data/csvform"
	"claimcheck/internal/data/htmltable"
	"claimcheck/internal/data/jsform"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/data/picture"
	"claimcheck/internal/data/sqlform"
	"claimcheck/internal/data/workbook"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/data/yamlform"
)

// A format is one that data can have. Exactly one of the readers is set where it can be
// read as data, and exactly one of the writers where data can be written in it.
type format struct {
	name        string // in messages and summaries
	contentType string
	alsoTypes   []string // that inputs may have beside it
	ext         string   // of files that are made, without the dot
	extensions  []string // of files that hold inputs
	binary      bool     // it is no text
	document    bool     // what it tells is an XML document
	maxBytes    int64    // of an input, which is read whole; 0: it streams

	readValue  func(in io.Reader, o *data.Options, to data.Sink) error
	readTable  func(in io.Reader, o *data.Options, to data.Table) error
	writeValue func(out io.Writer, o *data.Options) data.Writer
	writeTable func(out io.Writer, o *data.Options) data.Table
}

// The table of formats.
var (
	jsonFormat = &format{
		name: "JSON", contentType: "application/json", ext: "json", extensions: []string{"txt", "json", "log"},
		readValue: jsonform.Read, writeValue: jsonform.NewWriter,
	}
	xmlFormat = &format{
		name: "XML", contentType: "application/xml", ext: "xml", extensions: []string{"txt", "xml", "log"},
		document: true, readValue: xmlform.Read, writeValue: xmlform.NewWriter,
	}
	yamlFormat = &format{
		name: "YAML", contentType: "application/yaml", ext: "yaml", extensions: []string{"yml", "yaml", "txt", "log"}, maxBytes: yamlform.MaxBytes,
		readValue: yamlform.Read, writeValue: yamlform.NewWriter,
	}
	csvFormat = &format{
		name: "CSV", contentType: "text/csv", ext: "csv", extensions: []string{"csv", "txt", "log"},
		readTable: csvform.Read, writeTable: csvform.Write,
	}
	tsvFormat   = &format{name: "TSV", contentType: "text/tab-separated-values", ext: "tsv", writeTable: csvform.WriteTSV}
	excelFormat = &format{
		name: "Excel", contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ext: "xlsx", extensions: []string{"xls", "xlsx"}, binary: true,
		maxBytes: workbook.MaxBytes, readTable: workbook.Read, writeTable: workbook.Write,
	}
	markdownFormat = &format{name: "Markdown", contentType: "text/markdown", ext: "md", extensions: []string{"txt", "md"}}
	cssFormat      = &format{name: "CSS", contentType: "text/css", ext: "css", extensions: []string{"txt", "css", "log"}, maxBytes: cssform.MaxBytes}
	htmlFormat     = &format{name: "HTML", contentType: "text/html", ext: "html", extensions: []string{"html", "txt"}, writeTable: htmltable.Write}
	base64Format   = &format{name: "Base64", contentType: "text/plain", ext: "txt", extensions: []string{"txt", "log"}}
	plainFormat    = &format{name: "text", contentType: "text/plain", ext: "txt", extensions: []string{"txt"}}
	textFormat     = &format{name: "text", contentType: "text/plain", ext: "txt", extensions: []string{"txt", "log"}}
)

// Those of programs.
var (
	javascriptFormat = &format{
		name: "JavaScript", contentType: "text/javascript", ext: "js", extensions: []string{"txt", "js", "log"}, maxBytes: jsform.MaxBytes,
	}
	sqlFormat = &format{name: "SQL", contentType: "application/sql", ext: "sql", extensions: []string{"sql", "txt"}, maxBytes: sqlform.MaxBytes}
)

// Those of images: what is read, and what is written, by the names that callers have for it.
var (
	imageFormat = &format{
		name: "Image", contentType: "image/jpeg", alsoTypes: []string{"image/png", "image/gif", "image/webp", "text/plain"}, extensions: []string{"jpg", "jpeg", "png", "gif", "webp", "txt"}, binary: true,
	}
	imageFormats = map[string]*format{
		"jpg":  {name: "JPEG", contentType: "image/jpeg", ext: "jpg", binary: true},
		"jpeg": {name: "JPEG", contentType: "image/jpeg", ext: "jpeg", binary: true},
		"png":  {name: "PNG", contentType: "image/png", ext: "png", binary: true},
		"gif":  {name: "GIF", contentType: "image/gif", ext: "gif", binary: true},
		"webp": {name: "WebP", contentType: "image/webp", ext: "webp", binary: true},

		picture.Base64: base64Format,
	}
)
