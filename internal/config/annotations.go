package config

import (
	"errors"
	"fmt"
	"slices"
)

// Annotations are hints of how a tool behaves; nil where the file says nothing.
type Annotations struct {
	Title       string
	ReadOnly    *bool
	Destructive *bool
	Idempotent  *bool
	OpenWorld   *bool
}

// An annotationKey is one row of the table of what annotations can say. A hint
// may also be called as MCP calls it, so that what was written for another server
// can be copied.
type annotationKey struct {
	name string
	mcp  string
	set  func(a *Annotations, e entry) error
}

var annotationKeys = []annotationKey{
	{"title", "title", func(a *Annotations, e entry) (err error) { a.Title, err = e.sentence("a title"); return err }},
	{"read_only", "readOnlyHint", hint(func(a *Annotations) **bool { return &a.ReadOnly })},
	{"destructive", "destructiveHint", hint(func(a *Annotations) **bool { return &a.Destructive })},
	{"idempotent", "idempotentHint", hint(func(a *Annotations) **bool { return &a.Idempotent })},
	{"open_world", "openWorldHint", hint(func(a *Annotations) **bool { return &a.OpenWorld })},
}

func hint(field func(*Annotations) **bool) func(*Annotations, entry) error {
	return func(a *Annotations, e entry) error {
		text, err := e.single()
		switch {
		case err != nil:
			return err
		case text != "true" && text != "false":
			return fmt.Errorf("%s is neither true nor false", Shown(text))
		case *field(a) != nil:
			return errors.New("this was already said under its other name")
		}
		yes := text == "true"
		*field(a) = &yes
		return nil
	}
}

func setAnnotations(t *Tool, e entry, _ lookup) error {
	members, err := entriesOf("", e.key, e.node)
	if err != nil {
		return errors.New("annotations must stand here as lines of key: value")
	}
	a := &Annotations{}
	for _, m := range members {
		i := slices.IndexFunc(annotationKeys, func(k annotationKey) bool { return k.name == m.name || k.mcp == m.name })
		if i < 0 {
			return fmt.Errorf("unknown key %s", m.key)
		}
		if err := annotationKeys[i].set(a, m); err != nil {
			return fmt.Errorf("%s: %w", m.key, err)
		}
	}
	switch {
	case len(members) == 0:
		return nil
	case a.ReadOnly != nil && *a.ReadOnly && a.Destructive != nil && *a.Destructive:
		return errors.New("a tool that is read_only cannot be destructive")
	}
	t.Annotations = a
	return nil
}
