package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A translator makes rules of the library's schemas.
type translator struct {
	rules  map[*jsonschema.Schema]*rule
	places []string // of the rules, in the order in which they were made
	made   []*rule
	homes  map[string]*resource
	survey *survey
	err    error
}

// rule returns the rule of a schema, nil for none.
func (t *translator) rule(s *jsonschema.Schema) *rule {
	if s == nil {
		return nil
	}
	if r := t.rules[s]; r != nil {
		return r
	}
	r := &rule{}
	t.rules[s] = r
	switch {
	case t.err != nil:
		return r
	case !strings.HasPrefix(s.Location, base+"#"):
		t.err = outside(strings.TrimSuffix(s.Location, "#"))
		return r
	case len(t.made) == maxRules:
		t.err = fmt.Errorf("a schema has at most %d subschemas", maxRules)
		return r
	}
	at, _ := strings.CutPrefix(placeOf(s.Location), "the schema")
	t.made, t.places = append(t.made, r), append(t.places, at)
	if s.Bool != nil {
		r.never = !*s.Bool
		return r
	}
	t.whole(r, s, at)
	t.parts(r, s)
	return r
}

func (t *translator) list(of []*jsonschema.Schema) (list []*rule) {
	for _, s := range of {
		list = append(list, t.rule(s))
	}
	return list
}

func (t *translator) named(of map[string]*jsonschema.Schema) map[string]*rule {
	if len(of) == 0 {
		return nil
	}
	m := make(map[string]*rule, len(of))
	for name, s := range of {
		m[name] = t.rule(s)
	}
	return m
}

// whole translates the keywords that are for values of any type.
func (t *translator) whole(r *rule, s *jsonschema.Schema, at string) {
	if s.Types != nil {
		for _, name := range s.Types.ToStrings() {
			for _, k := range kindNames {
				if k.name == name {
					r.types |= k.kind
				}
			}
		}
	}
	if s.Enum != nil {
		r.enum = amongOf(s.Enum.Values)
	}
	if s.Const != nil {
		r.constant = amongOf([]any{*s.Const})
	}
	if t.survey.dynamic {
		r.home = t.home(at)
	}
	if s.DynamicRef != nil {
		r.dynamic = &dynamic{to: t.rule(s.DynamicRef.Ref)}
		if s.DynamicRef.Ref.DynamicAnchor == s.DynamicRef.Anchor {
			r.dynamic.anchor = s.DynamicRef.Anchor
		}
	}
	r.ref, r.not, r.cond, r.then, r.other = t.rule(s.Ref), t.rule(s.Not), t.rule(s.If), t.rule(s.Then), t.rule(s.Else)
	r.allOf, r.anyOf, r.oneOf = t.list(s.AllOf), t.list(s.AnyOf), t.list(s.OneOf)
}

// home is the resource that a place belongs to.
func (t *translator) home(at string) *resource {
	at = t.survey.homeOf(at)
	if t.homes[at] == nil {
		t.homes[at] = &resource{anchors: map[string]*rule{}}
	}
	return t.homes[at]
}

// parts translates the keywords that are for values of one type.
func (t *translator) parts(r *rule, s *jsonschema.Schema) {
	if s.MinItems != nil || s.MaxItems != nil || s.UniqueItems || len(s.PrefixItems) > 0 || s.Items2020 != nil || s.Contains != nil || s.UnevaluatedItems != nil {
		r.elements = &ofArrays{
			least: s.MinItems, most: s.MaxItems, unique: s.UniqueItems, prefix: t.list(s.PrefixItems), items: t.rule(s.Items2020),
			contains: t.rule(s.Contains), atLeast: s.MinContains, atMost: s.MaxContains, unevaluated: t.rule(s.UnevaluatedItems),
		}
	}
	if s.Minimum != nil || s.Maximum != nil || s.ExclusiveMinimum != nil || s.ExclusiveMaximum != nil || s.MultipleOf != nil {
		r.numbers = &ofNumbers{
			least: decimalOf(s.Minimum), most: decimalOf(s.Maximum), above: decimalOf(s.ExclusiveMinimum), below: decimalOf(s.ExclusiveMaximum), multipleOf: s.MultipleOf,
		}
	}
	if s.MinLength != nil || s.MaxLength != nil || s.Pattern != nil {
		r.strings = &ofStrings{least: s.MinLength, most: s.MaxLength}
		if s.Pattern != nil {
			r.strings.pattern = patternOf(s.Pattern)
		}
	}
	o := &ofObjects{
		least: s.MinProperties, most: s.MaxProperties, required: s.Required, alsoRequired: s.DependentRequired, alsoFits: t.named(s.DependentSchemas),
		properties: t.named(s.Properties), names: t.rule(s.PropertyNames), unevaluated: t.rule(s.UnevaluatedProperties),
	}
	for re, sub := range s.PatternProperties {
		o.patterns = append(o.patterns, memberPattern{*patternOf(re), t.rule(sub)})
	}
	slices.SortFunc(o.patterns, func(a, b memberPattern) int { return cmp.Compare(a.String(), b.String()) })
	switch additional := s.AdditionalProperties.(type) {
	case bool:
		o.additional = &rule{never: !additional}
	case *jsonschema.Schema:
		o.additional = t.rule(additional)
	}
	if o.least != nil || o.most != nil || len(o.required)+len(o.alsoRequired)+len(o.alsoFits)+len(o.properties)+len(o.patterns) > 0 ||
		o.names != nil || o.unevaluated != nil || o.additional != nil {
		r.members = o
	}
}

