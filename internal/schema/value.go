package schema

import (
	"context"
	"io"
	"slices"
	"strconv"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/fault"
)

// A kind is a type of JSON value, as a bit, so that several can be a set.
type kind uint8

const (
	null kind = 1 << iota
	boolean
	number
	text
	array
	object
	integer // a number without a fraction; no value has it as its kind
)

// A value is a JSON value. Numbers are kept as they are written.
type value struct {
	kind  kind
	text  string          // of a string, its characters; else as it is written
	items []value         // elements; values of members
	names []string        // of members, in the order of the input
	index map[string]bool // the names, where there are many
}

// manyNames is from when on names are looked up in an index.
const manyNames = 8

// fewItems is for how many items there is room at first.
const fewItems = 4

// has reports whether there is a member of a name.
func (v *value) has(name string) bool {
	if v.index != nil {
		return v.index[name]
	}
	return slices.Contains(v.names, name)
}

// name notes the name of the next member and reports whether it is a new one.
func (v *value) name(name string) (fresh bool) {
	known := v.has(name)
	if len(v.names) == manyNames {
		v.index = make(map[string]bool, 2*manyNames)
		for _, n := range v.names {
			v.index[n] = true
		}
	}
	if v.index != nil {
		v.index[name] = true
	}
	if v.names == nil {
		v.names = make([]string, 0, fewItems)
	}
	v.names = append(v.names, name)
	return !known
}

// A reader makes a value of tokens.
type reader struct {
	open     []value // arrays and objects that are not closed, the outermost first
	values   int
	whole    value
	problems []Problem // names that are there twice
}

// read reads one JSON value of at most MaxInputBytes and MaxValues.
func read(ctx context.Context, from io.Reader) (*value, []Problem, error) {
	limited := &io.LimitedReader{R: alive{ctx.Err, from}, N: MaxInputBytes + 1}
	r := &reader{}
	err := jsonform.Read(limited, &data.Options{}, r)
	if limited.N == 0 { // whatever was made of what is cut off
		err = fault.New(fault.TooLarge, codeTooLarge, "The input is larger than the %d bytes that are checked.", MaxInputBytes).With("limit", MaxInputBytes)
	}
	return &r.whole, r.problems, err
}

// An alive reader is one until nobody waits for what is read.
type alive struct {
	over func() error // of a context
	from io.Reader
}

func (a alive) Read(p []byte) (int, error) {
	if err := a.over(); err != nil {
		return 0, err
	}
	return a.from.Read(p)
}

// Put takes a token of the value.
func (r *reader) Put(t data.Token) error {
	switch t.Kind {
	case data.BeginArray:
		r.open = append(r.open, value{kind: array})
		return nil
	case data.BeginObject:
		r.open = append(r.open, value{kind: object})
		return nil
	case data.EndArray, data.EndObject:
		v := r.open[len(r.open)-1]
		r.open = r.open[:len(r.open)-1]
		return r.add(v)
	case data.Name:
		return r.member(string(t.Text))
	case data.String:
		return r.add(value{kind: text, text: string(t.Text)})
	case data.Number:
		return r.add(value{kind: number, text: string(t.Text)})
	case data.Null:
		return r.add(value{kind: null, text: "null"})
	default:
		return r.add(value{kind: boolean, text: string(t.Text)})
	}
}

func (r *reader) member(name string) error {
	if r.open[len(r.open)-1].name(name) || len(r.problems) == MaxProblems {
		return nil
	}
	var at *place
	for i := range r.open {
		at = r.open[i].next(at)
	}
	r.problems = append(r.problems, Problem{Pointer: at.pointer(), Message: "This member is there twice; say it once."})
	return nil
}

// next is where the element or member that comes next stands.
func (v *value) next(at *place) *place {
	if v.kind == array {
		return in(at, strconv.Itoa(len(v.items)))
	}
	return in(at, v.names[len(v.names)-1])
}

func (r *reader) add(v value) error {
	if r.values++; r.values > MaxValues {
		return fault.New(fault.TooLarge, codeTooLarge, "The input has more than the %d values that are checked.", MaxValues).With("limit", MaxValues)
	}
	if len(r.open) == 0 {
		r.whole = v
		return nil
	}
	parent := &r.open[len(r.open)-1]
	if parent.items == nil {
		parent.items = make([]value, 0, fewItems)
	}
	parent.items = append(parent.items, v)
	return nil
}
