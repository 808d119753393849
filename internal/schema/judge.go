package schema

import (
	"context"
)

// A judge judges one input.
type judge struct {
	ctx      context.Context //nolint:containedctx // of the one check that it is made for
	left     int             // steps; negative once they are used up
	quiet    int             // above 0 nobody wants to know why something does not fit
	asides   int             // alternatives within each other whose problems are kept aside
	problems []Problem
}

// A spot is where the judge stands: in the input, and in the schema.
type spot struct {
	at  *place
	way *way // nil where nothing is dynamic
}

// A way is the resources that led to a rule, the last one first.
type way struct {
	up   *way
	home *resource
}

// step takes steps and reports whether there are any left.
func (j *judge) step(n int) bool {
	const often = 1 << 12
	before := j.left
	j.left -= n
	if before/often != j.left/often && j.ctx.Err() != nil {
		j.left = -1
	}
	return j.left >= 0
}

// say notes a problem.
func (j *judge) say(at *place, format string, args ...any) {
	if j.quiet == 0 && len(j.problems) < MaxProblems && j.step(at.deep()/16) {
		j.problems = append(j.problems, at.problem(format, args...))
	}
}

// enough reports whether no more is to be found out about what does not fit.
func (j *judge) enough() bool { return j.quiet > 0 || len(j.problems) >= MaxProblems || j.left < 0 }

// A seen has, for each member or element of the value that is judged, whether a
// rule has judged it; nil where nobody asks.
type seen []bool

func (s seen) add(more seen) {
	for i := range more {
		s[i] = s[i] || more[i]
	}
}

// fits reports whether a value fits a rule, and adds to judged, unless that is
// nil, what of it was judged if it does.
func (j *judge) fits(r *rule, v *value, on spot, judged seen) bool {
	if !j.step(1) {
		return false
	}
	if r.never {
		j.say(on.at, "Nothing is allowed here.")
		return false
	}
	if r.home != nil && (on.way == nil || on.way.home != r.home) {
		on.way = &way{up: on.way, home: r.home}
	}
	own := judged
	if r.asks() { // what was judged outside of the rule does not count for it
		own = j.track(v)
	}
	ok := true
	for _, check := range [...]func(*rule, *value, spot, seen) bool{j.self, j.applied, j.conditional, j.content} {
		if !check(r, v, on, own) {
			if ok = false; j.enough() {
				return false
			}
		}
	}
	if !ok || !r.asks() {
		return ok
	}
	if !j.rest(r, v, on, own) {
		return false
	}
	if judged != nil {
		judged.add(own)
	}
	return true
}

// track returns a new list of what was judged, nil for a value that has no parts.
func (j *judge) track(v *value) seen {
	if len(v.items) == 0 {
		return nil
	}
	j.step(len(v.items) / 16)
	return make(seen, len(v.items))
}

// same judges the value that a rule judges by another rule.
func (j *judge) same(r *rule, v *value, on spot, judged seen) bool {
	if judged == nil {
		return j.fits(r, v, on, nil)
	}
	own := j.track(v)
	ok := j.fits(r, v, on, own)
	if ok {
		judged.add(own)
	}
	return ok
}

// quietly reports whether a value fits, and says nothing of why not.
func (j *judge) quietly(r *rule, v *value, on spot, judged seen) bool {
	j.quiet++
	defer func() { j.quiet-- }()
	return j.same(r, v, on, judged)
}

// maxAsides bounds what is kept aside.
const maxAsides = 16

// aside is same, with its problems for the caller and not among those of the
// input.
func (j *judge) aside(r *rule, v *value, on spot, judged seen) (ok bool, problems []Problem) {
	if j.quiet > 0 || j.asides >= maxAsides {
		return j.quietly(r, v, on, judged), nil
	}
	before := j.problems
	j.problems = nil
	j.asides++
	ok = j.same(r, v, on, judged)
	j.asides--
	problems, j.problems = j.problems, before
	return ok, problems
}

