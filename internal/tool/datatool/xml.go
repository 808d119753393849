package datatool

// xmlTools are those that read XML.
func xmlTools() []row {
	return []row{
		{name: "xml-to-json", summary: "Writes XML as JSON.", from: xmlFormat, to: jsonFormat, options: []option{tabSpace(2)}},
		{name: "xml-to-csv", summary: "Writes the repeated elements of XML as CSV.", from: xmlFormat, to: csvFormat, options: []option{escapeFormulas()}},
		{name: "xml-to-tsv", summary: "Writes the repeated elements of XML as tab-separated values.", from: xmlFormat, to: tsvFormat, options: []option{escapeFormulas()}},
		{name: "xml-to-yaml", summary: "Writes XML as YAML.", from: xmlFormat, to: yamlFormat, options: []option{tabSpace(4)}},
		{name: "xml-to-excel", summary: "Writes the repeated elements of XML as an Excel workbook.", from: xmlFormat, to: excelFormat},
	}
}
