// Package jsonform reads and writes JSON (RFC 8259), and lays it out anew. It reads an input
// once, in memory that does not grow. [Format] and [Minify] change nothing but the white space
// between tokens: numbers, string escapes, the order of members and duplicate names come out
// byte for byte as they went in. [Read] tells an input as a value, each token whole, so that
// its memory grows with the longest; [NewWriter] writes one.
//
// What is refused beyond the RFC, so that memory stays bounded and every
// reader of the output agrees on it: a byte-order mark, text that is not
// UTF-8, an escaped surrogate without its partner, more than 10,000 levels,
// and a single token larger than 64 MiB.
//
// A written string has no escapes but those that it must have.
package jsonform
