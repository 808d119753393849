package yamlparse

// A Kind of event.
type Kind uint8

// The kinds.
const (
	DocumentStart Kind = iota
	DocumentEnd
	MappingStart
	MappingEnd
	SequenceStart
	SequenceEnd
	Scalar
	Alias
)

// A Style in which a node is written.
type Style uint8

// The styles.
const (
	Plain Style = iota // of a scalar
	SingleQuoted
	DoubleQuoted
	Literal
	Folded
	Block // of a collection
	Flow
	Pair // a mapping of one member in a flow sequence, without braces
)

// A Span of the source.
type Span struct{ Start, End int }

// Empty reports whether nothing is there.
func (s Span) Empty() bool { return s.Start == s.End }

// An Event is a piece of the source, good until who is told it returns.
type Event struct {
	Kind  Kind
	Style Style

	// Explicit is whether a document begins with --- or ends with ..., and whether the key
	// of a mapping that the event begins has its ?.
	Explicit bool
	Intro    int  // where the indicator before the node is: - ? or :; -1 if there is none
	pair     bool // a mapping of style pair begins before it
	Multi    bool // a scalar of more than one line
	Span          // without properties: a scalar with its quotes, an indicator, a marker; empty where there is nothing
	Props
	Column int // of a block collection, in bytes from 0

	Body   Span // the lines of a block scalar
	Indent int  // of these lines
	Chomp  byte // - + or 0
}

// Props are the properties of a node.
type Props struct {
	Anchor   Span   // with its &
	Tag      Span   // with its !
	Resolved string // the whole tag
}

// None reports whether a node has no properties.
func (p Props) None() bool { return p.Anchor.Empty() && p.Tag.Empty() }

// First is where the properties begin, or at if there are none.
func (e *Event) First(at int) int {
	for _, s := range []Span{e.Anchor, e.Tag} {
		if !s.Empty() {
			at = min(at, s.Start)
		}
	}
	return at
}
