// Package data has the words in which formats of data speak to each other. There
// are two shapes that data can have: a value, told to a [Sink] token by token, and
// tables, told to a [Table] row by row. A format has a reader that tells one of
// the two and a writer that is told one of the two; package bridge makes the one of
// the other. So each pair of formats is a conversion, and none is a program of its own.
//
// The formats are in the packages below this one, a package for each. They know no
// tools, no HTTP and no files: they read an io.Reader and write an io.Writer.
// Numbers stay the text that was read, the order of members and double names stay.
package data
