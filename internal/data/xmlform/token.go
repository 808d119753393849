package xmlform

// A kind of token.
type kind uint8

// The kinds. Text, CDATA, comments and instructions of any length come in pieces.
const (
	ended kind = iota // the input is at its end
	declaration
	doctype
	startTag
	endTag
	characters
	cdata
	comment
	instruction
)

// A token is a piece of a document. What it holds is good until the next one is read.
type token struct {
	kind  kind
	raw   []byte // as it is in the document
	first bool   // it is the first piece
	last  bool   // it is the last piece

	name  []byte // of a tag
	empty bool   // the start tag is the end tag as well
	tidy  bool   // the start tag has one space before each attribute and no other white space
	attrs []attribute

	blank bool // the text is nothing but white space that is no reference
	plain bool // the text, or the data of CDATA, is what it means: no references, no carriage returns
	data  []byte

	encoding []byte // of the declaration, a part of raw; nil without one
}

// An attribute of a start tag.
type attribute struct {
	name, value []byte // the value as it is in the document, without its quotes
	quoted      []byte // the value with them
	colon       int    // in the name; -1: none
	plain       bool   // the value is what it means: no references and no white space but spaces
}

func (a *attribute) prefix() []byte { return a.name[:max(a.colon, 0)] }
func (a *attribute) local() []byte  { return a.name[a.colon+1:] }
