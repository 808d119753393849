package workbook

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

func begins(head []byte, magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }

// beginnings are of files that are handed in as workbooks and are none, or are none that is read.
var beginnings = []struct{ magic, what string }{
	{"\x09\x00", "it seems to be a workbook of Excel 2.0; save it as .xlsx"},
	{"\x09\x02", "it seems to be a workbook of Excel 3.0; save it as .xlsx"},
	{"\x09\x04", "it seems to be a workbook of Excel 4.0; save it as .xlsx"},
	{"\x09\x08", "it seems to be a workbook of Excel 5.0 or of a program like it; save it as .xlsx"},
	{"%PDF", "it seems to be a PDF document"},
	{"{\\rtf", "it seems to be an RTF document"},
	{"\x1F\x8B", "it seems to be compressed by gzip"},
	{"\x89PNG", "it seems to be an image"},
	{"\xFF\xD8\xFF", "it seems to be an image"},
}

// seems says what a file is, by its beginning.
func seems(head []byte) string {
	for _, b := range beginnings {
		if begins(head, b.magic) {
			return b.what
		}
	}
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\uFEFF")))
	switch {
	case len(head) == 0:
		return "it is empty"
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.Contains(text, "<table"):
		return "it seems to be an HTML page; save it as .xlsx"
	case strings.HasPrefix(text, "<?xml") && strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet"):
		return "it seems to be an XML Spreadsheet of Excel 2003; save it as .xlsx"
	case strings.HasPrefix(text, "<"):
		return "it seems to be XML"
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "it seems to be JSON"
	case isText(head):
		return "it seems to be text, for instance CSV"
	default:
		return "it begins with none of the bytes that workbooks begin with"
	}
}

func isText(head []byte) bool {
	if begins(head, "\xFF\xFE") || begins(head, "\xFE\xFF") {
		return true
	}
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
		head = head[n:]
	}
	return true
}

// seemsZip says what a ZIP archive without a workbook is.
func seemsZip(files map[string]*zip.File) string {
	if f := files["mimetype"]; f != nil {
		if kind := mimetype(f); strings.Contains(kind, "opendocument.spreadsheet") {
			return "it seems to be an OpenDocument spreadsheet (.ods); save it as .xlsx"
		} else if strings.Contains(kind, "opendocument") {
			return "it seems to be an OpenDocument file"
		}
	}
	for _, k := range []struct{ part, what string }{
		{"xl/workbook.bin", "it seems to be a binary workbook (.xlsb); save it as .xlsx"},
		{"word/document.xml", "it seems to be a Word document"},
		{"ppt/presentation.xml", "it seems to be a PowerPoint presentation"},
		{"index/document.iwa", "it seems to be a Numbers document; export it as .xlsx"},
	} {
		if files[k.part] != nil {
			return k.what
		}
	}
	return "it is a ZIP archive without one"
}

// mimetype reads the part by which OpenDocument files say what they are.
func mimetype(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, 100))
	if err != nil {
		return ""
	}
	return string(b)
}
