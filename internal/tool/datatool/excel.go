package datatool

// excelTools are those that read workbooks.
func excelTools() []row {
	sheets := func(more ...option) []option {
		return append([]option{hasHeader(), sheetName(), sheetIndex()}, more...)
	}
	return []row{
		{name: "excel-to-csv", summary: "Writes the sheets of a workbook as CSV.", from: excelFormat, to: csvFormat, options: sheets(delimiterOf(','), escapeFormulas())},
		{name: "excel-to-json", summary: "Writes the sheets of a workbook as JSON, a member for each.", from: excelFormat, to: jsonFormat, options: sheets(tabSpace(4))},
		{name: "excel-to-xml", summary: "Writes the sheets of a workbook as XML.", from: excelFormat, to: xmlFormat, options: sheets(tabSpace(2), rootName(), rowName())},
		{name: "excel-to-yaml", summary: "Writes the sheets of a workbook as YAML.", from: excelFormat, to: yamlFormat, options: sheets(tabSpace(2))},
		{name: "excel-to-html", summary: "Writes the sheets of a workbook as an HTML document with tables.", from: excelFormat, to: htmlFormat, options: sheets()},
	}
}
