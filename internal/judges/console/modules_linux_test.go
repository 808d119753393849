package console_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// sources is where the console's modules are.
const sources = "../../console/web"

// TestModules runs the tests that lie beside the console's modules: what needs no
// browser is judged without one.
func TestModules(t *testing.T) {
	node := testneeds.Node(t)
	modules := filepath.Dir(testneeds.NodeModules(t, "preact"))
	dir := copyOf(t, sources, modules)
	var tests []string
	for _, folder := range []string{"lib", "pages/admin"} {
		found, err := filepath.Glob(filepath.Join(dir, folder, "*.test.mjs"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no tests in %s: %v", folder, err)
		}
		tests = append(tests, found...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), wayPatience)
	defer cancel()
	said, err := exec.CommandContext(ctx, node, append([]string{"--test"}, tests...)...).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "# fail 0") {
		t.Errorf("%v %v\n%s", err, context.Cause(ctx), said)
	}
}
