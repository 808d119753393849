package tool

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// A Set is the tools that a server offers. Those that the operator configures
// can be exchanged while it is in use. It is safe for concurrent use.
type Set struct {
	shelf atomic.Pointer[shelf]
}

// A shelf is the tools of one moment. It never changes: Replace puts up another.
type shelf struct {
	byName map[string]Tool
	names  []string
}

// NewSet makes a set; two tools of one name are an error.
func NewSet(tools ...Tool) (*Set, error) {
	s := &Set{}
	return s, s.Replace(tools...)
}

// Replace exchanges all tools at once; on error nothing has changed. Work that
// has begun goes on with the tool that it began with.
func (s *Set) Replace(tools ...Tool) error {
	next := &shelf{byName: make(map[string]Tool, len(tools))}
	for _, t := range tools {
		name := t.Spec().Name
		if next.byName[name] != nil {
			return fmt.Errorf("two tools are named %s", name)
		}
		next.byName[name] = t
		next.names = append(next.names, name)
	}
	slices.Sort(next.names)
	s.shelf.Store(next)
	return nil
}

// Merge is built-in and configured tools in one name space. A configured tool
// replaces a built-in one of its name, which is among hidden: an
// installation keeps its tools when a later release has more.
func Merge(builtIn, configured []Tool) (all []Tool, hidden []string) {
	own := map[string]bool{}
	for _, t := range configured {
		own[t.Spec().Name] = true
	}
	for _, t := range builtIn {
		if name := t.Spec().Name; own[name] {
			hidden = append(hidden, name)
		} else {
			all = append(all, t)
		}
	}
	return append(all, configured...), hidden
}

// Get returns the tool of a name.
func (s *Set) Get(name string) (Tool, bool) {
	t, ok := s.shelf.Load().byName[name]
	return t, ok
}

// Names returns the names of all tools, sorted.
func (s *Set) Names() []string { return slices.Clone(s.shelf.Load().names) }
