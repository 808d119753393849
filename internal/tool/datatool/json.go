package datatool

import "claimcheck/internal/data/jsonform"

// jsonTools are those that read JSON.
func jsonTools() []row {
	return []row{
		{name: "json-formatter", summary: "Pretty-prints JSON.", from: jsonFormat, to: jsonFormat, options: []option{tabSpace(1)}, run: jsonform.Format},
		{name: "json-minify", summary: "Removes the white space between the tokens of JSON.", from: jsonFormat, to: jsonFormat, run: jsonform.Minify},
		{name: "json-validator", summary: "Checks JSON, says where it is wrong, and pretty-prints it.", from: jsonFormat, to: jsonFormat, options: []option{tabSpace(1)}, run: jsonform.Format},
		{name: "json-escape", summary: "Checks JSON and writes its text as one JSON string.", from: jsonFormat, to: jsonFormat, run: jsonform.Escape},
		{name: "json-unescape", summary: "Writes the JSON that a JSON string holds, and checks both.", from: jsonFormat, to: jsonFormat, run: jsonform.Unescape},
		{name: "json-to-base64", summary: "Checks JSON and writes it in Base64, byte for byte.", from: jsonFormat, to: base64Format, run: toBase64(jsonform.Validate)},
		{name: "base64-to-json", summary: "Reads JSON that is written in Base64, checks it and pretty-prints it.", from: base64Format, to: jsonFormat, run: spaced(fromBase64(jsonform.Format))},
		{name: "json-to-csv", summary: "Writes JSON as CSV, a row for each element.", from: jsonFormat, to: csvFormat, options: []option{escapeFormulas()}},
		{name: "json-to-tsv", summary: "Writes JSON as tab-separated values, a row for each element.", from: jsonFormat, to: tsvFormat, options: []option{escapeFormulas()}},
		{name: "json-to-yaml", summary: "Writes JSON as YAML.", from: jsonFormat, to: yamlFormat, run: spaced(conversion(jsonFormat, yamlFormat))},
		{name: "json-to-xml", summary: "Writes JSON as XML.", from: jsonFormat, to: xmlFormat, options: []option{anyRootName(), tabSpace(2)}},
		{name: "json-to-excel", summary: "Writes JSON as an Excel workbook, a row for each element.", from: jsonFormat, to: excelFormat},
		{name: "json-to-html", summary: "Writes JSON as an HTML document with a table.", from: jsonFormat, to: htmlFormat},
	}
}
