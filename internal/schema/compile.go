package schema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	why "github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// base is the address of a schema that has none, which nothing else can have.
const base = "claimcheck-schema:///"

// draft is the only draft that is read.
const draft = "https://json-schema.org/draft/2020-12/schema"

// Limits of a schema.
const (
	maxSchemaBytes = 64 << 10
	maxRules       = 5000
)

// Compile reads a schema of draft 2020-12: an object. It refuses what is no such
// schema, references to anything outside of it, patterns that are not of RE2, and
// references that lead back to where they stand. Errors name the place in the
// schema as a JSON Pointer, and are the end of a sentence.
func (c *Compiler) Compile(text []byte) (*Schema, error) {
	if len(text) > maxSchemaBytes {
		return nil, fmt.Errorf("a schema has at most %d bytes", maxSchemaBytes)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("the schema is no JSON")
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, errors.New("the schema is no object")
	}
	s := &survey{}
	if err := s.look(doc, ""); err != nil {
		return nil, err
	}
	lib := jsonschema.NewCompiler()
	lib.DefaultDraft(jsonschema.Draft2020)
	lib.UseLoader(nowhere{})
	lib.UseRegexpEngine(compilePattern)
	if err := lib.AddResource(base, doc); err != nil {
		return nil, errors.New("the schema cannot be read")
	}
	root, err := lib.Compile(base)
	if err != nil {
		return nil, refusal(err)
	}
	t := &translator{rules: map[*jsonschema.Schema]*rule{}, homes: map[string]*resource{}, survey: s}
	made := &Schema{slots: c.slots, steps: c.steps}
	made.root = t.rule(root)
	for _, a := range s.anchors {
		to, err := lib.Compile(base + "#" + escapeFragment(a.at))
		if err != nil {
			return nil, refusal(err)
		}
		t.home(a.at).anchors[a.name] = t.rule(to)
	}
	if t.err != nil {
		return nil, t.err
	}
	if err := t.endless(); err != nil {
		return nil, err
	}
	return made, nil
}

// nowhere is what is outside of a schema: nothing is loaded from there.
type nowhere struct{}

// Load refuses.
func (nowhere) Load(string) (any, error) { return nil, errOutside }

var errOutside = errors.New("outside of the schema")

// refusal words why the library refuses a schema, without its address for it.
func refusal(err error) error {
	if e, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return outside(e.URL)
	}
	if e, ok := errors.AsType[*jsonschema.InvalidRegexError](err); ok {
		return notRE2(placeOf(e.URL), e.Regex)
	}
	if e, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if deepest, ok := errors.AsType[*jsonschema.ValidationError](e.Err); ok {
			for len(deepest.Causes) > 0 {
				deepest = mostCertain(deepest.Causes)
			}
			at := "/" + strings.Join(escaped(deepest.InstanceLocation), "/")
			if f, ok := deepest.ErrorKind.(*why.Format); ok && f.Want == "regex" {
				return notRE2(at, fmt.Sprint(f.Got))
			}
			return fmt.Errorf("%s is not as JSON Schema wants it: %s", at, deepest.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
		}
	}
	if e, ok := errors.AsType[*jsonschema.JSONPointerNotFoundError](err); ok {
		return fmt.Errorf("there is nothing at %s, which a $ref names", placeOf(e.URL))
	}
	if e, ok := errors.AsType[*jsonschema.AnchorNotFoundError](err); ok {
		return fmt.Errorf("there is no anchor %s, which a $ref names", shown(strings.TrimPrefix(e.Reference, base)))
	}
	return errors.New(strings.ReplaceAll(err.Error(), base, ""))
}

func notRE2(at, pattern string) error {
	return fmt.Errorf("%s: %s is no regular expression of RE2, which has no look-around and no back-references", at, shown(pattern))
}

// mostCertain is the cause that says most: that with the longest way to it.
func mostCertain(causes []*jsonschema.ValidationError) *jsonschema.ValidationError {
	best := causes[0]
	for _, c := range causes[1:] {
		if len(c.InstanceLocation) > len(best.InstanceLocation) {
			best = c
		}
	}
	return best
}

func outside(address string) error {
	return fmt.Errorf("a reference leads to %s, which is outside of the schema, and nothing is fetched; put it below $defs", shown(strings.TrimPrefix(address, base)))
}

// placeOf is the place in the schema that an address of the library names.
func placeOf(address string) string {
	_, fragment, _ := strings.Cut(address, "#")
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	if fragment == "" {
		return "the schema"
	}
	return fragment
}

func escaped(steps []string) []string {
	list := make([]string, len(steps))
	for i, s := range steps {
		list[i] = escapes.Replace(s)
	}
	return list
}

func escapeFragment(pointer string) string {
	steps := strings.Split(pointer, "/")
	for i := range steps {
		steps[i] = url.PathEscape(steps[i])
	}
	return strings.Join(steps, "/")
}
