// Package htmlform replaces characters of text by references of HTML, and references by
// characters ([Encode], [Decode]). It streams.
package htmlform
