package data

// A Kind of token.
type Kind uint8

// The kinds.
const (
	Null Kind = iota
	Bool
	Number
	String
	BeginArray
	EndArray
	BeginObject
	EndObject
	Name // of a member of an object; its value is next
)

// A Token is a piece of a value. Its text belongs to who tells it, and is good until
// the one who was told returns.
type Token struct {
	Kind Kind

	// Text is true or false of a Bool, the characters of a String or Name in UTF-8
	// without any quotes and escapes, and a Number as JSON writes it (RFC 8259): what
	// was read where that is one, digit for digit. It is empty for the others.
	Text []byte
}

// Scalar reports whether the token is a value by itself.
func (t Token) Scalar() bool { return t.Kind <= String }

// A Sink is told the tokens of exactly one value, in its order, well nested. Its
// errors end the telling: they are passed on as they are.
type Sink interface {
	Put(t Token) error
}

// An ObjectSink is a Sink that is told an object of scalars at once where there are many alike, which
// is quicker than token by token. It has a name for each value, perhaps more, which are the same
// slice for objects with the same names and never change.
type ObjectSink interface {
	PutObject(names [][]byte, values []Token) error
}

// A Writer is a Sink that writes a format. End, called once after the last token, writes
// what is left; after an error it is not called.
type Writer interface {
	Sink
	End() error
}
