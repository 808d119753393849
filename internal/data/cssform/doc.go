// Package cssform lays out style sheets anew: [Format] for people, [Minify] without
// what is not needed. It knows tokens (CSS Syntax Module Level 3), blocks and where
// statements end, no properties: names and values stay as they are written, but for
// white space, comments, and zeros around the point of a number. The values of custom
// properties stay byte for byte.
//
// A style sheet is read whole and kept as its bytes; of tokens only those of one selector or
// declaration are kept.
package cssform
