package datatool

import (
	"strconv"
	"strings"

	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/tool"
)

// tabSpace is the option for the width of a level.
func tabSpace(spaces int) option {
	return option{
		Option: tool.Option{
			Header: "x-tab-space", Kind: tool.Int, Default: strconv.Itoa(spaces), Min: 0, Max: 16,
			Summary: "Spaces per level; 0 breaks lines without indenting them.",
		},
		set: func(o *data.Options, value string) { o.TabSpace = number(value) },
	}
}

// hasHeader is the option for tables whose first row is a header, or not.
func hasHeader() option {
	return option{
		Option: tool.Option{Header: "x-has-header", Kind: tool.Bool, Default: "true", Summary: "Whether the first row has the names of the columns."},
		set:    func(o *data.Options, value string) { o.HasHeader = value == "true" },
	}
}

// rootName and rowName are the options for the elements of a document and of its rows.
func rootName() option {
	return option{
		Option: tool.Option{Header: "x-root-name", Kind: tool.Text, Default: "root", Check: checkName, Summary: "The name of the outermost element."},
		set:    func(o *data.Options, value string) { o.RootName = value },
	}
}

func rowName() option {
	return option{
		Option: tool.Option{Header: "x-row-name", Kind: tool.Text, Default: "row", Check: checkName, Summary: "The name of the element of a row."},
		set:    func(o *data.Options, value string) { o.RowName = value },
	}
}

// checkName says what the name of an element must be, if it is none.
func checkName(value string) (want string) {
	if !xmlform.LegalName(value) {
		return "a name that XML elements can have, without a colon"
	}
	return ""
}

// anyRootName is rootName for values, whose only member may be the outermost element.
func anyRootName() option {
	o := rootName()
	o.Summary = "The name of the outermost element; - takes the only member of the input for it."
	o.Check = func(value string) (want string) {
		if value == xmlform.NoRoot {
			return ""
		}
		return checkName(value)
	}
	return o
}

// sheetName and sheetIndex are the options for the one sheet of a workbook that is read.
func sheetName() option {
	return option{
		Option: tool.Option{Header: "x-sheet-name", Kind: tool.Text, Summary: "The only sheet to read, by its name; all where neither name nor index is given."},
		set:    func(o *data.Options, value string) { o.SheetName = value },
	}
}

func sheetIndex() option {
	return option{
		Option: tool.Option{Header: "x-sheet-index", Kind: tool.Int, Min: 0, Max: maxSheets, Summary: "The only sheet to read, counted from 0."},
		set: func(o *data.Options, value string) {
			if value != "" {
				o.SheetIndex = number(value)
			}
		},
	}
}

// maxSheets is more than any workbook has that a spreadsheet opens well.
const maxSheets = 9999

// number reads the value of an Int option, which was checked.
func number(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil {
		panic("datatool: option " + value + " was not checked")
	}
	return n
}

// escapeFormulas is the option for tables that a spreadsheet will open.
func escapeFormulas() option {
	return option{
		Option: tool.Option{
			Header: "x-escape-formulas", Kind: tool.Bool, Default: "false",
			Summary: "Whether texts that a spreadsheet would calculate get an apostrophe before them.",
		},
		set: func(o *data.Options, value string) { o.EscapeFormulas = value == "true" },
	}
}

// urlSafe is the option for what URL encoding leaves alone. It has no default, so
// that a caller can have the empty one.
func urlSafe() option {
	return option{
		Option: tool.Option{
			Header: "x-url-safe", Kind: tool.Text, Check: checkASCII,
			Summary: "Characters of ASCII that stay as they are, beside letters, digits, -, ., _ and ~, which always do.",
		},
		set: func(o *data.Options, value string) { o.Safe = value },
	}
}

func checkASCII(value string) (want string) {
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' {
			return "printable characters of ASCII"
		}
	}
	return ""
}

// sourceFormat and destinationFormat are the options for what an image is and becomes.
func sourceFormat() option {
	return option{
		Option: tool.Option{Header: "x-source-format", Kind: tool.Choice, Choices: picture.Formats(), Required: true, Summary: "The format of the image."},
		set:    func(o *data.Options, value string) { o.From = value },
	}
}

func destinationFormat() option {
	return option{
		Option: tool.Option{Header: "x-destination-format", Kind: tool.Choice, Choices: picture.Formats(), Required: true, Summary: "The format that the image is to have; with base64 it stays the file that it is."},
		set:    func(o *data.Options, value string) { o.To = value },
	}
}

// delimiter is the option for what stands between fields, which is found out where it
// is not given; with delimiterOf it has a default.
func delimiter() option {
	return option{
		Option: tool.Option{
			Header: "x-delimiter", Kind: tool.Text, Check: checkDelimiter,
			Summary: "What stands between fields: one character of ASCII, or the word tab; where it is not given it is found out.",
		},
		set: func(o *data.Options, value string) { o.Delimiter = delimiterIn(value) },
	}
}

func delimiterOf(c byte) option { //nolint:unparam // each table says what its default is
	o := delimiter()
	o.Default = string(c)
	o.Summary = "What stands between fields: one character of ASCII, or the word tab."
	return o
}

// checkDelimiter says what a delimiter must be, if it is none.
func checkDelimiter(value string) (want string) {
	if c := delimiterIn(value); c == 0 || c >= 0x80 || c == '"' || c == '\r' || c == '\n' {
		return "one character of ASCII that is no quote, or the word tab"
	}
	return ""
}

// delimiterIn reads a delimiter: 0 if there is none.
func delimiterIn(value string) byte {
	switch {
	case strings.EqualFold(value, "tab") || value == `\t`:
		return '\t'
	case len(value) == 1:
		return value[0]
	default:
		return 0
	}
}

// duplicates is the option for which of equal rows stays.
func duplicates() option {
	return option{
		Option: tool.Option{
			Header: "x-duplicate-handling", Kind: tool.Choice, Default: "first", Choices: []string{"first", "last", "none"},
			Summary: "Which of rows that are equal stays; with none only rows stay that occur once.",
		},
		set: func(o *data.Options, value string) { o.Keep = value },
	}
}
