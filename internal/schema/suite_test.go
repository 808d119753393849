package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/schema"
)

// refused are what is refused on purpose in the suite: references to what is
// outside of a schema, its $schema included.
var refused = []string{"outside of the schema", "only draft 2020-12", "has a $vocabulary"}

// TestSuite runs the official cases (github.com/json-schema-org/JSON-Schema-Test-Suite)
// as google/jsonschema-go v0.4.3 has them in its folder of test data.
func TestSuite(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/jsonschema-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "jsonschema", "testdata", "draft2020-12", "*.json"))
	if err != nil || len(files) != 43 {
		t.Fatalf("%d files of the suite, error %v, want 43", len(files), err)
	}
	run, left := 0, 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var groups []suiteGroup
		if err := json.Unmarshal(text, &groups); err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			g.Description = filepath.Base(name) + ": " + g.Description
			n := g.run(t)
			if run += n; n == 0 {
				t.Logf("refused: %s", g.Description)
				left++
			}
		}
	}
	if run != 1051 || left != 22 {
		t.Errorf("%d cases judged, %d schemas refused, want 1051 and 22", run, left)
	}
}

type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// run judges the group's inputs and returns how many there were, 0 for a schema
// that is refused on purpose.
func (g *suiteGroup) run(t *testing.T) int {
	t.Helper()
	s, err := compile(g.Schema)
	if err != nil {
		for _, words := range refused {
			if strings.Contains(err.Error(), words) {
				return 0
			}
		}
		t.Errorf("%s: %v", g.Description, err)
		return 0
	}
	for _, c := range g.Tests {
		err := s.Check(t.Context(), bytes.NewReader(c.Data))
		if (err == nil) != c.Valid || err != nil && !fault.IsCode(err, "INVALID_INPUT") {
			t.Errorf("%s: %s: got %v, valid %v", g.Description, c.Description, err, c.Valid)
		}
		if err != nil && len(problems(t, err)) == 0 {
			t.Errorf("%s: %s: no problem is told", g.Description, c.Description)
		}
	}
	return len(g.Tests)
}

// compile compiles a schema; true and false, which are none of a tool, as what
// they are equal to.
func compile(text []byte) (*schema.Schema, error) {
	switch text = bytes.TrimSpace(text); string(text) {
	case "true":
		text = []byte("{}")
	case "false":
		text = []byte(`{"not":{}}`)
	}
	return schema.NewCompiler(1).Compile(text)
}

func problems(t *testing.T, err error) []schema.Problem {
	t.Helper()
	f := fault.Of(err)
	if f == nil || len(f.Details) != 1 || f.Details[0].Name != "errors" {
		t.Fatalf("no errors in %v", err)
	}
	list, ok := f.Details[0].Value.([]schema.Problem)
	if !ok {
		t.Fatalf("errors are %T", f.Details[0].Value)
	}
	return list
}
