// Package lexis cuts JavaScript into tokens, one at a time: what a / or a } is only a parser
// knows. It judges numbers, strings, templates and regular expressions.
package lexis
