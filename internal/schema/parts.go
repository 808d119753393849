package schema

import (
	"crypto/sha256"
	"strconv"
	"unicode/utf8"
)

// content judges by the keywords of the value's own type.
func (j *judge) content(r *rule, v *value, on spot, judged seen) bool {
	switch {
	case v.kind == object && r.members != nil:
		return j.object(r.members, v, on, judged)
	case v.kind == array && r.elements != nil:
		return j.array(r.elements, v, on, judged)
	case v.kind == number && r.numbers != nil:
		return j.number(r.numbers, v, on)
	case v.kind == text && r.strings != nil:
		return j.text(r.strings, v, on)
	default:
		return true
	}
}

// object judges an object: how many members there are, which are missing, and then
// each in the order of the input.
func (j *judge) object(o *ofObjects, v *value, on spot, judged seen) bool {
	ok := j.count(len(v.names), o.least, o.most, on, "member", "members")
	for _, name := range o.required {
		ok = j.has(v, name, on, "") && ok
	}
	if !ok && j.enough() {
		return false
	}
	for i, name := range v.names {
		if !j.member(o, v, i, on, judged) {
			ok = false
		}
		for _, also := range o.alsoRequired[name] {
			ok = j.has(v, also, on, name) && ok
		}
		if r := o.alsoFits[name]; r != nil {
			ok = j.same(r, v, on, judged) && ok
		}
		if !ok && j.enough() {
			return false
		}
	}
	return ok
}

// has judges whether a member is there, because another one is if that is named.
func (j *judge) has(v *value, name string, on spot, because string) bool {
	j.step(1)
	if v.has(name) {
		return true
	}
	if because == "" {
		j.say(on.at, "The member %s is missing.", shown(name))
	} else {
		j.say(on.at, "The member %s is missing, which must be there beside %s.", shown(name), shown(because))
	}
	return false
}

// member judges one member.
func (j *judge) member(o *ofObjects, v *value, i int, on spot, judged seen) bool {
	name, ok, known := v.names[i], true, false
	inside := spot{in(on.at, name), on.way}
	if o.names != nil && !j.quietly(o.names, &value{kind: text, text: name}, inside, nil) {
		j.say(inside.at, "The name of this member is not allowed here.")
		ok = false
	}
	if r := o.properties[name]; r != nil {
		known = true
		ok = j.fits(r, &v.items[i], inside, nil) && ok
	}
	for _, p := range o.patterns {
		if j.matches(&p.pattern, name) {
			known = true
			ok = j.fits(p.rule, &v.items[i], inside, nil) && ok
		}
	}
	if !known && o.additional != nil {
		known = true
		ok = j.other(o.additional, &v.items[i], inside) && ok
	}
	if known && judged != nil {
		judged[i] = true
	}
	return ok
}

// other judges what no other rule knows.
func (j *judge) other(r *rule, v *value, on spot) bool {
	if r.never {
		j.say(on.at, "This is not known here; leave it out.")
		return false
	}
	return j.fits(r, v, on, nil)
}

// array judges an array: how many elements there are, whether any is there twice,
// and then each in turn.
func (j *judge) array(a *ofArrays, v *value, on spot, judged seen) bool {
	ok := j.count(len(v.items), a.least, a.most, on, "element", "elements")
	if a.unique {
		ok = j.unique(v, on) && ok
	}
	contained := 0
	for i := range v.items {
		if !ok && j.enough() {
			return false
		}
		r := a.items
		if i < len(a.prefix) {
			r = a.prefix[i]
		}
		inside := spot{in(on.at, strconv.Itoa(i)), on.way}
		if r != nil {
			ok = j.other(r, &v.items[i], inside) && ok
		}
		fits := a.contains != nil && j.quietly(a.contains, &v.items[i], inside, nil)
		if fits {
			contained++
		}
		if judged != nil && (r != nil || fits) {
			judged[i] = true
		}
	}
	if a.contains == nil {
		return ok
	}
	return j.contains(a, contained, on) && ok
}

func (j *judge) contains(a *ofArrays, n int, on spot) bool {
	least := 1
	if a.atLeast != nil {
		least = *a.atLeast
	}
	switch {
	case n < least:
		j.say(on.at, "At least %d of the elements must be of the form that is asked for here, and %d are.", least, n)
		return false
	case a.atMost != nil && n > *a.atMost:
		j.say(on.at, "At most %d of the elements may be of the form that is asked for here, and %d are.", *a.atMost, n)
		return false
	default:
		return true
	}
}

