// Package csvform reads and writes tables as CSV (RFC 4180) and as tab-separated values,
// which are CSV with another delimiter. docs/CONVERSIONS.md has its rules: what ends a
// record, what quotes may do, which delimiter a document has, and what is written. It also has
// the algorithms that make CSV of CSV row by row. All of it streams.
package csvform
