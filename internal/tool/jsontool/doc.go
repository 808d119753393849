// Package jsontool has the tools whose input and output are JSON text:
// json-formatter, json-minify and json-validator. They are one program with
// three layouts. It reads the input once in memory that only its longest token makes grow, checks it against
// RFC 8259 and changes nothing but the white space between tokens: numbers,
// string escapes, the order of members and duplicate names come out byte for
// byte as they went in.
//
// What is refused beyond the RFC, so that memory stays bounded and every
// reader of the output agrees on it: a byte-order mark, text that is not
// UTF-8, an escaped surrogate without its partner, more than 10,000 levels,
// and a single token larger than 64 MiB.
//
// The package does not read JSON into values and knows no other format.
package jsontool
