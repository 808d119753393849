package sqlform

// A kind of token.
type kind uint8

const (
	word     kind = iota // a keyword or a name
	quoted               // a name in quotes
	str                  // a string
	number               //
	param                // a placeholder or variable: ? :x $1 @v
	operator             //
	comma                //
	semi                 //
	open                 // (
	shut                 // )
	dot                  //
	glue                 // what stays as near to its neighbours as it was: [ ] { } : ::
	hint                 // a comment that a database obeys: /*+ */ /*! */
	block                // /* */
	line                 // a comment to the end of its line
	opaque               // lines that stay as they are
	template             // {{ }} {% %} {# #}
)

// A token is a piece of the text.
type token struct {
	start, end uint32
	lines      uint8 // line breaks before it, at most 2
	kind       kind
	class      class // of a word
	gap        bool  // white space is before it
	prefix     bool  // an operator before its operand, as -1
}

// comment reports whether a token is one that a database does not read.
func (t token) comment() bool { return t.kind == block || t.kind == line }

// wholeLine reports whether what comes behind a token must be on another line.
func (t token) wholeLine() bool { return t.kind == line || t.kind == opaque }
