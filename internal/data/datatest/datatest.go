// Package datatest is what the tests of formats share. Only tests import it.
package datatest

import (
	"fmt"
	"strings"

	"claimcheck/internal/fault"
)

// Described is the code and the details of a fault; of any other error what it says.
func Described(err error) string {
	f := fault.Of(err)
	if f == nil {
		return fmt.Sprint(err)
	}
	var s strings.Builder
	s.WriteString(f.Code)
	for _, d := range f.Details {
		fmt.Fprintf(&s, " %s=%v", d.Name, d.Value)
	}
	return s.String()
}

// A Repeat gives a text again and again.
type Repeat struct {
	Text   string
	Before func() // called before each time; nil: nothing is

	rest string
}

// Read never ends.
func (r *Repeat) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.Before != nil {
			r.Before()
		}
		r.rest = r.Text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
