package datatool

// yamlTools are those that read YAML.
func yamlTools() []row {
	return []row{
		{name: "yaml-to-csv", summary: "Writes YAML as CSV, a row for each document.", from: yamlFormat, to: csvFormat, options: []option{escapeFormulas()}},
		{name: "yaml-to-tsv", summary: "Writes YAML as tab-separated values, a row for each document.", from: yamlFormat, to: tsvFormat, options: []option{escapeFormulas()}},
		{name: "yaml-to-xml", summary: "Writes YAML as XML.", from: yamlFormat, to: xmlFormat, options: []option{rootName(), tabSpace(2)}},
		{name: "yaml-to-excel", summary: "Writes YAML as an Excel workbook, a row for each document.", from: yamlFormat, to: excelFormat},
	}
}
