// Package jsform lays out JavaScript, and takes out the white space and comments that it
// does not need. The parser (package syntax) says of each token what it is, so that the layout
// knows an operator before its operand from one between two, an object from a block, and where
// a semicolon is that nobody wrote. No token is changed.
package jsform
