// Package sqlform lays out SQL, and takes out the white space and comments that it does
// not need. It reads tokens and no grammar: SQL has as many grammars as there are
// databases, but what a string, a quoted name, a comment and an operator is can be said of
// each of them in a table (dialect.go). No token is changed, and none is put where the
// database would read another: white space stays where it may mean something.
//
// Where the dialect is not told, a text that dialects read differently is kept as it is or,
// where that cannot be, refused with a sentence that asks for the dialect.
package sqlform
