package jsonform

import (
	"fmt"
	"io"

	"claimcheck/internal/data"
)

// maxDepth is the number of arrays and objects that may be open at once.
const maxDepth = 10_000

// A scanner goes through a value once. It copies each token to its output, where a layout puts white space
// between them, or tells it to a sink.
type scanner struct {
	input
	output

	to      data.Sink // nil: what is in the output is written
	escaped bool      // a string with escapes was copied

	closer byte   // the bracket that closes the innermost array or object; 0 if none is open
	around []byte // those that close the others
}

// A want is what is expected of the next token.
type want uint8

const (
	nothing want = iota
	aValue
	elementOrEnd
	element
	memberOrEnd
	member
	memberValue
)

// wants are the wants in words.
var wants = [...]string{
	aValue:       "a value",
	elementOrEnd: "a value or ]",
	element:      "a value after the comma",
	memberOrEnd:  "a name in double quotes or }",
	member:       "a name in double quotes after the comma",
	memberValue:  "a value after the colon",
}

// run scans the one value of the input. Everywhere below, i is where the input is and o where the
// output is: they are passed on, so that they stay in registers.
func (s *scanner) run() (err error) {
	i, o, next := s.space(0), 0, aValue
	for {
		if s.closer == '}' {
			if i, o, err = s.name(i, o, next); err != nil {
				return err
			}
			next = memberValue
		}
		if c := s.in[i]; c == '{' || c == '[' {
			if i, o, next, err = s.begin(i, o); err != nil {
				return err
			}
			if next != nothing {
				continue
			}
		} else if i, o, err = s.scalar(i, o, next); err != nil {
			return err
		}
		if i, o, next, err = s.after(i, o); err != nil || next == nothing {
			return err
		}
	}
}

// name scans the name of a member and the colon behind it.
func (s *scanner) name(i, o int, next want) (_, _ int, err error) {
	if s.in[i] != '"' {
		return i, o, s.mistake(i, wants[next])
	}
	from := o
	if i, o, err = s.text(i, o); err != nil {
		return i, o, err
	}
	if s.to != nil {
		if o, err = s.tell(data.Name, from, o); err != nil {
			return i, o, err
		}
	}
	if s.in[i] <= ' ' {
		i = s.space(i)
	}
	if s.in[i] != ':' {
		return i, o, s.mistake(i, "a colon after the name")
	}
	if i++; s.in[i] == ' ' { // as formatters write it
		i++
	}
	if s.in[i] <= ' ' {
		i = s.space(i)
	}
	return i, s.colon(o), nil
}

// begin scans an opening bracket.
func (s *scanner) begin(i, o int) (_, _ int, next want, err error) {
	c := s.in[i]
	if len(s.around) == maxDepth {
		return i, o, next, s.mistake(i, fmt.Sprintf("at most %d levels of arrays and objects", maxDepth))
	}
	if o, err = s.room(o); err != nil {
		return i, o, next, err
	}
	s.around = append(s.around, s.closer)
	kind := data.BeginArray
	s.closer, next = c+2, elementOrEnd // ] is two behind [, and } behind {
	if c == '{' {
		kind, next = data.BeginObject, memberOrEnd
	}
	if s.to != nil {
		if o, err = s.tell(kind, o, o); err != nil {
			return i, o, next, err
		}
	}
	o = s.open(c, o)
	if i++; s.in[i] <= ' ' {
		i = s.space(i)
	}
	if s.in[i] != s.closer {
		o, err = s.line(o)
		return i, o, next, err
	}
	o, err = s.shut(o, true)
	return i + 1, o, nothing, err
}

// scalar scans a value that is no array and no object.
func (s *scanner) scalar(i, o int, next want) (_, _ int, err error) {
	from, kind := o, data.String
	switch c := s.in[i]; {
	case c == '"':
		i, o, err = s.text(i, o)
	case isDigit(c) || c == '-':
		kind = data.Number
		i, o, err = s.number(i, o)
	case c == 't' || c == 'f':
		kind = data.Bool
		i, o, err = s.word(i, o)
	case c == 'n':
		kind = data.Null
		i, o, err = s.word(i, o)
	default:
		err = s.mistake(i, wants[next])
	}
	if s.to != nil && err == nil {
		o, err = s.tell(kind, from, o)
	}
	return i, o, err
}

// after scans what is behind a value: brackets that close, and the comma before what is next.
func (s *scanner) after(i, o int) (_, _ int, next want, err error) {
	for {
		if s.in[i] <= ' ' {
			i = s.space(i)
		}
		switch c := s.in[i]; {
		case s.closer == 0:
			return i, o, nothing, s.finish(i, o)
		case c == s.closer:
			if o, err = s.shut(o, false); err != nil {
				return i, o, nothing, err
			}
			i++
		case c == ',':
			if next = element; s.closer == '}' {
				next = member
			}
			if o > s.full {
				if o, err = s.room(o); err != nil {
					return i, o, nothing, err
				}
			}
			s.out[o] = ','
			o, err = s.line(o + 1)
			if i++; s.in[i] <= ' ' {
				i = s.space(i)
			}
			return i, o, next, err
		case s.closer == '}':
			return i, o, next, s.mistake(i, "a comma or } after the member")
		default:
			return i, o, next, s.mistake(i, "a comma or ] after the element")
		}
	}
}

// shut closes the innermost array or object.
func (s *scanner) shut(o int, empty bool) (_ int, err error) {
	if o, err = s.room(o); err != nil {
		return o, err
	}
	c, last := s.closer, len(s.around)-1
	s.closer, s.around = s.around[last], s.around[:last]
	if s.to != nil {
		kind := data.EndArray
		if c == '}' {
			kind = data.EndObject
		}
		return s.tell(kind, o, o)
	}
	return s.close(c, o, empty)
}

// finish scans what is behind the value, and writes what is left.
func (s *scanner) finish(i, o int) error {
	if i < s.end || s.err != io.EOF { //nolint:errorlint // only the bare value is the end of the text
		return s.mistake(i, "nothing but white space after the value")
	}
	if s.to != nil {
		return nil
	}
	return s.write(s.out[:o])
}
