package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"claimcheck/internal/fault"
)

// A Problem is one reason why an input does not fit a schema.
type Problem struct {
	Pointer string `json:"pointer"` // to the value in the input (RFC 6901); empty for the whole of it
	Message string `json:"message"` // one sentence
}

// MaxProblems is how many problems of an input are told.
const MaxProblems = 20

// Codes of failures.
const (
	codeInvalidInput = "INVALID_INPUT"
	codeTooLarge     = "FILE_TOO_LARGE"
)

// invalid is the failure of an input that does not fit.
func invalid(problems []Problem) error {
	return fault.New(fault.Invalid, codeInvalidInput, "The input does not fit the tool's input_schema.").With("errors", problems)
}

// A place is where in an input a value stands; nil is the whole input.
type place struct {
	up    *place
	name  string // or index
	depth int
}

// in is a place inside of another.
func in(up *place, name string) *place { return &place{up, name, up.deep() + 1} }

// deep is how many steps it is to the place.
func (p *place) deep() int {
	if p == nil {
		return 0
	}
	return p.depth
}

// maxPointerBytes is how long a pointer can be; what stands deeper is told as
// being below the last place that can be named.
const maxPointerBytes = 1000

// escapes of RFC 6901, section 3.
var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// steps are the names on the way to the place as a pointer has them, and whether
// there were too many.
func (p *place) steps() (steps []string, cut bool) {
	for at := p; at != nil; at = at.up {
		steps = append(steps, "/"+escapes.Replace(at.name))
	}
	slices.Reverse(steps)
	length := 0
	for i, s := range steps {
		if length += len(s); length > maxPointerBytes {
			return steps[:i], true
		}
	}
	return steps, false
}

func (p *place) pointer() string {
	steps, _ := p.steps()
	return strings.Join(steps, "")
}

// problem words a problem at the place.
func (p *place) problem(format string, args ...any) Problem {
	steps, cut := p.steps()
	message := fmt.Sprintf(format, args...)
	if cut {
		message = "Deeper below: " + message
	}
	return Problem{Pointer: strings.Join(steps, ""), Message: message}
}

// shown is a text of somebody else's in a sentence: in quotes, on one line, not
// too long, and without what would steer a terminal or turn the direction of text.
func shown(s string) string {
	const most = 80
	n := 0
	for i := range s {
		if n++; n > most {
			s = s[:i] + "..."
			break
		}
	}
	return strconv.Quote(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Bidi_Control) {
			return unicode.ReplacementChar
		}
		return r
	}, s))
}

// kindNames are the types in the order of the specification.
var kindNames = []struct {
	kind  kind
	name  string // as schemas have it
	shown string
}{
	{null, "null", "null"},
	{boolean, "boolean", "a boolean"},
	{object, "object", "an object"},
	{array, "array", "an array"},
	{number, "number", "a number"},
	{integer, "integer", "a whole number"},
	{text, "string", "a string"},
}

// String says what values of the types are, in words.
func (k kind) String() string {
	var words []string
	for _, n := range kindNames {
		if k&n.kind != 0 {
			words = append(words, n.shown)
		}
	}
	return anyOf(words)
}

// anyOf lists words as a choice.
func anyOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
