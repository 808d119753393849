package jsform

import (
	"claimcheck/internal/data/jsform/syntax"
)

// Check judges a text as a script or a module, return outside of functions refused.
func Check(src string, module bool) error {
	_, _, err := syntax.Parse(src, syntax.Goal{Module: module})
	return err
}

// IsModule reports whether a text is read as a module.
func IsModule(src string) bool {
	p, err := read(src)
	return err == nil && p.Module
}

// Made is what is made of a text, unchecked: laid out, and compact; and whether a check
// of the package would let it pass.
func Made(src string, tab int) (layout, compact string, same bool, err error) {
	p, err := read(src)
	if err != nil {
		return "", "", false, err
	}
	compact, layout = p.compact(), p.layout(tab) // layout changes what is noted of tokens
	p, err = read(src)
	return layout, compact, p.same(layout) && p.same(compact), err
}
