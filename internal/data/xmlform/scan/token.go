package scan

// A Kind of token.
type Kind uint8

// The kinds. Text, CDATA, comments and instructions of any length come in pieces.
const (
	End Kind = iota // the input is at its end
	Declaration
	DocType
	StartTag
	EndTag
	Characters
	CDATA
	Comment
	Instruction
)

// A Token is a piece of a document. What it holds is good until the next one is read.
type Token struct {
	Kind  Kind
	Raw   []byte // as it is in the document
	First bool   // it is the first piece
	Last  bool   // it is the last piece

	Name  []byte // of a tag
	Empty bool   // the start tag is the end tag as well
	Tidy  bool   // the start tag has one space before each attribute and no other white space
	Attrs []Attribute

	Blank bool // the text is nothing but white space that is no reference
	Plain bool // the text, or the data of CDATA, is what it means: no references, no carriage returns
	Data  []byte

	Encoding []byte // of the declaration, a part of raw; nil without one
}

// An Attribute of a start tag.
type Attribute struct {
	Name, Value []byte // the value as it is in the document, without its quotes
	Quoted      []byte // the value with them
	colon       int    // in the name; -1: none
	Plain       bool   // the value is what it means: no references and no white space but spaces
}

func (a *Attribute) prefix() []byte { return a.Name[:max(a.colon, 0)] }
func (a *Attribute) local() []byte  { return a.Name[a.colon+1:] }
