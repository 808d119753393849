// Package htmlform lays out HTML anew ([Format], [Minify]), and makes references of characters
// and characters of references ([Encode], [Decode]). It does not mend HTML: the tree that
// browsers make of a document stays as it is, but for white space that they do not show. So it knows
// tokens, which elements are blocks, and as much of how browsers build trees as tells where white space
// may come and go; where that is not sure, the document is copied.
//
// It streams: what is kept is a token, what stands between two texts, and the open elements.
package htmlform