// unique judges whether all elements differ.
func (j *judge) unique(v *value, on spot) bool {
	first := make(map[[sha256.Size]byte]int, len(v.items))
	var same []byte
	for i := range v.items {
		same, _ = appendSame(same[:0], &v.items[i], 4*int(MaxInputBytes)) // no text is longer
		if !j.step(1 + len(same)/32) {
			return false
		}
		sum := sha256.Sum256(same)
		if earlier, twice := first[sum]; twice {
			j.say(in(on.at, strconv.Itoa(i)), "This equals element %d, and all must differ.", earlier)
			return false
		}
		first[sum] = i
	}
	return true
}

// count judges a number of things; one is a thing's name, and several that of more.
func (j *judge) count(n int, least, most *int, on spot, one, several string) bool {
	word := func(n int) string {
		if n == 1 {
			return one
		}
		return several
	}
	switch {
	case least != nil && n < *least:
		j.say(on.at, "This must have at least %d %s, and has %d.", *least, word(*least), n)
		return false
	case most != nil && n > *most:
		j.say(on.at, "This must have at most %d %s, and has %d.", *most, word(*most), n)
		return false
	default:
		return true
	}
}

func (j *judge) text(s *ofStrings, v *value, on spot) bool {
	ok := true
	if s.least != nil || s.most != nil {
		ok = j.count(utf8.RuneCountInString(v.text), s.least, s.most, on, "character", "characters")
	}
	if s.pattern == nil || !ok && len(v.text) > manyBytes {
		return ok
	}
	if !j.matches(s.pattern, v.text) {
		j.say(on.at, "This must match the pattern %s.", shown(s.pattern.String()))
		return false
	}
	return ok
}

// manyBytes is from when on a text is not matched that is of a wrong length
// already.
const manyBytes = 1 << 10

// matches reports whether a text matches.
func (j *judge) matches(p *pattern, s string) bool {
	const perStep = 64 // bytes times instructions
	return j.step(1+len(s)*p.size/perStep) && p.MatchString(s)
}

// number judges a number by what it is worth.
func (j *judge) number(n *ofNumbers, v *value, on spot) bool {
	j.step(len(v.text) / 32)
	d, small := parseDecimal(v.text)
	if !small {
		j.say(on.at, "The exponent of this number is too large for it to be compared.")
		return false
	}
	ok := true
	bound := func(holds bool, words string, limit *decimal) {
		if !holds {
			j.say(on.at, "This must be %s %s.", words, limit.plain())
			ok = false
		}
	}
	if n.least != nil {
		bound(d.compare(*n.least) >= 0, "at least", n.least)
	}
	if n.most != nil {
		bound(d.compare(*n.most) <= 0, "at most", n.most)
	}
	if n.above != nil {
		bound(d.compare(*n.above) > 0, "more than", n.above)
	}
	if n.below != nil {
		bound(d.compare(*n.below) < 0, "less than", n.below)
	}
	if n.multipleOf == nil {
		return ok
	}
	switch {
	case !j.step(1 + len(v.text)/4): // a division takes longer than a comparison
		return false
	case !d.divisible():
		j.say(on.at, "This number is too long for it to be divided.")
		return false
	case !d.multipleOf(n.multipleOf):
		j.say(on.at, "This must be a multiple of %s.", decimalOf(n.multipleOf).plain())
		return false
	default:
		return ok
	}
}

// rest judges what no rule has judged.
func (j *judge) rest(r *rule, v *value, on spot, judged seen) bool {
	if !r.asks() {
		return true
	}
	var left *rule
	switch {
	case v.kind == object && r.members != nil:
		left = r.members.unevaluated
	case v.kind == array && r.elements != nil:
		left = r.elements.unevaluated
	}
	if left == nil {
		return true
	}
	ok := true
	for i := range v.items {
		if judged[i] {
			continue
		}
		name := strconv.Itoa(i)
		if v.kind == object {
			name = v.names[i]
		}
		if !j.other(left, &v.items[i], spot{in(on.at, name), on.way}) {
			if ok = false; j.enough() {
				return false
			}
		}
		judged[i] = true
	}
	return ok
}
