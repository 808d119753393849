package datatool

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/jsform"
	"claimcheck/internal/data/sqlform"
	"claimcheck/internal/tool"
)

// codeTools are those of JavaScript and SQL.
func codeTools() []row {
	return []row{
		{name: "javascript-formatter", summary: "Lays out JavaScript.", from: javascriptFormat, to: javascriptFormat, options: []option{tabSpace(2)}, run: jsform.Format},
		{name: "javascript-minify", summary: "Removes the white space and comments that JavaScript does not need.", from: javascriptFormat, to: javascriptFormat, run: jsform.Minify},
		{name: "sql-formatter", summary: "Lays out SQL.", from: sqlFormat, to: sqlFormat, options: sqlOptions("pretty", tabSpace(2)), run: sqlform.Format},
		{name: "sql-minify", summary: "Removes the white space and comments that SQL does not need.", from: sqlFormat, to: sqlFormat, options: sqlOptions("compact"), run: sqlform.Minify},
	}
}

// sqlOptions are those of a tool of SQL that has one mode, and more.
func sqlOptions(mode string, more ...option) []option {
	return append([]option{sqlDialect(), sqlMode(mode), sqlOutputDialect()}, more...)
}

// sqlDialect is the option for how SQL is read.
func sqlDialect() option {
	return option{
		Option: tool.Option{
			Header: "x-input-sql-dialect", Kind: tool.Choice, Default: sqlform.Generic, Choices: sqlform.Dialects(),
			Summary: "The database whose strings, names, comments and operators the SQL has; generic keeps what they read differently as it is.",
		},
		set: func(o *data.Options, value string) { o.Dialect = value },
	}
}

// sqlMode is the option for what is done to SQL: the one thing that a tool does.
func sqlMode(mode string) option {
	return option{
		Option: tool.Option{
			Header: "x-format-mode", Kind: tool.Choice, Default: mode, Choices: []string{mode}, Summary: "The only mode: rewrite, which would translate SQL between dialects, is not there.",
			Check: func(value string) (want string) {
				if value == "rewrite" {
					return mode + ": SQL is not translated between dialects (rewrite)"
				}
				return ""
			},
		},
		set: func(*data.Options, string) {},
	}
}

// sqlOutputDialect is the option for the dialect that SQL would be translated to.
func sqlOutputDialect() option {
	return option{
		Option: tool.Option{
			Header: "x-output-sql-dialect", Kind: tool.Text, Summary: "Of no use: it belongs to the mode rewrite, and SQL is not translated between dialects.",
			Check: func(string) string { return "left out: SQL is not translated between dialects (rewrite)" },
		},
		set: func(*data.Options, string) {},
	}
}
