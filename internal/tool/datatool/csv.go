package datatool

import "claimcheck/internal/data/csvform"

// csvTools are those that read CSV.
func csvTools() []row {
	return []row{
		{name: "csv-to-json", summary: "Writes the rows of CSV as JSON objects.", from: csvFormat, to: jsonFormat, options: []option{hasHeader(), delimiter(), tabSpace(2)}},
		{name: "csv-to-xml", summary: "Writes the rows of CSV as XML elements.", from: csvFormat, to: xmlFormat, options: []option{hasHeader(), delimiterOf(','), rootName(), rowName(), tabSpace(2)}},
		{name: "csv-to-yaml", summary: "Writes the rows of CSV as a YAML list.", from: csvFormat, to: yamlFormat, options: []option{hasHeader(), delimiterOf(','), tabSpace(2)}},
		{name: "csv-to-html", summary: "Writes CSV as an HTML document with a table.", from: csvFormat, to: htmlFormat, options: []option{hasHeader(), delimiterOf(',')}},
		{name: "csv-to-base64", summary: "Checks CSV and writes it in Base64, byte for byte.", from: csvFormat, to: base64Format, options: []option{hasHeader(), delimiterOf(',')}, run: toBase64(csvform.Validate)},
		{
			name: "csv-remove-duplicates", summary: "Writes CSV without rows that occur again.", from: csvFormat, to: csvFormat,
			options: []option{hasHeader(), delimiter(), duplicates()}, run: csvform.RemoveDuplicates,
		},
		{name: "csv-whitespace-trim", summary: "Writes CSV without white space around its fields.", from: csvFormat, to: csvFormat, options: []option{hasHeader(), delimiter()}, run: csvform.Trim},
	}
}
