package datatool

// csvTools are those that read CSV.
func csvTools() []row {
	return []row{
		{name: "csv-to-json", summary: "Writes the rows of CSV as JSON objects.", from: csvFormat, to: jsonFormat, options: []option{hasHeader(), delimiter(), tabSpace(2)}},
		{name: "csv-to-xml", summary: "Writes the rows of CSV as XML elements.", from: csvFormat, to: xmlFormat, options: []option{hasHeader(), delimiterOf(','), rootName(), rowName(), tabSpace(2)}},
		{name: "csv-to-yaml", summary: "Writes the rows of CSV as a YAML list.", from: csvFormat, to: yamlFormat, options: []option{hasHeader(), delimiterOf(','), tabSpace(2)}},
		{name: "csv-to-html", summary: "Writes CSV as an HTML document with a table.", from: csvFormat, to: htmlFormat, options: []option{hasHeader(), delimiterOf(',')}},
	}
}
