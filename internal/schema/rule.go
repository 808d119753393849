package schema

import (
	"math/big"
	"regexp"
)

// A rule is one schema or subschema; the zero value lets everything pass. It
// never changes once it is made, and rules may refer to each other in circles.
type rule struct {
	never    bool // the schema false
	types    kind // 0: any
	enum     *among
	constant *among

	ref     *rule
	dynamic *dynamic
	home    *resource // nil where nothing is dynamic
	not     *rule
	allOf   []*rule
	anyOf   []*rule
	oneOf   []*rule
	cond    *rule // if
	then    *rule
	other   *rule // else

	members  *ofObjects // nil: none of these keywords is there
	elements *ofArrays
	numbers  *ofNumbers
	strings  *ofStrings
}

// among is a set of values; see appendSame.
type among struct {
	values map[string]bool
	most   int    // the longest of them, in bytes
	shown  string // the values, for a sentence
}

type ofObjects struct {
	least, most  *int
	required     []string
	alsoRequired map[string][]string // dependentRequired
	alsoFits     map[string]*rule    // dependentSchemas
	properties   map[string]*rule
	patterns     []memberPattern // sorted
	additional   *rule
	names        *rule
	unevaluated  *rule
}

type memberPattern struct {
	pattern
	rule *rule
}

// A pattern is a regular expression, and of how many instructions it is: the time
// that a match takes grows with both that and the text.
type pattern struct {
	*regexp.Regexp
	size int
}

type ofArrays struct {
	least, most     *int
	unique          bool
	prefix          []*rule
	items           *rule
	contains        *rule
	atLeast, atMost *int // minContains, maxContains
	unevaluated     *rule
}

type ofNumbers struct {
	least, most  *decimal
	above, below *decimal
	multipleOf   *big.Rat
}

type ofStrings struct {
	least, most *int // in code points
	pattern     *pattern
}

// A dynamic is a $dynamicRef: to the outermost resource on the way that has an
// anchor of the name, if it has one, else to the rule that it names.
type dynamic struct {
	to     *rule
	anchor string // empty: it is an ordinary reference
}

// A resource is a schema with an $id of its own, or the whole one.
type resource struct{ anchors map[string]*rule } // $dynamicAnchor

// asks reports whether the rule asks which members or elements were judged.
func (r *rule) asks() bool {
	return r.members != nil && r.members.unevaluated != nil || r.elements != nil && r.elements.unevaluated != nil
}
