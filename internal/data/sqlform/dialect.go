package sqlform

import (
	"maps"
	"slices"
)

// A dialect is how a database cuts SQL into tokens.
type dialect struct {
	generic bool // any of them

	backslash       bool // a backslash in '…' takes the next character with it
	doubleBackslash bool // and in "…"
	escapePrefix    bool // E'…' has backslashes
	rawPrefix       bool // r'…' has none
	triple          bool // '''…''' and """…"""
	alternative     bool // q'[…]'
	dollars         bool // $tag$…$tag$
	plainDollars    bool // $$…$$ only
	backtick        bool // `…`
	bracket         bool // […] is a name

	hash    hashes
	slashes bool // // begins a comment
	dashes  bool // -- begins a comment only where white space follows
	nested  bool // comments in comments
	runs    bool // an operator is as long a run of its characters as can be (PostgreSQL's rule)

	nameChars string // in names, beside letters, digits and _
	dashNames bool   // my-project.x is a name

	goLines        bool // lines of the client: GO
	delimiterLines bool // DELIMITER
	slashLines     bool // a line / and those of SQL*Plus
	copyData       bool // \commands, and data behind COPY … FROM stdin
	dotLines       bool // .commands
}

// hashes is what # is.
type hashes uint8

const (
	hashOperator   hashes = iota
	hashComment           // always
	hashSpaced            // a comment before white space or !
	hashName              // the first character of a name
	hashOfAnything        // nobody knows
)

var (
	postgresql = &dialect{escapePrefix: true, dollars: true, nested: true, runs: true, nameChars: "$", copyData: true}
	mysql      = &dialect{backslash: true, doubleBackslash: true, backtick: true, hash: hashComment, dashes: true, nameChars: "$", delimiterLines: true}
	tsql       = &dialect{bracket: true, nested: true, hash: hashName, nameChars: "@$#", goLines: true}
	oracle     = &dialect{alternative: true, nameChars: "$#", slashLines: true}
	spark      = &dialect{backslash: true, doubleBackslash: true, rawPrefix: true, backtick: true, nested: true}
	ansi       = &dialect{nested: true}
)

// dialects are those that callers can name.
var dialects = map[string]*dialect{
	"generic": {
		generic: true, escapePrefix: true, alternative: true, dollars: true, backtick: true, bracket: true, hash: hashOfAnything, slashes: true, runs: true,
		nameChars: "$", dashNames: true, goLines: true, delimiterLines: true, slashLines: true, copyData: true, dotLines: true,
	},
	"ansi": ansi, "standard": ansi,
	"postgresql": postgresql, "postgres": postgresql,
	"redshift": {backslash: true, escapePrefix: true, dollars: true, nested: true, runs: true, nameChars: "$#", copyData: true},
	"duckdb":   {escapePrefix: true, dollars: true, nested: true, runs: true, nameChars: "$", dotLines: true},
	"mysql":    mysql, "mariadb": mysql,
	"sqlite": {backtick: true, bracket: true, nameChars: "$", dotLines: true},
	"tsql":   tsql, "sqlserver": tsql,
	"oracle": oracle, "plsql": oracle,
	"bigquery":  {backslash: true, doubleBackslash: true, triple: true, backtick: true, hash: hashComment, dashNames: true},
	"snowflake": {backslash: true, plainDollars: true, slashes: true, nameChars: "$"},
	"spark":     spark, "databricks": spark,
	"hive":       {backslash: true, doubleBackslash: true, backtick: true},
	"trino":      {},
	"clickhouse": {backslash: true, doubleBackslash: true, dollars: true, backtick: true, nested: true, slashes: true, hash: hashSpaced},
}

// Generic is the dialect of a text whose dialect is not told.
const Generic = "generic"

// Dialects returns the names of all dialects, sorted.
func Dialects() []string { return slices.Sorted(maps.Keys(dialects)) }
