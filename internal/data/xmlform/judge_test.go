package xmlform_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform"
	"claimcheck/internal/testneeds"
)

// complaint is a line in which xmllint says what is wrong with a document. An undeclared prefix and the like
// are errors to it, though it ends as if there were none.
var complaint = regexp.MustCompile(`(?m)^([^:\n]+\.xml):\d+: (?:parser|namespace) error : (.*)$`)

// xmllint reads documents, all in one process, and returns what it says of each that is wrong.
func xmllint(t *testing.T, documents []string) map[int]string {
	t.Helper()
	exe := testneeds.Program(t, "xmllint (apt-get install libxml2-utils)", "xmllint")
	dir := t.TempDir()
	args := []string{"--noout", "--nonet"}
	for i, d := range documents {
		name := fmt.Sprintf("%d.xml", i)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	wrong := map[int]string{}
	for _, m := range complaint.FindAllSubmatch(said, -1) {
		var i int
		if _, err := fmt.Sscanf(string(m[1]), "%d.xml", &i); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(m[2], []byte(" is not a valid URI")) { // what a namespace is, is not ours to judge
			wrong[i] = string(m[2])
		}
	}
	if err != nil && len(wrong) == 0 {
		t.Fatalf("xmllint: %v: %s", err, said)
	}
	return wrong
}

// spoiled is a document with a few characters of it changed.
func spoiled(document string, r *rand.Rand) string {
	runes := []rune(document)
	others := []rune("<>&;\"'=/?!-[]:# ax1\x01\ufffe")
	for range 1 + r.IntN(2) {
		at := r.IntN(len(runes))
		with := others[r.IntN(len(others))]
		switch r.IntN(3) {
		case 0:
			runes = append(runes[:at:at], runes[at+1:]...)
		case 1:
			runes[at] = with
		default:
			runes = append(runes[:at:at], append([]rune{with}, runes[at:]...)...)
		}
		if len(runes) == 0 {
			return ""
		}
	}
	return string(runes)
}

// lax is what libxml2 takes although the recommendations do not: productions 28 and 80 want a space there, 26 a
// digit, and a name has something behind its colon.
var lax = regexp.MustCompile(`<!DOCTYPE[^ ]|<!DOCTYPE a?:|<!ELEMENT a?:|encoding='utf-8's|version=.1\.["']`)

func TestXmllintJudgesAsWeDo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	var all []string
	for seed := range 500 {
		document := documents.Example(seed)
		all = append(all, document, spoiled(document, r), spoiled(whole.Example(seed), r))
	}
	wrong := xmllint(t, all)
	for i, document := range all {
		err := xmlform.Validate(strings.NewReader(document), nil)
		if strings.Contains(document, "encoding='") && !strings.Contains(document, "encoding='utf-8'") {
			continue // it knows others than we
		}
		if said, refused := wrong[i]; refused != (err != nil) && !lax.MatchString(document) {
			reason := any("")
			if err != nil {
				reason = detail(t, err, "reason")
			}
			t.Errorf("%q: we say %v %v, xmllint %q", document, err, reason, said)
		}
	}
	if len(wrong) < 200 || len(wrong) > len(all)-200 {
		t.Errorf("xmllint refuses %d of %d", len(wrong), len(all))
	}
}

// values are those that are written in tests.
var values = rapid.Custom(func(t *rapid.T) string { return source(anyValue(t, 4)) })

func TestXmllintReadsWhatWeWrite(t *testing.T) {
	t.Parallel()
	all := []string{formatted(t, string(osm(1<<20)), 2), minified(t, string(osm(1<<20)))}
	for seed := range 300 {
		document := whole.Example(seed)
		all = append(all, formatted(t, document, seed%4), minified(t, document), toXML(t, values.Example(seed), data.Options{TabSpace: seed % 3, RowName: []string{"", "row"}[seed%2]}))
	}
	for i, said := range xmllint(t, all) {
		t.Errorf("%.2000q: %s", all[i], said)
	}
}

func TestPythonSeesTheSameTree(t *testing.T) {
	t.Parallel()
	var cases [][]string
	for seed := range 400 {
		document := whole.Example(seed)
		cases = append(cases, []string{document, formatted(t, document, seed%4), minified(t, document)})
	}
	var answers []any
	testneeds.Ask(t, exec.CommandContext(t.Context(), testneeds.Program(t, "Python 3", "/usr/bin/python3"), "testdata/judge.py"), cases, &answers)
	if len(answers) != len(cases) {
		t.Fatalf("%d answers to %d questions", len(answers), len(cases))
	}
	for i, answer := range answers {
		if answer != true {
			t.Errorf("%q: %v", cases[i][0], answer)
		}
	}
}
