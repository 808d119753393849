// Package datatool has the built-in tools that turn data of one format into another,
// or lay it out anew. They are data: formats.go is the table of formats, and the tables
// of tools are in a file for each family, a row for each tool. What reads and writes the
// formats is below package data.
//
// A tool from a format to another needs a row and its golden files: its reader tells the
// writer, over a bridge where one has a value and the other tables. A tool whose algorithm
// is its own names it in its row.
package datatool
