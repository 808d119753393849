// Package syntax is a parser of JavaScript (ECMA-262, with Annex B). It builds no tree: it judges
// a text, early errors too, and says of each token what it does.
package syntax
