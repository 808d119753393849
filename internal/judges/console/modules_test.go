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
	node := program(t, "Node 20 (apt-get install nodejs)", "node")
	modules := filepath.Dir(testneeds.NodeModules(t, "preact"))
	dir := copyOf(t, sources, modules)
	tests, err := filepath.Glob(filepath.Join(dir, "lib", "*.test.mjs"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), wayPatience)
	defer cancel()
	said, err := exec.CommandContext(ctx, node, append([]string{"--test"}, tests...)...).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "# fail 0") {
		t.Errorf("%v %v\n%s", err, context.Cause(ctx), said)
	}
}
