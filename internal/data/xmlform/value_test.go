package xmlform_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/jsonform"
	"claimcheck/internal/data/xmlform"
)

func toJSON(t *testing.T, document string) string {
	t.Helper()
	var b strings.Builder
	w := jsonform.NewCompactWriter(&b)
	if err := xmlform.Read(strings.NewReader(document), nil, w); err != nil {
		t.Fatalf("read %.300s: %v", document, err)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func toXML(t *testing.T, value string, o data.Options) string {
	t.Helper()
	var b strings.Builder
	w := xmlform.NewWriter(&b, &o)
	if err := jsonform.Read(strings.NewReader(value), nil, w); err != nil {
		t.Fatalf("write %.300s: %v", value, err)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	if err := xmlform.Validate(strings.NewReader(b.String()), nil); err != nil {
		t.Fatalf("%.300s is written as %.300s: %v", value, b.String(), err)
	}
	return b.String()
}

// A value is one of JSON: nil, a string, a bare word, []value or an object.
type value any

type (
	word   string // a number, true or false
	object []member
	member struct {
		name  string
		value value
	}
)

// anyText is text that XML can hold, and that it must take care of.
var anyText = rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(" \t\n\r<>&\"']é🙂x_:0")), rapid.Rune().Filter(func(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF
})))

// anyName is a name of a member that is no attribute and no text.
var anyName = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "c", "", "_x0020_", "_x_", "a b", "1", "p:q", "_x00", "xml:lang", "xmlns", "é", "_", "a_x0041_b", "-", "#", "\x00", "🙂", "x\ufffe"}),
	anyText.Filter(func(s string) bool { return !strings.HasPrefix(s, "@") && s != "#text" }),
)

func anyValue(t *rapid.T, depth int) value {
	most := 5
	if depth == 0 {
		most = 2
	}
	switch rapid.IntRange(0, most).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return word(rapid.SampledFrom([]string{"1", "0.10", "1E400", "true", "-0"}).Draw(t, "word"))
	case 2:
		return anyText.Draw(t, "text")
	case 3:
		list := []value{}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			list = append(list, anyValue(t, depth-1))
		}
		return list
	default:
		var o object
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			o = append(o, member{anyName.Draw(t, "name"), anyValue(t, depth-1)})
		}
		if rapid.Bool().Draw(t, "attribute") {
			at := rapid.IntRange(0, len(o)).Draw(t, "at")
			o = append(o[:at:at], append(object{{"@" + rapid.SampledFrom([]string{"a", "a b", "p:q", "xml:lang"}).Draw(t, "name"), anyText.Draw(t, "value")}}, o[at:]...)...)
		}
		if rapid.Bool().Draw(t, "own text") {
			o = append(o, member{"#text", anyText.Draw(t, "value")})
		}
		return o
	}
}

// source is a value in JSON.
func source(v value) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case word:
		return string(v)
	case string:
		var b strings.Builder
		w := jsonform.NewCompactWriter(&b)
		if err := w.Put(data.Token{Kind: data.String, Text: []byte(v)}); err != nil {
			panic(err)
		}
		if err := w.End(); err != nil {
			panic(err)
		}
		return b.String()
	case []value:
		var parts []string
		for _, e := range v {
			parts = append(parts, source(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case object:
		var parts []string
		for _, m := range v {
			parts = append(parts, source(m.name)+":"+source(m.value))
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		panic(fmt.Sprintf("a value is a %T", v))
	}
}

// lossy is what a value is after it was XML: the list in docs/CONVERSIONS.md, word for word.
func lossy(v value) value {
	switch v := v.(type) {
	case word:
		return string(v)
	case string:
		if v == "" {
			return nil
		}
		return v
	case []value:
		return lossy(object{{"item", elements(v)}})
	case object:
		return lossyObject(v)
	default:
		return nil
	}
}

// elements are those of an array in an array: it is an object with item.
func elements(list []value) []value {
	made := make([]value, len(list))
	for i, e := range list {
		if inner, ok := e.([]value); ok {
			e = object{{"item", elements(inner)}}
		}
		made[i] = e
	}
	return made
}

func lossyObject(o object) value {
	var attributes, children, text object
	for _, m := range o {
		switch list, isList := m.value.([]value); {
		case strings.HasPrefix(m.name, "@"):
			attributes = append(attributes, m)
		case m.name == "#text":
			if m.value != "" {
				text = append(text, m)
			}
		case isList:
			for _, e := range elements(list) {
				children = add(children, m.name, lossy(e))
			}
		default:
			children = add(children, m.name, lossy(m.value))
		}
	}
	all := append(append(attributes, children...), text...)
	switch {
	case len(all) == 0:
		return nil
	case len(all) == len(text):
		return text[0].value
	default:
		return all
	}
}

// add adds a member: members of one name are one array.
func add(o object, name string, v value) object {
	for i, m := range o {
		if m.name != name {
			continue
		}
		if list, ok := m.value.([]value); ok {
			o[i].value = append(list, v)
		} else {
			o[i].value = []value{m.value, v}
		}
		return o
	}
	return append(o, member{name, v})
}

func TestJSONComesBackFromXMLButForWhatIsListed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		v := anyValue(rt, 4)
		document := toXML(t, source(v), data.Options{TabSpace: rapid.IntRange(0, 3).Draw(rt, "tab space")})
		want := source(object{{"root", lossy(v)}})
		if got := toJSON(t, document); got != want {
			rt.Fatalf("%s\nis %s\nand comes back as %s\nwant %s", source(v), document, got, want)
		}
		again := toXML(t, toJSON(t, document), data.Options{RootName: xmlform.NoRoot})
		if got := toJSON(t, again); got != want {
			rt.Fatalf("%s comes back as %s", want, got)
		}
	})
}

func TestAMapOfMegabytesComesBack(t *testing.T) {
	t.Parallel()
	document := string(osm(3 << 20))
	value := toJSON(t, document)
	written := toXML(t, value, data.Options{RootName: xmlform.NoRoot, TabSpace: 1})
	if toJSON(t, written) != value || minified(t, formatted(t, document, 4)) != minified(t, document) {
		t.Error("it is another map")
	}
	if got, want := strings.Count(written, "<node "), strings.Count(document, "<node "); got != want {
		t.Errorf("it has %d nodes, want %d", got, want)
	}
}
