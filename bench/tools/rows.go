package main

import "slices"

// rows are the tools that are measured, a table for each family.
func rows() []row {
	return slices.Concat(jsonRows(), xmlRows(), yamlRows(), csvRows(), excelRows(), webRows(), codeRows(), textRows(), imageRows())
}

const (
	megabyte = 1_000_000
	flat     = 64 * megabyte // more than a tool that streams has
)

// usual is a program for the same work.
func usual(words ...string) command { return command{words: words} }

// slow is [usual] for a program that gets a smaller document.
func slow(megabytes int64, words ...string) command {
	return command{words: words, most: megabytes * megabyte}
}

// than gives a command a target: how many times as fast as it ours shall be.
func (c command) than(times float64) command {
	c.times = times
	return c
}

// of gives a command a document of its own.
func (c command) of(d document) command {
	c.input = d
	return c
}

// python is a program for the Python of the system, which has the libraries that needs.sh installs.
func python(text string) []string { return []string{"/usr/bin/python3", "-c", text} }

const twiceBefore = 2 * 217 // MB/s: twice what the tools of JSON did with the tokenizer that they had before

func jsonRows() []row {
	pretty, quoted, encoded := by("json-formatter", "json", jsonRecords), by("json-escape", "json", jsonRecords), by("json-to-base64", "txt", jsonRecords)
	return []row{
		{tool: "json-formatter", input: jsonRecords, least: twiceBefore, memory: flat, usual: []command{usual("jq", ".")}},
		{tool: "json-minify", input: pretty, least: twiceBefore, memory: flat, usual: []command{usual("jq", "-c", ".")}},
		{tool: "json-validator", input: jsonRecords, least: twiceBefore, memory: flat, usual: []command{usual("jq", "empty")}},
		{tool: "json-escape", input: jsonRecords, memory: flat, usual: []command{usual("jq", "-Rs", ".")}},
		{tool: "json-unescape", input: quoted, memory: flat, usual: []command{usual("jq", "-r", ".")}},
		{tool: "json-to-base64", input: jsonRecords, memory: flat, usual: []command{usual("base64", "-w0")}},
		{tool: "base64-to-json", input: encoded, memory: flat, usual: []command{usual("sh", "-c", "base64 -d | jq .")}},
		{tool: "json-to-csv", input: jsonRecords, memory: flat, usual: []command{slow(20, "mlr", "--ijson", "--ocsv", "unsparsify"), slow(5, "in2csv", "-f", "json")}},
		{tool: "json-to-tsv", input: jsonRecords, memory: flat, usual: []command{slow(20, "mlr", "--ijson", "--otsv", "unsparsify")}},
		{tool: "json-to-xml", input: jsonRecords, memory: flat},
		{tool: "json-to-yaml", input: jsonRecords, memory: flat, usual: []command{slow(2, python("import sys,json,yaml; yaml.safe_dump(json.load(sys.stdin),sys.stdout)")...).than(5)}},
		{tool: "json-to-excel", input: jsonTable, memory: 150 * megabyte, usual: []command{
			slow(20, "soffice", "--headless", "-env:UserInstallation=file://{dir}/office", "--convert-to", "xlsx", "--outdir", "{dir}/out", "{in}").of(csvRecords).than(1),
		}},
		{tool: "json-to-html", input: jsonTable, memory: flat},
	}
}

func xmlRows() []row {
	encoded := by("xml-to-base64", "txt", xmlRecords)
	return []row{
		{tool: "xml-validator", input: xmlRecords, memory: flat, usual: []command{usual("xmllint", "--format", "-").than(1)}},
		{tool: "xml-minify", input: xmlRecords, memory: flat, usual: []command{usual("xmllint", "--noblanks", "-")}},
		{tool: "xml-to-json", input: xmlRecords},
		{tool: "xml-to-csv", input: xmlRecords},
		{tool: "xml-to-tsv", input: xmlRecords},
		{tool: "xml-to-yaml", input: xmlRecords},
		{tool: "xml-to-excel", input: xmlRecords},
		{tool: "xml-to-base64", input: xmlRecords, memory: flat, usual: []command{usual("base64", "-w0")}},
		{tool: "base64-to-xml", input: encoded, memory: flat, usual: []command{usual("sh", "-c", "base64 -d | xmllint --format -")}},
	}
}

func yamlRows() []row {
	load := python("import sys,yaml; yaml.safe_dump(yaml.safe_load(sys.stdin),sys.stdout)")
	parsed := python("import sys,yaml; yaml.safe_load(sys.stdin)")
	encoded := by("yaml-to-base64", "txt", yamlRecords)
	const most = 50 * megabyte
	return []row{
		{tool: "yaml-formatter", input: yamlRecords, most: most, usual: []command{slow(1, load...).than(5)}},
		{tool: "yaml-validator", input: yamlRecords, most: most, usual: []command{slow(1, load...).than(5)}},
		{tool: "yaml-minify", input: yamlRecords, most: most, usual: []command{slow(1, load...).than(5)}},
		{tool: "yaml-to-csv", input: yamlRecords, most: most},
		{tool: "yaml-to-tsv", input: yamlRecords, most: most},
		{tool: "yaml-to-xml", input: yamlRecords, most: most},
		{tool: "yaml-to-excel", input: yamlRecords, most: most},
		{tool: "yaml-to-base64", input: yamlRecords, most: most, usual: []command{slow(1, parsed...).than(5)}},
		{tool: "base64-to-yaml", input: encoded, most: most},
	}
}

