// Package xmlform is XML: a formatter, a minifier, and a reader and a writer of values;
// docs/CONVERSIONS.md has their rules. Documents are read token by token by package scan below, which knows what is
// well-formed.
package xmlform

// format is the name in faults.
const format = "XML"