// self judges what the value is as a whole.
func (j *judge) self(r *rule, v *value, on spot, _ seen) bool {
	switch {
	case r.types != 0 && !v.is(r.types):
		j.say(on.at, "This must be %s, not %s.", r.types, v.kind)
		return false
	case r.constant != nil && !j.among(r.constant, v):
		j.say(on.at, "This must be %s.", r.constant.shown)
		return false
	case r.enum != nil && !j.among(r.enum, v):
		j.say(on.at, "This must be one of %s.", r.enum.shown)
		return false
	default:
		return true
	}
}

// is reports whether the value is of one of the types.
func (v *value) is(types kind) bool {
	if types&v.kind != 0 {
		return true
	}
	if types&integer == 0 || v.kind != number {
		return false
	}
	d, ok := parseDecimal(v.text)
	return ok && d.whole()
}

func (j *judge) among(a *among, v *value) bool {
	if v.kind == text && len(v.text) > a.most {
		return false
	}
	same, ok := appendSame(nil, v, a.most)
	return j.step((len(same)+len(v.text))/32) && ok && a.values[string(same)]
}

// applied judges by the rules that all hold beside this one.
func (j *judge) applied(r *rule, v *value, on spot, judged seen) bool {
	ok := true
	for _, other := range r.allOf {
		if !j.same(other, v, on, judged) {
			if ok = false; j.enough() {
				return false
			}
		}
	}
	if r.ref != nil {
		ok = j.same(r.ref, v, on, judged) && ok
	}
	if r.dynamic != nil {
		ok = j.same(r.dynamic.on(on.way), v, on, judged) && ok
	}
	return ok
}

// on is what a dynamic reference leads to.
func (d *dynamic) on(w *way) *rule {
	to := d.to
	if d.anchor == "" {
		return to
	}
	for ; w != nil; w = w.up {
		if r := w.home.anchors[d.anchor]; r != nil {
			to = r
		}
	}
	return to
}

// conditional judges by the rules of which some hold.
func (j *judge) conditional(r *rule, v *value, on spot, judged seen) bool {
	ok := true
	if len(r.anyOf) > 0 {
		ok = j.alternatives(r.anyOf, v, on, judged, false)
	}
	if len(r.oneOf) > 0 {
		ok = j.alternatives(r.oneOf, v, on, judged, true) && ok
	}
	if r.not != nil && j.quietly(r.not, v, on, nil) {
		j.say(on.at, "This is of a form that is not allowed here.")
		ok = false
	}
	if r.cond == nil {
		return ok
	}
	next := r.other
	if j.quietly(r.cond, v, on, judged) {
		next = r.then
	}
	return (next == nil || j.same(next, v, on, judged)) && ok
}

// alternatives judges by anyOf, or by oneOf, of which only one may fit. Where none
// does, the reason is told by the alternative whose problems are all deeper inside
// the value, if there is a single one: the others are most likely not meant.
func (j *judge) alternatives(rules []*rule, v *value, on spot, judged seen, one bool) bool {
	var near []Problem
	fit, nearest := 0, 0
	for _, r := range rules {
		if fit > 0 {
			if !one && judged == nil {
				return true
			}
			if j.quietly(r, v, on, judged) {
				fit++
			}
			continue
		}
		ok, problems := j.aside(r, v, on, judged)
		switch {
		case j.left < 0:
			return false
		case ok:
			fit++
		case len(problems) > 0 && deeper(problems, on.at.pointer()):
			nearest, near = nearest+1, problems
		}
	}
	switch {
	case fit == 0 && nearest == 1:
		j.tell(near)
	case fit == 0 && len(rules) == 1:
		j.say(on.at, "This is not of the form that is asked for here.")
	case fit == 0:
		j.say(on.at, "This fits none of the %d forms that are allowed here.", len(rules))
	case one && fit > 1:
		j.say(on.at, "This fits %d of the forms that are allowed here, and must fit exactly one.", fit)
	}
	return fit == 1 || fit > 1 && !one
}

// deeper reports whether no problem is of the value at here itself.
func deeper(problems []Problem, here string) bool {
	for _, p := range problems {
		if p.Pointer == here {
			return false
		}
	}
	return true
}

// tell adds problems that were kept aside.
func (j *judge) tell(problems []Problem) {
	if j.quiet == 0 {
		j.problems = append(j.problems, problems[:min(len(problems), MaxProblems-len(j.problems))]...)
	}
}