func csvRows() []row {
	return []row{
		{tool: "csv-to-json", input: csvRecords, memory: flat, usual: []command{slow(50, "mlr", "--icsv", "--ojson", "cat").than(3), slow(5, "csvjson", "-I").than(10)}},
		{tool: "csv-to-xml", input: csvRecords, memory: flat},
		{tool: "csv-to-yaml", input: csvRecords, memory: flat},
		{tool: "csv-to-html", input: csvRecords, memory: flat},
		{tool: "csv-to-base64", input: csvRecords, memory: flat, usual: []command{usual("base64", "-w0")}},
		{tool: "csv-remove-duplicates", input: csvTwice, usual: []command{slow(50, "mlr", "--csv", "uniq", "-a").than(3)}},
		{tool: "csv-whitespace-trim", input: csvSpaced, memory: flat, usual: []command{slow(50, "mlr", "--csv", "clean-whitespace").than(3), slow(5, "csvformat").than(10)}},
	}
}

func excelRows() []row {
	const most = 30 * megabyte // of the records in the workbook
	return []row{
		{tool: "excel-to-csv", input: workbook, most: most, usual: []command{
			slow(5, "in2csv", "{in}"),
			slow(5, "soffice", "--headless", "-env:UserInstallation=file://{dir}/office", "--convert-to", "csv", "--outdir", "{dir}/out", "{in}"),
		}},
		{tool: "excel-to-json", input: workbook, most: most},
		{tool: "excel-to-xml", input: workbook, most: most},
		{tool: "excel-to-yaml", input: workbook, most: most},
		{tool: "excel-to-html", input: workbook, most: most},
	}
}

func webRows() []row {
	const most, styleSheet = 4 * megabyte, 50 * megabyte // of Markdown, and of what becomes Markdown
	return []row{
		{tool: "html-formatter", input: htmlPage, memory: flat},
		{tool: "html-minify", input: htmlPage, memory: flat},
		{tool: "html-encoder", input: prose, usual: []command{slow(10, python("import sys,html; sys.stdout.write(html.escape(sys.stdin.read()))")...)}},
		{tool: "html-decoder", input: htmlPage, usual: []command{slow(10, python("import sys,html; sys.stdout.write(html.unescape(sys.stdin.read()))")...)}},
		{tool: "html-to-markdown", input: htmlPage, most: most, usual: []command{slow(1, "pandoc", "-f", "html", "-t", "gfm")}},
		{tool: "markdown-to-html", input: markdownPage, most: most, usual: []command{slow(1, "pandoc", "-f", "gfm", "-t", "html")}},
		{tool: "css-formatter", input: styles, most: styleSheet, usual: []command{usual("node_modules/.bin/esbuild", "--loader=css")}},
		{tool: "css-minify", input: styles, most: styleSheet, usual: []command{usual("node_modules/.bin/esbuild", "--loader=css", "--minify")}},
	}
}

func codeRows() []row {
	const most = 5 * megabyte
	return []row{
		{tool: "javascript-formatter", input: script, most: most, usual: []command{usual("node_modules/.bin/esbuild", "--loader=js")}},
		{tool: "javascript-minify", input: script, most: most, usual: []command{usual("node_modules/.bin/esbuild", "--loader=js", "--minify-whitespace")}},
		{tool: "sql-formatter", input: query, most: most, usual: []command{slow(1, "node_modules/.bin/sql-formatter", "-l", "postgresql")}},
		{tool: "sql-minify", input: query, most: most},
	}
}

func textRows() []row {
	decoded := func(tool string) document { return by(tool, "txt", prose) }
	return []row{
		{tool: "text-minify", input: prose, memory: flat},
		{tool: "url-encode", input: prose, memory: flat, usual: []command{slow(10, "jq", "-sRr", "@uri")}},
		{tool: "url-decode", input: decoded("url-encode"), memory: flat, usual: []command{slow(10, python("import sys,urllib.parse as u; sys.stdout.write(u.unquote(sys.stdin.read()))")...)}},
		{tool: "base16-encoder", input: prose, memory: flat, usual: []command{usual("basenc", "--base16", "-w0")}},
		{tool: "base16-decoder", input: decoded("base16-encoder"), memory: flat, usual: []command{usual("basenc", "--base16", "-d")}},
		{tool: "base32-encoder", input: prose, memory: flat, usual: []command{usual("base32", "-w0")}},
		{tool: "base32-decoder", input: decoded("base32-encoder"), memory: flat, usual: []command{usual("base32", "-d")}},
		{tool: "base64-encoder", input: prose, memory: flat, usual: []command{usual("base64", "-w0").than(0.7)}},
		{tool: "base64-decoder", input: decoded("base64-encoder"), memory: flat, usual: []command{usual("base64", "-d").than(0.7)}},
		{tool: "base85-encoder", input: prose, memory: flat, usual: []command{slow(10, python("import sys,base64; sys.stdout.buffer.write(base64.b85encode(sys.stdin.buffer.read()))")...)}},
		{tool: "base85-decoder", input: decoded("base85-encoder"), memory: flat, usual: []command{slow(10, python("import sys,base64; sys.stdout.buffer.write(base64.b85decode(sys.stdin.buffer.read()))")...)}},
	}
}

func imageRows() []row {
	to := func(format string) []string { return []string{"x-source-format=png", "x-destination-format=" + format} }
	const most = 10 * megabyte
	return []row{
		{tool: "image-converter", options: to("jpeg"), input: picture, most: most, usual: []command{usual("convert", "png:-", "jpeg:-")}},
		{tool: "image-converter", options: to("webp"), input: picture, most: most, usual: []command{usual("convert", "png:-", "-define", "webp:lossless=true", "webp:-")}},
	}
}