// patternOf is the expression that compilePattern made.
func patternOf(re jsonschema.Regexp) *pattern {
	made, ok := re.(*pattern)
	if !ok {
		panic("schema: a pattern that was not compiled here")
	}
	return made
}

// compilePattern compiles a regular expression of RE2, for the library.
func compilePattern(text string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	return &pattern{re, len(program.Inst)}, nil
}

// maxShownBytes is how much of the values of an enum a sentence has.
const maxShownBytes = 200

// amongOf is the set of some values of a schema.
func amongOf(values []any) *among {
	a := &among{values: map[string]bool{}}
	var words []string
	length := 0
	for _, v := range values {
		same, _ := appendSame(nil, valueOf(v), maxSchemaBytes*4)
		a.values[string(same)] = true
		a.most = max(a.most, len(same))
		word, _ := json.Marshal(v) // it was JSON
		if length += len(word); length <= maxShownBytes {
			words = append(words, string(word))
		}
	}
	if len(words) < len(values) {
		words = append(words, fmt.Sprintf("%d more", len(values)-len(words)))
	}
	a.shown = anyOf(words)
	return a
}

// valueOf is a value as the library has it.
func valueOf(v any) *value {
	made := &value{kind: null, text: "null"}
	switch v := v.(type) {
	case bool:
		made.kind, made.text = boolean, fmt.Sprint(v)
	case json.Number:
		made.kind, made.text = number, v.String()
	case string:
		made.kind, made.text = text, v
	case []any:
		made.kind, made.text = array, ""
		for _, e := range v {
			made.items = append(made.items, *valueOf(e))
		}
	case map[string]any:
		made.kind, made.text = object, ""
		for name, e := range v {
			made.name(name)
			made.items = append(made.items, *valueOf(e))
		}
	}
	return made
}

// endless refuses rules that lead back to themselves without going into the value.
func (t *translator) endless() error {
	const open, done = 1, 2
	state := map[*rule]int{}
	var walk func(r *rule) bool
	walk = func(r *rule) bool {
		if r == nil || state[r] == done {
			return true
		}
		if state[r] == open {
			return false
		}
		state[r] = open
		for _, next := range t.beside(r) {
			if !walk(next) {
				return false
			}
		}
		state[r] = done
		return true
	}
	for i, r := range t.made {
		if !walk(r) {
			return fmt.Errorf("the references at %s lead back to it without end", cmp.Or(t.places[i], "the schema"))
		}
	}
	return nil
}

// beside are the rules that judge the same value as a rule.
func (t *translator) beside(r *rule) []*rule {
	list := slices.Concat([]*rule{r.ref, r.not, r.cond, r.then, r.other}, r.allOf, r.anyOf, r.oneOf)
	if r.members != nil {
		for _, also := range r.members.alsoFits {
			list = append(list, also)
		}
	}
	if r.dynamic != nil {
		list = append(list, r.dynamic.to)
		for _, home := range t.homes {
			if to := home.anchors[r.dynamic.anchor]; to != nil {
				list = append(list, to)
			}
		}
	}
	return list
}
