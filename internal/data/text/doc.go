// Package text makes UTF-8 of text in whatever encoding it is in: UTF-8, UTF-16 and UTF-32
// by their byte-order mark or by the NULs of their first characters, what a document
// declares, and Windows-1252 where a format allows that to be guessed. It knows no format:
// who reads one says what documents of it may declare.
package text
