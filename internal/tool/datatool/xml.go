package datatool

import "claimcheck/internal/data/xmlform"

// xmlTools are those that read XML.
func xmlTools() []row {
	return []row{
		{name: "xml-validator", summary: "Checks XML, says where it is wrong, and pretty-prints it.", from: xmlFormat, to: xmlFormat, options: []option{tabSpace(2)}, run: xmlform.Format},
		{name: "xml-minify", summary: "Removes the white space between the elements of XML.", from: xmlFormat, to: xmlFormat, run: xmlform.Minify},
		{name: "xml-to-json", summary: "Writes XML as JSON.", from: xmlFormat, to: jsonFormat, options: []option{tabSpace(2)}},
		{name: "xml-to-csv", summary: "Writes the repeated elements of XML as CSV.", from: xmlFormat, to: csvFormat, options: []option{escapeFormulas()}},
		{name: "xml-to-tsv", summary: "Writes the repeated elements of XML as tab-separated values.", from: xmlFormat, to: tsvFormat, options: []option{escapeFormulas()}},
		{name: "xml-to-yaml", summary: "Writes XML as YAML.", from: xmlFormat, to: yamlFormat, options: []option{tabSpace(4)}},
		{name: "xml-to-excel", summary: "Writes the repeated elements of XML as an Excel workbook.", from: xmlFormat, to: excelFormat},
		{name: "xml-to-base64", summary: "Checks XML and writes it in Base64, byte for byte.", from: xmlFormat, to: base64Format, run: toBase64(xmlform.Validate)},
		{name: "base64-to-xml", summary: "Reads XML that is written in Base64, checks it and pretty-prints it.", from: base64Format, to: xmlFormat, run: spaced(fromBase64(xmlform.Format))},
	}
}
