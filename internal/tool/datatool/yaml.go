package datatool

import (
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
)

// yamlTools are those that read YAML.
func yamlTools() []row {
	return []row{
		{name: "yaml-formatter", summary: "Pretty-prints YAML and keeps its comments.", from: yamlFormat, to: yamlFormat, options: []option{tabSpace(2)}, run: yamlform.Format},
		{name: "yaml-validator", summary: "Checks YAML, says where it is wrong, and pretty-prints it.", from: yamlFormat, to: yamlFormat, options: []option{tabSpace(4)}, run: yamlform.Validate},
		{name: "yaml-minify", summary: "Writes YAML in flow style, a line for each document.", from: yamlFormat, to: yamlFormat, run: yamlform.Minify},
		{name: "yaml-to-csv", summary: "Writes YAML as CSV, a row for each document.", from: yamlFormat, to: csvFormat, options: []option{escapeFormulas()}},
		{name: "yaml-to-tsv", summary: "Writes YAML as tab-separated values, a row for each document.", from: yamlFormat, to: tsvFormat, options: []option{escapeFormulas()}},
		{name: "yaml-to-xml", summary: "Writes YAML as XML.", from: yamlFormat, to: xmlFormat, options: []option{anyRootName(), tabSpace(2)}},
		{name: "yaml-to-excel", summary: "Writes YAML as an Excel workbook, a row for each document.", from: yamlFormat, to: excelFormat},
		{name: "yaml-to-base64", summary: "Checks YAML, and writes its bytes in Base64.", from: yamlFormat, to: base64Format, run: toBase64(validYAML)},
		{name: "base64-to-yaml", summary: "Reads YAML that is written in Base64, checks it and pretty-prints it.", from: base64Format, to: yamlFormat, run: spaced(fromBase64(yamlform.Format)), maxBytes: yamlform.MaxBytes / 3 * 4},
	}
}

// validYAML reports what hinders YAML from being loaded.
func validYAML(in io.Reader, o *data.Options) error { return yamlform.Validate(in, io.Discard, o) }
